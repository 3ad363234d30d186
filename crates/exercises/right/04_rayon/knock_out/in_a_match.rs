// `join` within the match on the length.

/// The most teams in a group.
const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    match teams.len() {
        0..=CUTOFF => group(teams),
        many => {
            let halves = teams.split_at(many / 2);
            let (first, second) =
                rayon::join(|| winner(halves.0, group, play), || winner(halves.1, group, play));
            play(first, second)
        }
    }
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
