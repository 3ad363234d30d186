// Birdwatchers send in notebooks. Read all of them on Rayon's threads and make one atlas: how many
// of each bird were seen, and the first day of it. A notebook that cannot be read, or whose reader
// panics, is a row of `faults`, sorted by number, and rows of one number by their reason. It keeps
// no other from being read.
//
// An atlas is put together from parts, and nobody knows in which order. `merge` must not care:
// whatever the order and the grouping, all is counted once and the result is the same. A page may
// name a bird twice: both are counted.
//
// How it is judged: two notebooks, and nine, are read at the same time, or their readers miss each
// other. Who is done takes the next notebook, whoever it was meant for. The test merges the same
// parts in every order, counts how often each notebook is read, and asks for the threads' names.
//
// Lesson: chapter-06 pipeline

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The row of a reader who panicked.
const PANICKED: &str = "its reader panicked";

type Bird = &'static str;

#[derive(Clone, Debug, Default, PartialEq)]
struct Atlas {
    birds: BTreeMap<Bird, Seen>,
    /// The numbers of the notebooks that could not be read, and why.
    faults: Vec<(u32, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    birds: u32,
    first_day: u32,
}

impl Atlas {
    fn merge(mut self, other: Atlas) -> Atlas {
        for (bird, seen) in other.birds {
            self.add(bird, seen);
        }
        self.faults.extend(other.faults);
        self.faults.sort();
        self
    }

    fn add(&mut self, bird: Bird, seen: Seen) {
        let both = |known: &mut Seen| {
            known.birds += seen.birds;
            known.first_day = known.first_day.min(seen.first_day);
        };
        self.birds.entry(bird).and_modify(both).or_insert(seen);
    }
}

fn survey<R>(notebooks: &[u32], read: R) -> Atlas
where
    R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Sync,
{
    let part = |&number: &u32| {
        let mut atlas = Atlas::default();
        match catch_unwind(AssertUnwindSafe(|| read(number))) {
            Ok(Ok(page)) => page.into_iter().for_each(|(bird, seen)| atlas.add(bird, seen)),
            Ok(Err(fault)) => atlas.faults.push((number, fault)),
            Err(_) => atlas.faults.push((number, PANICKED.to_owned())),
        }
        atlas
    };
    notebooks.par_iter().map(part).reduce(Atlas::default, Atlas::merge)
}

fn main() {
    let atlas = survey(&[1, 2, 3], |number| match number {
        2 => Err("the rain got in".to_owned()),
        day => Ok(vec![("wren", Seen { birds: 2, first_day: day })]),
    });
    println!("{atlas:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;
    use witness::{Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// Surveys on so many threads of Rayon.
    fn on<R>(threads: usize, notebooks: Vec<u32>, read: R) -> Atlas
    where
        R: Fn(u32) -> Result<Vec<(Bird, Seen)>, String> + Send + Sync + 'static,
    {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
            pool.expect("a few threads").install(|| survey(&notebooks, read))
        })
    }

    fn atlas(birds: &[(Bird, u32, u32)], faults: &[(u32, &str)]) -> Atlas {
        let birds = birds.iter().map(|&(bird, birds, first_day)| (bird, Seen { birds, first_day }));
        let faults = faults.iter().map(|&(number, fault)| (number, fault.to_owned()));
        Atlas { birds: birds.collect(), faults: faults.collect() }
    }

    #[test]
    fn two_notebooks_are_read_at_the_same_time() {
        let (pair, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
        let nobody_came = Arc::clone(&missed);
        on(2, vec![1, 2], move |_| {
            // Who comes after a missed meeting need not wait as well.
            if missed.load(Ordering::Relaxed) || pair.meet(PATIENCE).is_err() {
                missed.store(true, Ordering::Relaxed);
            }
            Ok(Vec::new())
        });
        assert!(!nobody_came.load(Ordering::Relaxed), "one read only after the other");
    }

    #[test]
    fn nine_notebooks_are_read_at_the_same_time_by_the_pool() {
        let (all, missed) = (Rendezvous::new(9), Arc::new(AtomicBool::new(false)));
        let (nobody_came, threads) = (Arc::clone(&missed), Threads::new());
        let readers = threads.clone();
        on(9, (1..=9).collect(), move |_| {
            readers.note();
            if missed.load(Ordering::Relaxed) || all.meet(PATIENCE).is_err() {
                missed.store(true, Ordering::Relaxed);
            }
            Ok(Vec::new())
        });
        assert!(!nobody_came.load(Ordering::Relaxed), "nine were never read at the same time");
        let of_the_pool = threads.names().iter().all(|name| name.starts_with("pool "));
        assert!(of_the_pool, "read by {:?}", threads.names());
    }

    #[test]
    fn who_is_done_takes_the_next_notebook() {
        for pair in [[1, 2], [3, 4]] {
            let (meeting, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
            let nobody_came = Arc::clone(&missed);
            on(2, vec![1, 2, 3, 4], move |number| {
                let waits = pair.contains(&number) && !missed.load(Ordering::Relaxed);
                if waits && meeting.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                }
                Ok(Vec::new())
            });
            assert!(!nobody_came.load(Ordering::Relaxed), "{pair:?} are read by one thread only");
        }
    }

    #[test]
    fn a_bird_that_a_page_names_twice_is_counted_twice() {
        let whole = on(2, vec![1, 2], |number| {
            let seen = |birds, first_day| Seen { birds, first_day };
            let day = 10 * number - 10;
            Ok(vec![("wren", seen(1, day + 1)), ("wren", seen(1, day + 1)), ("wren", seen(2, day))])
        });
        assert_eq!(whole, atlas(&[("wren", 8, 0)], &[]));
        assert_eq!(on(2, Vec::new(), |_| Err("nobody reads".to_owned())), Atlas::default());
    }

    #[test]
    fn parts_make_the_same_atlas_in_any_order_and_grouping() {
        let parts = [
            atlas(&[("wren", 2, 30), ("owl", 1, 31)], &[(9, "wet")]),
            atlas(&[("wren", 3, 20)], &[(4, "lost"), (8, "wet")]),
            atlas(&[("crane", 40, 90), ("owl", 5, 25)], &[(8, "wet"), (9, "lost")]),
            atlas(&[("wren", 1, 45), ("crane", 7, 95)], &[(2, "lost")]),
        ];
        let birds = [("crane", 47, 90), ("owl", 6, 25), ("wren", 6, 20)];
        // Two notebooks may have one number: both are rows.
        let faults = [(2, "lost"), (4, "lost"), (8, "wet"), (8, "wet"), (9, "lost"), (9, "wet")];
        let whole = atlas(&birds, &faults);
        for order in 0..256_usize {
            let order = [order % 4, order / 4 % 4, order / 16 % 4, order / 64];
            if (0..4).any(|part| !order.contains(&part)) {
                continue;
            }
            let [a, b, c, d] = order.map(|part| parts[part].clone());
            let chain = a.clone().merge(b.clone()).merge(c.clone()).merge(d.clone());
            assert_eq!(chain, whole, "((a + b) + c) + d, with the parts in the order {order:?}");
            let pairs = a.merge(Atlas::default()).merge(b).merge(c.merge(d));
            assert_eq!(pairs, whole, "(a + b) + (c + d), with the parts in the order {order:?}");
        }
    }

    #[test]
    fn every_notebook_is_read_and_counted_once() {
        for threads in [1, 2, 4] {
            let reads: Arc<Vec<_>> = Arc::new((0..100).map(|_| AtomicUsize::new(0)).collect());
            let counted = Arc::clone(&reads);
            let whole = on(threads, (1..=100).collect(), move |number| {
                counted[number as usize - 1].fetch_add(1, Ordering::Relaxed);
                let seen = Seen { birds: number, first_day: 200 - number };
                Ok(vec![(["wren", "owl"][number as usize % 2], seen), ("crane", seen)])
            });
            assert!(reads.iter().all(|reads| reads.load(Ordering::Relaxed) == 1));
            let birds = [("crane", 5050, 100), ("owl", 2500, 101), ("wren", 2550, 100)];
            assert_eq!(whole, atlas(&birds, &[]), "read by {threads} threads");
        }
    }

    #[test]
    fn each_fault_is_a_row_and_no_other_notebook_is_lost() {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let whole = on(2, (1..=50).rev().collect(), move |number| {
            counted.fetch_add(1, Ordering::Relaxed);
            match number {
                7 => panic!("this reader panics on purpose"),
                8 => panic!("reader {number} panics on purpose"),
                3 | 44 => Err(format!("notebook {number} is wet")),
                day => Ok(vec![("wren", Seen { birds: 1, first_day: day })]),
            }
        });
        let faults =
            [(3, "notebook 3 is wet"), (7, PANICKED), (8, PANICKED), (44, "notebook 44 is wet")];
        assert_eq!(whole, atlas(&[("wren", 46, 1)], &faults));
        assert_eq!(reads.load(Ordering::Relaxed), 50, "fifty notebooks, each read once");
    }
}
