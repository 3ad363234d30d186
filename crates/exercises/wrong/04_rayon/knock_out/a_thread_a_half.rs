// Starts a thread for each half, and for each half of a half: as many as there are groups.
// => failed the_pool_has_the_only_threads

const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    if teams.len() <= CUTOFF {
        return group(teams);
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    std::thread::scope(|scope| {
        let right = scope.spawn(|| winner(right, group, play));
        let left = winner(left, group, play);
        play(left, right.join().unwrap())
    })
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
