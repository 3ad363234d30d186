//! Events in the order in which they happened.

use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// A list of events that many threads and tasks append to.
///
/// An event that happened before another, because its thread or task did both,
/// or because one waited for the other, stands before it. Of two that nothing
/// puts in order, either may come first. Clones are handles to one log.
///
/// ```
/// use witness::Log;
///
/// let log = Log::new();
/// futures::executor::block_on(async {
///     let future = async { log.push("polled") };
///     log.push("made");
///     future.await;
/// });
/// assert_eq!(log.events(), ["made", "polled"]);
/// ```
#[derive(Debug)]
pub struct Log<T> {
    events: Arc<Mutex<Vec<T>>>,
}

impl<T> Log<T> {
    /// Returns an empty log.
    pub fn new() -> Self {
        Self { events: Arc::default() }
    }

    /// Appends `event`.
    pub fn push(&self, event: T) {
        lock(&self.events).push(event);
    }

    /// Returns how many events there are.
    pub fn len(&self) -> usize {
        lock(&self.events).len()
    }

    /// Returns whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Clone> Log<T> {
    /// Returns a copy of the events so far, the earliest first.
    pub fn events(&self) -> Vec<T> {
        lock(&self.events).clone()
    }
}

// Not derived: a handle can be cloned whether or not its events can.
impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self { events: Arc::clone(&self.events) }
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{self, AssertUnwindSafe};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::PATIENT;
    use crate::Rendezvous;
    use crate::paused;

    #[test]
    fn it_tells_orders_apart() {
        let (forward, backward) = (Log::new(), Log::new());
        for n in 0..3 {
            forward.push(n);
            backward.push(2 - n);
        }
        assert_eq!(forward.events(), [0, 1, 2]);
        assert_ne!(forward.events(), backward.events());
    }

    #[test]
    fn what_was_waited_for_stands_before() {
        let (log, pair) = (Log::new(), Rendezvous::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                log.push("before");
                pair.meet(PATIENT).expect("both come");
            });
            pair.meet(PATIENT).expect("both come");
            log.push("after");
        });
        assert_eq!(log.events(), ["before", "after"]);
    }

    #[test]
    fn tasks_finish_in_the_order_of_their_sleeps() {
        paused(async || {
            let log = Log::new();
            let job = async |seconds| {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                log.push(seconds);
            };
            tokio::join!(job(3), job(1), job(2));
            assert_eq!(log.events(), [1, 2, 3]);
        });
    }

    #[test]
    fn every_thread_gets_its_events_in() {
        let log = Log::new();
        assert!(log.is_empty());
        thread::scope(|scope| {
            for thread in 0..4 {
                let log = log.clone();
                scope.spawn(move || {
                    (0..100).for_each(|n| log.push((thread, n)))
                });
            }
        });
        assert_eq!(log.len(), 400);
        let mut by_thread = log.events();
        by_thread.sort_by_key(|&(thread, _)| thread); // stable: keeps each thread's own order
        assert!(by_thread.is_sorted());
    }

    #[test]
    fn a_panic_while_it_is_locked_loses_nothing() {
        struct Shy(u32);
        impl Clone for Shy {
            fn clone(&self) -> Self {
                panic!("on purpose, while the log is locked")
            }
        }
        let log = Log::new();
        log.push(Shy(1));
        assert!(
            panic::catch_unwind(AssertUnwindSafe(|| log.events())).is_err()
        );
        assert!(log.events.is_poisoned());
        log.push(Shy(2));
        assert_eq!(log.len(), 2);
        assert_eq!(lock(&log.events)[0].0, 1);
    }
}
