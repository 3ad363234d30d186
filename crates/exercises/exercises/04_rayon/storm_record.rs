// A storm has left a long row of lightning strikes. They go into one record: an empty one, to which
// strike after strike is added. Somebody has put `par_` in front of `iter`, and now it does not
// compile. Repair it.
//
// What is wanted: strikes are added on all threads at once, with no lock. Records can be merged, an
// earlier one with a later one. A row with no more strikes than threads is cut down to single
// strikes, and so is one of four on two threads. In a long one there are a few records for each
// thread: on average, one for ten strikes or more, and in a row of a million one for a hundred or
// more. Who has nothing to do takes over a piece that nobody has begun.
//
// How it is judged: while one strike is added, it waits for the others to be added; so do 64, on 64
// threads. The records are counted, in a row of ten thousand and in one of a million. One kind of
// record shows the order in which they were merged.
//
// Lesson: chapter-04 fold

use rayon::prelude::*;

trait Record: Send + Sync {
    fn empty() -> Self;
    fn add(&mut self, strike: &u32);
    fn merge(self, later: Self) -> Self;
}

fn record<R: Record>(strikes: &[u32]) -> R {
    // TODO: a record that many threads add to is no good. How many records does it take?
    let mut record = R::empty();
    strikes.par_iter().for_each(|strike| record.add(strike));
    record
}

struct Strongest(u32);

impl Record for Strongest {
    fn empty() -> Self {
        Strongest(0)
    }

    fn add(&mut self, strike: &u32) {
        self.0 = self.0.max(*strike);
    }

    fn merge(self, later: Self) -> Self {
        Strongest(self.0.max(later.0))
    }
}

fn main() {
    println!("{} kA", record::<Strongest>(&[12, 30, 7, 25, 18]).0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;
    use witness::{Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn on<R: Record + 'static>(threads: usize, strikes: Vec<u32>) -> R {
        within(LIMIT, move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("there is room for them").install(|| record(&strikes))
        })
    }

    /// All strikes, in their order.
    struct List(Vec<u32>);

    impl Record for List {
        fn empty() -> Self {
            List(Vec::new())
        }

        fn add(&mut self, strike: &u32) {
            self.0.push(*strike);
        }

        fn merge(self, later: Self) -> Self {
            List([self.0, later.0].concat())
        }
    }

    #[test]
    fn strikes_are_added_at_once_and_stay_in_order() {
        static OTHERS: AtomicUsize = AtomicUsize::new(0);
        static PAIR: LazyLock<Rendezvous> = LazyLock::new(|| Rendezvous::new(2));
        static MISSED: AtomicBool = AtomicBool::new(false);

        struct Late(List);

        impl Record for Late {
            fn empty() -> Self {
                Late(List::empty())
            }

            fn add(&mut self, strike: &u32) {
                // The first waits until the other thread is at the third of all others.
                let wait = *strike == 1 || OTHERS.fetch_add(1, Relaxed) == 2;
                // Who comes after a missed meeting need not wait as well.
                if wait && !MISSED.load(Relaxed) {
                    MISSED.fetch_or(PAIR.meet(PATIENCE).is_err(), Relaxed);
                }
                self.0.add(strike);
            }

            fn merge(self, later: Self) -> Self {
                Late(self.0.merge(later.0))
            }
        }

        let late: Late = on(2, (1..=4).collect());
        assert!(!MISSED.load(Relaxed), "while one strike was added, nobody could add the others");
        assert_eq!(late.0.0, [1, 2, 3, 4], "strike 1 was the last to be added");
    }

    #[test]
    fn all_threads_add_at_once() {
        static COME: AtomicUsize = AtomicUsize::new(0);
        static ALL: LazyLock<Rendezvous> = LazyLock::new(|| Rendezvous::new(64));
        static MISSED: AtomicBool = AtomicBool::new(false);
        static STRANGERS: AtomicUsize = AtomicUsize::new(0);

        struct Crowd(usize);

        impl Record for Crowd {
            fn empty() -> Self {
                Crowd(0)
            }

            fn add(&mut self, _: &u32) {
                STRANGERS.fetch_add(usize::from(rayon::current_thread_index().is_none()), Relaxed);
                // The first 64 wait for each other.
                if COME.fetch_add(1, Relaxed) < 64 && !MISSED.load(Relaxed) {
                    MISSED.fetch_or(ALL.meet(PATIENCE).is_err(), Relaxed);
                }
                self.0 += 1;
            }

            fn merge(self, later: Self) -> Self {
                Crowd(self.0 + later.0)
            }
        }

        for strikes in [64, 192, 640, 6_400] {
            COME.store(0, Relaxed);
            let crowd: Crowd = on(64, vec![5; strikes]);
            assert_eq!(crowd.0, strikes, "strikes in the record");
            assert!(!MISSED.load(Relaxed), "of 64 threads some found nothing to add");
        }
        assert_eq!(STRANGERS.load(Relaxed), 0, "strikes added by threads that are not Rayon's");
    }

    #[test]
    fn there_are_few_records() {
        static MADE: AtomicUsize = AtomicUsize::new(0);

        struct Counted(usize);

        impl Record for Counted {
            fn empty() -> Self {
                MADE.fetch_add(1, Relaxed);
                Counted(0)
            }

            fn add(&mut self, _: &u32) {
                self.0 += 1;
            }

            fn merge(self, later: Self) -> Self {
                Counted(self.0 + later.0)
            }
        }

        for threads in [1, 2, 4] {
            MADE.store(0, Relaxed);
            let counted: Counted = on(threads, vec![5; 10_000]);
            let made = MADE.load(Relaxed);
            assert_eq!(counted.0, 10_000, "strikes in the record");
            assert!(made <= 1_000, "{made} records for 10,000 strikes, on {threads} threads");
        }
        MADE.store(0, Relaxed);
        let counted: Counted = on(4, vec![5; 1_000_000]);
        let made = MADE.load(Relaxed);
        assert_eq!(counted.0, 1_000_000, "strikes in the record");
        assert!(made <= 10_000, "{made} records for a million strikes, on 4 threads");
    }

    #[test]
    fn each_strike_is_in_the_record_once() {
        for strikes in [0, 1, 2, 7, 100, 1003] {
            let strikes: Vec<u32> = (0..strikes).collect();
            for threads in 1..=4 {
                assert_eq!(on::<List>(threads, strikes.clone()).0, strikes, "on {threads} threads");
            }
        }
    }

    #[test]
    fn a_short_row_is_cut_down_to_single_strikes() {
        static ALL: LazyLock<Rendezvous> = LazyLock::new(|| Rendezvous::new(5));
        static MISSED: AtomicBool = AtomicBool::new(false);

        struct Few(usize);

        impl Record for Few {
            fn empty() -> Self {
                Few(0)
            }

            fn add(&mut self, _: &u32) {
                MISSED.fetch_or(ALL.meet(PATIENCE).is_err(), Relaxed);
                self.0 += 1;
            }

            fn merge(self, later: Self) -> Self {
                Few(self.0 + later.0)
            }
        }

        assert_eq!(on::<Few>(8, vec![5; 5]).0, 5, "strikes in the record");
        assert!(!MISSED.load(Relaxed), "five strikes, on eight threads, were never added at once");
    }

    #[test]
    fn who_has_nothing_to_do_takes_over_a_piece() {
        static COME: AtomicUsize = AtomicUsize::new(0);
        static PAIR: LazyLock<Rendezvous> = LazyLock::new(|| Rendezvous::new(2));
        static MISSED: AtomicBool = AtomicBool::new(false);

        struct Slow(List);

        impl Record for Slow {
            fn empty() -> Self {
                Slow(List::empty())
            }

            fn add(&mut self, strike: &u32) {
                // Of a thousand, the one in the middle waits until seven hundred others are there.
                if *strike == 500 || COME.fetch_add(1, Relaxed) == 700 {
                    MISSED.fetch_or(PAIR.meet(PATIENCE).is_err(), Relaxed);
                }
                self.0.add(strike);
            }

            fn merge(self, later: Self) -> Self {
                Slow(self.0.merge(later.0))
            }
        }

        let strikes: Vec<u32> = (0..1_000).collect();
        let slow: Slow = on(2, strikes.clone());
        assert!(
            !MISSED.load(Relaxed),
            "one strike was slow, and others waited with an idle thread"
        );
        assert!(slow.0.0 == strikes, "the piece that was slow is not in its place");
    }
}
