// A knock-out tournament. A field of more than `CUTOFF` teams is halved (of an odd number, the left
// half gets one less), each half finds its winner, and these two play for the whole field. A field
// of `CUTOFF` teams or fewer is a group: `group` plays it and returns its winner. Write `winner`.
//
// What is wanted: the two halves of a field, groups and matches, go on at the same time, on the
// threads of the pool. No match waits for a group or match of the other half. Who has nothing to do
// takes half of a field from another, however small. No field as small as a group is halved.
//
// How it is judged: the winner's name says who has played whom. Groups wait for each other, the two
// semifinals do, and a match of one half waits for a group of the other. The groups' sizes and the
// threads are noted.
//
// Lesson: chapter-04 join

/// The most teams in a group.
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

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    #[derive(Debug, PartialEq)]
    struct Seen {
        /// Groups as `1234`, matches as `(1234 5678)`.
        winner: String,
        /// The groups' sizes, from the smallest up.
        groups: Vec<usize>,
        threads: usize,
        /// Whether all were threads of the pool.
        of_the_pool: bool,
        /// Whether those who were to meet have met.
        met: bool,
    }

    /// Plays on a pool. If `who` names a group or a match, they wait until so many are there.
    fn play(teams: usize, threads: usize, parties: usize, who: fn(&str) -> bool) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let teams: Vec<Team> = (1..=teams).map(|team| (team % 10).to_string()).collect();
            let (meeting, missed) = (Rendezvous::new(parties), AtomicBool::new(false));
            let (sizes, workers) = (Log::new(), Threads::new());
            let work = |name: String| {
                workers.note();
                // Who comes after a missed meeting need not wait as well.
                if who(&name) && !missed.load(Relaxed) {
                    missed.fetch_or(meeting.meet(PATIENCE).is_err(), Relaxed);
                }
                name
            };
            let group = |teams: &[Team]| {
                sizes.push(teams.len());
                work(teams.concat())
            };
            let game = |left: Team, right: Team| work(format!("({left} {right})"));
            let winner = pool.install(|| winner(&teams, &group, &game));
            let mut groups = sizes.events();
            groups.sort();
            let of_the_pool = workers.names().iter().all(|name| name.starts_with("pool "));
            let (threads, met) = (workers.count(), !missed.into_inner());
            Seen { winner, groups, threads, of_the_pool, met }
        })
    }

    #[test]
    fn the_two_halves_play_at_once() {
        let seen = play(8, 2, 2, |name| name.len() == 4);
        assert!(seen.met, "one half waited until the other had its winner");
        assert_eq!(seen.winner, "(1234 5678)");
    }

    #[test]
    fn the_halves_of_a_half_play_at_once() {
        let seen = play(16, 4, 4, |name| name.len() == 4);
        assert!(seen.met, "four groups, on four threads, were never under way together");
    }

    #[test]
    fn a_match_waits_for_no_group_of_the_other_half() {
        let seen = play(16, 2, 2, |name| ["(1234 5678)", "9012"].contains(&name));
        assert!(seen.met, "no match was played before the last group was over");
        let seen = play(16, 2, 2, |name| ["(9012 3456)", "1234"].contains(&name));
        assert!(seen.met, "no match was played before the last group was over");
        assert!(seen.of_the_pool, "there were threads that are not of the pool");
    }

    #[test]
    fn two_threads_share_the_last_half_too() {
        for pair in [["9012", "3456"], ["1234", "5678"]] {
            let name: fn(&str) -> bool = match pair[0] {
                "9012" => |name| ["9012", "3456"].contains(&name),
                _ => |name| ["1234", "5678"].contains(&name),
            };
            let seen = play(16, 2, 2, name);
            assert!(seen.met, "the groups {pair:?} of one half were played by one thread");
        }
        let seen = play(32, 9, 8, |name| name.len() == 4);
        assert!(seen.met, "eight groups, on nine threads, were never under way together");
    }

    #[test]
    fn the_semifinals_are_played_at_once() {
        let seen = play(16, 2, 2, |name| name.len() == 11);
        assert!(seen.met, "one semifinal waited until the other was over");
        assert_eq!(seen.winner, "((1234 5678) (9012 3456))");
    }

    #[test]
    fn fields_are_halved_down_to_the_cutoff() {
        for (teams, groups) in [(4, vec![4]), (5, vec![2, 3]), (11, vec![2, 3, 3, 3])] {
            assert_eq!(play(teams, 2, 1, |_| false).groups, groups, "groups of {teams} teams");
        }
        assert_eq!(play(11, 2, 1, |_| false).winner, "((12 345) (678 901))");
        assert_eq!(play(1024, 2, 1, |_| false).groups, [4; 256], "groups of 1024 teams");
    }

    #[test]
    fn the_pool_has_the_only_threads() {
        assert_eq!(play(64, 1, 1, |_| false).threads, 1, "threads that worked, of a pool of one");
    }

    #[test]
    fn one_of_two_thousand_groups_holds_up_nobody_else() {
        // Of 2,048 groups, the first that is begun waits until all others are played, and all 2,047
        // matches but the eleven that its own winner is in.
        let met = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(2).build();
            let pool = pool.expect("there is room for two threads");
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let begun = AtomicUsize::new(0);
            let work = || {
                let before = begun.fetch_add(1, Relaxed);
                if before == 0 || before == 2_047 + 2_036 {
                    missed.fetch_or(pair.meet(PATIENCE).is_err(), Relaxed);
                }
                Team::new()
            };
            let (group, game) = (|_: &[Team]| work(), |_, _| work());
            pool.install(|| winner(&vec![Team::new(); 8_192], &group, &game));
            !missed.into_inner()
        });
        assert!(met, "one group was slow, and not all others were played, or not all matches");
    }
}
