// Plays the halves of a field one after the other, from the tenth cut on.
// => failed one_of_two_thousand_groups_holds_up_nobody_else

const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    rayon::scope(|_| field(teams, group, play, 0))
}

fn field(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
    depth: u32,
) -> Team {
    if teams.len() <= CUTOFF {
        return group(teams);
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    if depth >= 10 {
        let left = field(left, group, play, depth + 1);
        return play(left, field(right, group, play, depth + 1));
    }
    let (left, right) = rayon::join(
        || field(left, group, play, depth + 1),
        || field(right, group, play, depth + 1),
    );
    play(left, right)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
