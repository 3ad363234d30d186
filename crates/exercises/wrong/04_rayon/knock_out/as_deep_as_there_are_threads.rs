// Cuts as often as there are threads: who is done first has nothing to do.
// => failed two_threads_share_the_last_half_too

/// The most teams in a group.
const CUTOFF: usize = 4;

type Team = String;

fn winner(
    teams: &[Team],
    group: &(impl Fn(&[Team]) -> Team + Sync),
    play: &(impl Fn(Team, Team) -> Team + Sync),
) -> Team {
    fn cut(
        teams: &[Team],
        group: &(impl Fn(&[Team]) -> Team + Sync),
        play: &(impl Fn(Team, Team) -> Team + Sync),
        threads: usize,
    ) -> Team {
        if teams.len() <= CUTOFF {
            return group(teams);
        }
        let (left, right) = teams.split_at(teams.len() / 2);
        let half = threads / 2;
        let (left, right) = if threads > 1 {
            rayon::join(|| cut(left, group, play, half), || cut(right, group, play, half))
        } else {
            (cut(left, group, play, 1), cut(right, group, play, 1))
        };
        play(left, right)
    }
    if rayon::current_num_threads() > 0 {
        return cut(teams, group, play, rayon::current_num_threads());
    }
    let (left, right) = teams.split_at(teams.len() / 2);
    let (left, right) = rayon::join(|| winner(left, group, play), || winner(right, group, play));
    play(left, right)
}

fn main() {
    let teams = ["Owls", "Bears", "Hawks", "Foxes", "Lions", "Moles", "Otters", "Crows", "Bats"];
    let teams: Vec<Team> = teams.map(Team::from).into();
    let longest = |a: Team, b: Team| if b.len() > a.len() { b } else { a };
    let group = |teams: &[Team]| teams.iter().cloned().reduce(longest).expect("a group has teams");
    println!("The {} win, having the longest name", winner(&teams, &group, &longest));
}
