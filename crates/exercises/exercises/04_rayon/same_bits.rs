// A row of meters is read, and the readings are added. A checksum is made of the total, so it must
// be the same to the last bit, however many threads there are. It is not: floats are rounded, and
// Rayon groups them in one way today and in another tomorrow.
//
// What is wanted: the meters are taken in groups of `GROUP`, the last one may be smaller. A group's
// readings are added from left to right, and then the sums of the groups, from left to right, too.
// Groups are read on all threads of the pool at once; within a group one meter is read after the
// other. Without meters the total is zero, of either sign.
//
// How it is judged: by the bits, on 1 to 8 threads. Two meters of different groups wait for each
// other, and two of the same group must not meet.
//
// Lesson: chapter-04 floats

use rayon::prelude::*;

const GROUP: usize = 50;

fn total<M: Sync>(meters: &[M], read: impl Fn(&M) -> f64 + Send + Sync) -> f64 {
    // TODO: settle the grouping yourself.
    meters.par_iter().map(read).sum()
}

fn main() {
    let meters: Vec<f64> = (1..=1000).map(|meter| 1.0 / f64::from(meter)).collect();
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        println!("{}", pool.install(|| total(&meters, |meter| *meter)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn on(threads: usize, meters: &[f64], read: impl Fn(&f64) -> f64 + Send + Sync) -> f64 {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("there is room for a few threads");
        pool.install(|| total(meters, read))
    }

    /// Compares the totals on 1 to 8 threads with what a loop in a loop gives.
    fn same_bits(meters: Vec<f64>) {
        within(LIMIT, move || {
            let mut expected = 0.0;
            for group in meters.chunks(50) {
                let mut sum = 0.0;
                for meter in group {
                    sum += meter;
                }
                expected += sum;
            }
            for threads in 1..=8 {
                let total = on(threads, &meters, |meter| *meter);
                // There are two zeros, and a sum that begins with either of them is right.
                let same =
                    total.to_bits() == expected.to_bits() || (total == 0.0 && expected == 0.0);
                let meters = meters.len();
                assert!(
                    same,
                    "{total:e}, not {expected:e}, of {meters} meters on {threads} threads"
                );
            }
        });
    }

    #[test]
    fn the_groups_are_the_same_on_any_number_of_threads() {
        let mut number = 1_u64;
        let mut random = || {
            number = number.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (number >> 40) as f64 / 7.0
        };
        for meters in [1000, 1001, 1049, 50, 49, 1, 0, 200_030] {
            same_bits((0..meters).map(|_| random()).collect());
        }
    }

    #[test]
    fn the_sums_of_the_groups_are_added_from_left_to_right() {
        // Beside 1e16 a single 1 is rounded away. Two of them, added first, are not.
        let mut meters = vec![0.0; 10_000];
        for group in 1..200 {
            meters[50 * group + 7] = 1.0;
        }
        meters[0] = 1e16;
        same_bits(meters);
        // The last group has one meter, and the group before ends with a 1.
        let mut meters = vec![0.0; 101];
        (meters[0], meters[99], meters[100]) = (1e16, 1.0, 1.0);
        same_bits(meters);
    }

    #[test]
    fn two_groups_are_read_at_once() {
        let met = within(LIMIT, || {
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let meters: Vec<f64> = (0..200).map(f64::from).collect();
            on(2, &meters, |meter| {
                // Who comes after a missed meeting need not wait as well.
                if (*meter == 0.0 || *meter == 199.0) && !missed.load(Relaxed) {
                    missed.fetch_or(pair.meet(PATIENCE).is_err(), Relaxed);
                }
                *meter
            });
            !missed.into_inner()
        });
        assert!(met, "the first meter was read, and nobody could read the last meanwhile");
    }

    #[test]
    fn the_meters_of_one_group_are_read_one_after_the_other() {
        // In each row a half or a quarter ends within a group, between these two meters.
        for (meters, one, other) in [(130, 60, 70), (170, 80, 88), (90, 40, 47), (230, 110, 120)] {
            let met = within(LIMIT, move || {
                let (pair, met) = (Rendezvous::new(2), AtomicBool::new(false));
                let first = AtomicBool::new(true);
                let row: Vec<f64> = (0..meters).map(f64::from).collect();
                on(2, &row, |meter| {
                    // Nobody can come to the first, for the same thread reads the other later.
                    let waits = *meter == f64::from(one) || *meter == f64::from(other);
                    if waits && (first.swap(false, Relaxed) || pair.waiting() > 0) {
                        met.fetch_or(pair.meet(Duration::from_secs(1)).is_ok(), Relaxed);
                    }
                    *meter
                });
                met.into_inner()
            });
            assert!(!met, "meters {one} and {other} of one group were read by two threads at once");
        }
    }

    #[test]
    fn the_first_group_may_be_the_last_to_be_done() {
        let (met, total) = within(LIMIT, || {
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let others = AtomicUsize::new(0);
            // Four groups. Whoever begins the first waits until the third of the others has begun.
            let mut meters = vec![0.0; 200];
            (meters[0], meters[50], meters[100], meters[150]) = (1e16, 1.0, 2.0, -1e16);
            let total = on(2, &meters, |meter| {
                let wait =
                    *meter == 1e16 || (*meter != 0.0 && others.fetch_add(1, Relaxed) + 1 == 3);
                if wait && !missed.load(Relaxed) {
                    missed.fetch_or(pair.meet(PATIENCE).is_err(), Relaxed);
                }
                *meter
            });
            (!missed.into_inner(), total)
        });
        assert!(met, "nobody could do the other groups");
        assert_eq!(total, 2.0, "(1e16 + 1) + 2 - 1e16, rounded each time");
    }

    #[test]
    fn eight_groups_are_read_at_once() {
        for groups in [8, 80] {
            let met = within(LIMIT, move || {
                let (all, missed) = (Rendezvous::new(8), AtomicBool::new(false));
                let begun = AtomicUsize::new(0);
                let meters: Vec<f64> = (0..50 * groups).map(f64::from).collect();
                on(8, &meters, |meter| {
                    if *meter % 50.0 == 0.0
                        && begun.fetch_add(1, Relaxed) < 8
                        && !missed.load(Relaxed)
                    {
                        missed.fetch_or(all.meet(PATIENCE).is_err(), Relaxed);
                    }
                    *meter
                });
                !missed.into_inner()
            });
            assert!(met, "eight of {groups} groups, on eight threads, were never read at once");
        }
    }

    #[test]
    fn a_slow_group_holds_up_few_others() {
        // Of a thousand groups, whichever is begun first waits until six hundred others are.
        let met = within(LIMIT, || {
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let begun = AtomicUsize::new(0);
            let meters: Vec<f64> = (0..50_000).map(f64::from).collect();
            on(2, &meters, |meter| {
                if *meter % 50.0 == 0.0 && [0, 600].contains(&begun.fetch_add(1, Relaxed)) {
                    missed.fetch_or(pair.meet(PATIENCE).is_err(), Relaxed);
                }
                *meter
            });
            !missed.into_inner()
        });
        assert!(met, "one group was slow, and only a few others were read meanwhile");
    }
}
