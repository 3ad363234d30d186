//! Whether a future was dropped, and whether it had finished by then.

use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// Counts the drops of the [guards](Self::guard) it gives out.
///
/// Canceling a future is dropping it. Move a guard into the future and the
/// handle outside tells when that happened. A future that runs to its end drops
/// what it holds too, so let it call [`DropGuard::finish`] as its last act:
/// what was dropped without it was canceled. Clones are handles to one count.
///
/// ```
/// use witness::Drops;
///
/// let drops = Drops::new();
/// let guard = drops.guard();
/// let future = async move {
///     std::future::pending::<()>().await;
///     guard.finish();
/// };
/// assert_eq!(drops.canceled(), 0);
/// drop(future);
/// assert_eq!(drops.canceled(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Drops {
    counts: Arc<Mutex<Counts>>,
}

/// A value whose drop is counted. Returned by [`Drops::guard`].
#[derive(Debug)]
#[must_use = "this counts as dropped at once: move it into what you watch"]
pub struct DropGuard {
    drops: Drops,
    finished: bool,
}

impl Drops {
    /// Returns a count that has given out no guards.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a guard to move into what should be watched. In an `async`
    /// block, say `async move` and name the guard, or it stays outside.
    pub fn guard(&self) -> DropGuard {
        lock(&self.counts).alive += 1;
        DropGuard { drops: self.clone(), finished: false }
    }

    /// Returns how many guards are alive.
    pub fn alive(&self) -> usize {
        lock(&self.counts).alive
    }

    /// Returns how many guards were dropped, finished or not.
    pub fn count(&self) -> usize {
        let counts = lock(&self.counts);
        counts.finished + counts.canceled
    }

    /// Returns how many guards were dropped by [`DropGuard::finish`].
    pub fn finished(&self) -> usize {
        lock(&self.counts).finished
    }

    /// Returns how many guards were dropped without [`DropGuard::finish`].
    pub fn canceled(&self) -> usize {
        lock(&self.counts).canceled
    }

    /// Returns whether there was a guard and none is alive anymore.
    pub fn is_dropped(&self) -> bool {
        let counts = lock(&self.counts);
        counts.alive == 0 && counts.finished + counts.canceled > 0
    }
}

impl DropGuard {
    /// Drops the guard and says that the work is done.
    pub fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        let mut counts = lock(&self.drops.counts);
        counts.alive -= 1;
        if self.finished {
            counts.finished += 1;
        } else {
            counts.canceled += 1;
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    alive: usize,
    finished: usize,
    canceled: usize,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::paused;

    async fn job(guard: DropGuard, takes: Duration) {
        sleep(takes).await;
        guard.finish();
    }

    #[test]
    fn a_timeout_cancels_the_slow_and_not_the_fast() {
        paused(async || {
            let (fast, slow) = (Drops::new(), Drops::new());
            let patience = Duration::from_secs(2);
            let in_time =
                timeout(patience, job(fast.guard(), patience / 2)).await;
            let too_late =
                timeout(patience, job(slow.guard(), patience * 2)).await;

            assert!(in_time.is_ok());
            assert_eq!((fast.finished(), fast.canceled()), (1, 0));
            assert!(too_late.is_err());
            assert_eq!((slow.finished(), slow.canceled()), (0, 1));
            assert!(fast.is_dropped() && slow.is_dropped());
        });
    }

    #[test]
    fn dropping_the_handle_of_a_task_cancels_nothing() {
        paused(async || {
            let drops = Drops::new();
            drop(tokio::spawn(job(drops.guard(), Duration::from_secs(1))));
            assert!(!drops.is_dropped());
            sleep(Duration::from_secs(2)).await;
            assert_eq!((drops.finished(), drops.canceled()), (1, 0));
        });
    }

    #[test]
    fn it_is_dropped_when_the_last_guard_is() {
        let drops = Drops::new();
        assert!(!drops.is_dropped(), "nothing was there to drop");
        let (first, second) = (drops.guard(), drops.guard());
        drop(first);
        assert!(!drops.is_dropped());
        assert_eq!((drops.alive(), drops.count()), (1, 1));
        drop(second);
        assert!(drops.is_dropped());
        assert_eq!((drops.alive(), drops.count()), (0, 2));
    }

    #[test]
    fn a_leaked_future_is_not_dropped() {
        let drops = Drops::new();
        std::mem::forget(drops.guard());
        assert!(!drops.is_dropped());
        assert_eq!((drops.alive(), drops.count()), (1, 0));
    }
}
