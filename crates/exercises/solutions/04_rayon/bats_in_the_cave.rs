// The bats in a cave are counted, gallery by gallery. There is no map: `enter` returns how many
// bats there are in a gallery, and the numbers of the galleries that lead further in. Each of those
// becomes a task. Only one way leads to each gallery, and none leads back. This does not compile.
// Repair it.
//
// What is wanted: no gallery waits for another one, unless it leads there. Each is entered once.
// `count_bats` returns when all have been entered, and the tasks may borrow the cave until then. All
// of it is done by the threads of the pool.
//
// How it is judged: two galleries and nine wait for each other, side by side, and in different
// depths. A long passage leads to a hall with many more. The threads are counted, and have names.
//
// Lesson: chapter-04 scope

use std::sync::atomic::{AtomicU64, Ordering};

trait Cave: Sync {
    fn enter(&self, gallery: u32) -> Found;
}

struct Found {
    bats: u64,
    further: Vec<u32>,
}

fn count_bats(cave: &impl Cave) -> u64 {
    let bats = AtomicU64::new(0);
    rayon::scope(|scope| explore(0, cave, &bats, scope));
    bats.into_inner()
}

fn explore<'scope>(
    gallery: u32,
    cave: &'scope impl Cave,
    bats: &'scope AtomicU64,
    scope: &rayon::Scope<'scope>,
) {
    let found = cave.enter(gallery);
    bats.fetch_add(found.bats, Ordering::Relaxed);
    for next in found.further {
        scope.spawn(move |scope| explore(next, cave, bats, scope));
    }
}

/// Each gallery leads to two more, and there are 31 in all.
struct Halving;

impl Cave for Halving {
    fn enter(&self, gallery: u32) -> Found {
        let further = [2 * gallery + 1, 2 * gallery + 2];
        Found { bats: 10, further: further.into_iter().filter(|next| *next < 31).collect() }
    }
}

fn main() {
    println!("{} bats", count_bats(&Halving));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// Gallery `n` leads to the galleries in row `n`. There are `n + 1` bats in it.
    struct Drawn {
        galleries: Vec<Vec<u32>>,
        /// Those that wait for each other.
        wait: Vec<u32>,
        meeting: Rendezvous,
        missed: AtomicBool,
        entered: Mutex<Vec<u32>>,
        threads: Threads,
    }

    impl Drawn {
        fn new(galleries: Vec<Vec<u32>>, wait: Vec<u32>) -> Self {
            Drawn {
                galleries,
                meeting: Rendezvous::new(wait.len().max(1)),
                wait,
                missed: AtomicBool::new(false),
                entered: Mutex::default(),
                threads: Threads::new(),
            }
        }
    }

    impl Cave for Drawn {
        fn enter(&self, gallery: u32) -> Found {
            self.threads.note();
            self.entered.lock().expect("no panic while it is locked").push(gallery);
            let waits = self.wait.contains(&gallery);
            // Who comes after a missed meeting need not wait as well.
            if waits && !self.missed.load(Ordering::Relaxed) {
                self.missed.fetch_or(self.meeting.meet(PATIENCE).is_err(), Ordering::Relaxed);
            }
            let further = self.galleries[gallery as usize].clone();
            Found { bats: u64::from(gallery) + 1, further }
        }
    }

    /// Counts the bats of a cave on a pool. Returns what became of the cave, and the bats.
    fn count(cave: Drawn, threads: usize) -> (Drawn, u64) {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            let pool = pool.expect("there is room for a few threads");
            let bats = pool.install(|| count_bats(&cave));
            let named = cave.threads.names().iter().all(|name| name.starts_with("pool "));
            assert!(named, "galleries were entered by {:?}", cave.threads.names());
            (cave, bats)
        })
    }

    /// A hall that leads to so many galleries.
    fn hall(galleries: u32) -> Vec<Vec<u32>> {
        let mut hall = vec![Vec::new(); galleries as usize + 1];
        hall[0] = (1..=galleries).collect();
        hall
    }

    #[test]
    fn two_galleries_side_by_side_are_entered_at_once() {
        let (cave, bats) = count(Drawn::new(vec![vec![1, 2], vec![], vec![]], vec![1, 2]), 2);
        assert!(!cave.missed.into_inner(), "one gallery waited until the other was done");
        assert_eq!(bats, 1 + 2 + 3);
    }

    #[test]
    fn nine_galleries_side_by_side_are_entered_at_once() {
        let (cave, bats) = count(Drawn::new(hall(9), (1..=9).collect()), 9);
        assert!(!cave.missed.into_inner(), "nine galleries were never entered at once");
        assert_eq!(bats, (1..=10).sum());
        // Three ways, each with three more at its end.
        let mut galleries = hall(3);
        for (way, first) in [(1, 4), (2, 7), (3, 10)] {
            galleries[way] = (first..first + 3).collect();
        }
        galleries.resize(13, Vec::new());
        let (cave, bats) = count(Drawn::new(galleries, (4..=12).collect()), 9);
        assert!(!cave.missed.into_inner(), "nine galleries were never entered at once");
        assert_eq!(bats, (1..=13).sum());
    }

    /// A hall with a thousand galleries, one of which waits until all the others have been entered.
    struct Slow {
        gallery: u32,
        others: AtomicUsize,
        all: (Condvar, Mutex<bool>),
    }

    impl Cave for Slow {
        fn enter(&self, gallery: u32) -> Found {
            if gallery == 0 {
                return Found { bats: 0, further: (1..=1_000).collect() };
            }
            let all = self.all.1.lock().expect("no panic while it is locked");
            let mut met = 1;
            if gallery == self.gallery {
                let waited = self.all.0.wait_timeout_while(all, PATIENCE, |all| !*all);
                met = u64::from(*waited.expect("no panic while it is locked").0);
            } else if self.others.fetch_add(1, Ordering::Relaxed) == 998 {
                let mut all = all;
                *all = true;
                self.all.0.notify_all();
            }
            Found { bats: met, further: Vec::new() }
        }
    }

    #[test]
    fn no_gallery_of_a_hall_waits_for_another() {
        for gallery in [1, 2, 500, 999, 1_000] {
            let cave = Slow { gallery, others: AtomicUsize::new(0), all: Default::default() };
            let met = within(LIMIT, move || {
                let pool = ThreadPoolBuilder::new().num_threads(2).build();
                pool.expect("there is room for two threads").install(|| count_bats(&cave))
            });
            assert_eq!(met, 1_000, "999: gallery {gallery} of 1,000 was slow, and others waited");
        }
    }

    /// A hall with many galleries. Whoever enters one waits, with open eyes, for another who does:
    /// so both come out at the same moment.
    struct Crowded(AtomicUsize);

    impl Cave for Crowded {
        fn enter(&self, gallery: u32) -> Found {
            if gallery == 0 {
                return Found { bats: 0, further: (1..=2_000).collect() };
            }
            let ticket = self.0.fetch_add(1, Ordering::AcqRel);
            for _ in 0..300 {
                if self.0.load(Ordering::Acquire) > ticket | 1 {
                    break;
                }
                std::hint::spin_loop();
            }
            Found { bats: 1, further: Vec::new() }
        }
    }

    #[test]
    fn bats_that_are_found_at_the_same_moment_are_all_counted() {
        let begun = std::time::Instant::now();
        for threads in [2, 4].repeat(10) {
            if begun.elapsed() > Duration::from_secs(2) {
                break;
            }
            let bats = within(LIMIT, move || {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build();
                let pool = pool.expect("there is room for a few threads");
                (0..3).map(|_| pool.install(|| count_bats(&Crowded(AtomicUsize::new(0))))).min()
            });
            assert_eq!(bats, Some(2_000), "in each gallery there is one bat");
        }
    }

    #[test]
    fn a_deep_gallery_waits_for_no_other() {
        for (from, other) in [(1, 2), (2, 1)] {
            let mut galleries = vec![vec![1, 2], vec![], vec![], vec![]];
            galleries[from as usize] = vec![3];
            let (cave, bats) = count(Drawn::new(galleries, vec![3, other]), 2);
            assert!(!cave.missed.into_inner(), "3 lies behind {from}, but waited for {other}");
            assert_eq!(bats, 1 + 2 + 3 + 4);
        }
    }

    #[test]
    fn each_gallery_is_entered_once_and_all_bats_are_counted() {
        // A hundred galleries in a row, then a hall with nine hundred.
        let mut galleries: Vec<Vec<u32>> = (1..=100).map(|next| vec![next]).collect();
        galleries.push((101..=1000).collect());
        galleries.resize(1001, Vec::new());
        for threads in 1..=4 {
            let (cave, bats) = count(Drawn::new(galleries.clone(), vec![]), threads);
            assert_eq!(bats, (1..=1001).sum(), "bats, on {threads} threads");
            let mut entered = cave.entered.into_inner().expect("no panic");
            entered.sort();
            assert_eq!(entered, (0..=1000).collect::<Vec<_>>(), "galleries that were entered");
            assert!(cave.threads.count() <= threads, "there were more threads than in the pool");
        }
    }

    /// Ten galleries, with more bats in each than 32 bits can count.
    struct Teeming;

    impl Cave for Teeming {
        fn enter(&self, gallery: u32) -> Found {
            let further = if gallery == 0 { (1..10).collect() } else { Vec::new() };
            Found { bats: 5_000_000_000, further }
        }
    }

    #[test]
    fn there_may_be_very_many_bats() {
        assert_eq!(within(LIMIT, || count_bats(&Teeming)), 50_000_000_000);
    }
}
