// Plays all groups first: no match begins before the last group is over.
// => failed a_match_waits_for_no_group_of_the_other_half

/// The most teams in a group.
const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    use rayon::prelude::*;
    // no match begins before the last group is over
    fn fields<'a>(teams: &'a [Team], out: &mut Vec<&'a [Team]>) {
        if teams.len() <= CUTOFF { out.push(teams); return; }
        let (l, r) = teams.split_at(teams.len() / 2);
        fields(l, out);
        fields(r, out);
    }
    fn matches(len: usize, winners: &[Team], play: &(impl Fn(Team, Team) -> Team + Sync)) -> Team {
        if len <= CUTOFF { return winners[0].clone(); }
        let left = len / 2;
        let (l, r) = winners.split_at(groups(left));
        let (l, r) = rayon::join(|| matches(left, l, play), || matches(len - left, r, play));
        play(l, r)
    }
    fn groups(len: usize) -> usize {
        if len <= CUTOFF { 1 } else { groups(len / 2) + groups(len - len / 2) }
    }
    let mut all = Vec::new();
    fields(teams, &mut all);
    let winners: Vec<Team> = all.into_par_iter().map(|field| group(field)).collect();
    matches(teams.len(), &winners, play)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
