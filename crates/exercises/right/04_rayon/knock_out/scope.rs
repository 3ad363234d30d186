// Scope.

/// The most teams in a group.
const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    if teams.len() <= CUTOFF { return group(teams); }
    let (left, right) = teams.split_at(teams.len() / 2);
    let mut from_left = None;
    let from_right = rayon::scope(|s| {
        s.spawn(|_| from_left = Some(winner(left, group, play)));
        winner(right, group, play)
    });
    play(from_left.unwrap(), from_right)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
