// A parallel iterator over the two halves.

/// The most teams in a group.
const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    use rayon::prelude::*;
    if teams.len() <= CUTOFF {
        return group(teams);
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    let mut winners: Vec<Team> =
        [left, right].into_par_iter().map(|half| winner(half, group, play)).collect();
    let second = winners.pop().expect("two halves");
    play(winners.pop().expect("two halves"), second)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
