// A row of dishes is washed by several hands. A hand fills a basin, and washes some dishes in it.
// The crusted pots stand together at the end of the row. As it is, they all fall to one hand, and
// the others have nothing left to do. Let them share.
//
// What is wanted: a basin does for at least four dishes, since water is costly. Apart from that,
// the row is cut wherever a hand can be of use.
//
// How it is judged: two pots wait for each other, and so do four hands. The dishes of each basin
// and the threads that wash are counted.

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    // TODO: leave something to those who are done early.
    let share = dishes.len().div_ceil(rayon::current_num_threads());
    dishes.par_iter().with_min_len(share).for_each_init(fill, wash);
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;
    use witness::{Log, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(15);
    const PATIENCE: Duration = Duration::from_secs(5);

    /// When it is emptied, it notes how many dishes it has done for.
    struct Basin {
        dishes: usize,
        emptied: Log<usize>,
    }

    impl Drop for Basin {
        fn drop(&mut self) {
            self.emptied.push(self.dishes);
        }
    }

    #[derive(Debug)]
    struct Seen {
        /// Whether those who were to meet have met.
        met: bool,
        /// How often each dish was washed.
        washed: Vec<u32>,
        /// How many dishes each basin has done for.
        basins: Vec<usize>,
        threads: usize,
    }

    /// Washes dishes on a pool. Whoever washes one of the `pots` waits for those at the others.
    fn wash(dishes: usize, threads: usize, pots: &'static [usize]) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.expect("there is room for a few threads");
            let (meeting, missed) = (Rendezvous::new(pots.len().max(1)), AtomicBool::new(false));
            let washed = Mutex::new(vec![0; dishes]);
            let (emptied, hands) = (Log::new(), Threads::new());
            let fill = || Basin { dishes: 0, emptied: emptied.clone() };
            let wash = |basin: &mut Basin, dish: &usize| {
                hands.note();
                // Who comes after a missed meeting need not wait as well.
                if pots.contains(dish) && !missed.load(Ordering::Relaxed) {
                    missed.fetch_or(meeting.meet(PATIENCE).is_err(), Ordering::Relaxed);
                }
                basin.dishes += 1;
                washed.lock().expect("no panic while it is locked")[*dish] += 1;
            };
            let row: Vec<usize> = (0..dishes).collect();
            pool.install(|| wash_all(&row, fill, wash));
            Seen {
                met: !missed.into_inner(),
                washed: washed.into_inner().expect("no panic while it is locked"),
                basins: emptied.events(),
                threads: hands.count(),
            }
        })
    }

    #[test]
    fn the_last_pots_are_shared() {
        let seen = wash(32, 2, &[16, 31]);
        assert!(seen.met, "one hand had both the 17th dish and the last: nobody could take one");
        assert_eq!(seen.threads, 2, "threads that washed, of a pool of two");
    }

    #[test]
    fn four_hands_find_work_in_sixteen_dishes() {
        let seen = wash(16, 4, &[0, 4, 8, 12]);
        assert!(seen.met, "four hands were never at work at once: the pieces are too large");
    }

    #[test]
    fn a_basin_does_for_four_dishes() {
        for (dishes, threads) in [(16, 4), (32, 4), (64, 2), (16, 1)] {
            let seen = wash(dishes, threads, &[]);
            let basins = seen.basins;
            let enough = basins.iter().all(|&dishes| dishes >= 4);
            assert!(enough, "dishes in each basin, on {threads} threads: {basins:?}");
        }
    }

    #[test]
    fn each_dish_is_washed_once() {
        for dishes in [0, 1, 3, 4, 7, 8, 33, 100] {
            let seen = wash(dishes, 2, &[]);
            assert_eq!(seen.washed, vec![1; dishes], "how often each of {dishes} was washed");
        }
    }
}
