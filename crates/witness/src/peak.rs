//! How many were in flight at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts what is in flight: how many now, the most at once, and how many in
/// all.
///
/// A bound of 4 is *kept* when [`max`](Self::max) is at most 4, and *used* when
/// it is 4. A sequential program never gets past 1. Clones are handles to one
/// count.
///
/// ```
/// use witness::Peak;
///
/// let peak = Peak::new();
/// {
///     let _first = peak.enter();
///     let _second = peak.enter();
///     assert_eq!(peak.now(), 2);
/// }
/// assert_eq!((peak.now(), peak.max(), peak.total()), (0, 2, 2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Peak {
    counts: Arc<Counts>,
}

/// One job in flight, until this is dropped. Returned by [`Peak::enter`].
#[derive(Debug)]
#[must_use = "what is in flight lands when this is dropped: bind it to a name, not to `_`"]
pub struct InFlight {
    counts: Arc<Counts>,
}

impl Peak {
    /// Returns a count with nothing in flight.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one more in flight until the guard is dropped, be it at the end
    /// of a scope, by a panic, or because the future that holds it was
    /// canceled.
    pub fn enter(&self) -> InFlight {
        let counts = Arc::clone(&self.counts);
        // Relaxed is enough: all changes to one atomic happen in one order, so
        // each number that `fetch_add` returns was the true one at some
        // instant.
        counts.total.fetch_add(1, Relaxed);
        let now = counts.now.fetch_add(1, Relaxed) + 1;
        counts.max.fetch_max(now, Relaxed);
        InFlight { counts }
    }

    /// Returns how many are in flight right now.
    pub fn now(&self) -> usize {
        self.counts.now.load(Relaxed)
    }

    /// Returns the most that were ever in flight at once.
    pub fn max(&self) -> usize {
        self.counts.max.load(Relaxed)
    }

    /// Returns how many have entered since the beginning.
    pub fn total(&self) -> usize {
        self.counts.total.load(Relaxed)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.counts.now.fetch_sub(1, Relaxed);
    }
}

#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    max: AtomicUsize,
    total: AtomicUsize,
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use futures::future::join_all;

    use super::*;
    use crate::PATIENT;
    use crate::Rendezvous;
    use crate::paused;

    #[test]
    fn a_loop_stays_at_one() {
        let peak = Peak::new();
        for _ in 0..5 {
            let _job = peak.enter();
        }
        assert_eq!((peak.now(), peak.max(), peak.total()), (0, 1, 5));
    }

    #[test]
    fn awaiting_in_a_loop_stays_at_one_and_joining_does_not() {
        paused(async || {
            async fn job(peak: Peak) {
                let _job = peak.enter();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let one_by_one = Peak::new();
            for _ in 0..5 {
                job(one_by_one.clone()).await;
            }
            assert_eq!((one_by_one.max(), one_by_one.total()), (1, 5));

            let together = Peak::new();
            join_all((0..5).map(|_| job(together.clone()))).await;
            assert_eq!((together.max(), together.total()), (5, 5));
            assert_eq!(together.now(), 0);
        });
    }

    #[test]
    fn threads_that_meet_inside_are_all_counted() {
        let (peak, rendezvous) = (Peak::new(), Rendezvous::new(4));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _job = peak.enter();
                    rendezvous.meet(PATIENT).expect("all come");
                });
            }
        });
        assert_eq!((peak.now(), peak.max(), peak.total()), (0, 4, 4));
    }

    #[test]
    fn a_panic_and_a_dropped_future_land() {
        let peak = Peak::new();
        let inside = peak.clone();
        let panicked = thread::spawn(move || {
            let _job = inside.enter();
            panic!("on purpose, in flight");
        });
        assert!(panicked.join().is_err());
        assert_eq!(peak.now(), 0);

        let job = peak.enter();
        let future = async move {
            let _job = job;
        };
        assert_eq!(peak.now(), 1);
        drop(future);
        assert_eq!(peak.now(), 0);
    }

    #[test]
    fn the_peak_stays_after_the_jobs_are_gone() {
        let peak = Peak::new();
        let both = (peak.enter(), peak.enter());
        drop(both);
        let _third = peak.enter();
        assert_eq!((peak.now(), peak.max(), peak.total()), (1, 2, 3));
    }
}
