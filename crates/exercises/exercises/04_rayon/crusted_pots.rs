// A row of dishes is washed by several hands. A hand fills a basin, and washes some dishes in it.
// The crusted pots stand together at the end of the row. As it is, they all fall to one hand, and
// the others have nothing left to do. Let them share.
//
// What is wanted: a basin does for at least four dishes, since water is costly; if there are fewer in
// all, it does for those. Apart from that, a hand that is idle gets what no other has begun: the row
// is in small enough pieces. All hands are threads of the pool.
//
// How it is judged: two pots wait for each other, and so do eight hands at eight fours. The dishes of
// each basin and the threads that wash are counted, and have names.
//
// Lesson: chapter-04 granularity

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

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

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
        /// Whether all were threads of the pool.
        of_the_pool: bool,
    }

    /// Washes dishes on a pool. Whoever washes one of the `pots` waits for those at the others.
    fn wash(dishes: usize, threads: usize, pots: &'static [usize]) -> Seen {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.thread_name(|nth| format!("pool {nth}")).build();
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
                of_the_pool: hands.names().iter().all(|name| name.starts_with("pool ")),
            }
        })
    }

    #[test]
    fn the_last_pots_are_shared() {
        let seen = wash(32, 2, &[16, 31]);
        assert!(seen.met, "one hand had both the 17th dish and the last: nobody could take one");
        assert_eq!(seen.threads, 2, "threads that washed, of a pool of two");
        assert!(seen.of_the_pool, "there were hands that are not of the pool");
        // Fours that are not side by side, whoever the others fall to.
        for (one, other) in [(20, 28), (4, 12), (16, 24), (12, 28), (7, 15), (3, 27)] {
            let pots: &'static [usize] = vec![one, other].leak();
            assert!(wash(32, 2, pots).met, "one hand had both dish {one} and dish {other}");
        }
    }

    #[test]
    fn four_hands_find_work_in_sixteen_dishes() {
        let seen = wash(16, 4, &[0, 4, 8, 12]);
        assert!(seen.met, "four hands were never at work at once: the pieces are too large");
    }

    #[test]
    fn eight_hands_find_work_in_thirty_two_dishes() {
        let seen = wash(32, 8, &[0, 4, 8, 12, 16, 20, 24, 28]);
        assert!(seen.met, "eight hands were never at work at once: the pieces are too large");
        assert!(seen.of_the_pool, "there were hands that are not of the pool");
    }

    #[test]
    fn a_basin_does_for_four_dishes() {
        let rows = (4..40).map(|dishes| (dishes, 2));
        for (dishes, threads) in rows.chain([(16, 4), (33, 4), (67, 3), (18, 1), (1_001, 4)]) {
            let seen = wash(dishes, threads, &[]);
            let basins = seen.basins;
            let enough = basins.iter().all(|&dishes| dishes >= 4);
            assert!(enough, "{dishes} dishes in basins for {basins:?}, on {threads} threads");
        }
        for dishes in 1..4 {
            assert_eq!(wash(dishes, 2, &[]).basins, [dishes], "basins for {dishes} dishes");
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
