//! How often a future was polled, for how long, and whether anybody had asked
//! for it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Watches `future`: returns it, to be awaited as before, and what is seen of
/// its polls.
///
/// ```
/// # futures::executor::block_on(async {
/// let (future, polls) = witness::polls(async { 6 * 7 });
/// assert_eq!(polls.count(), 0); // a future does nothing until it is polled
/// assert_eq!(future.await, 42);
/// assert_eq!(polls.count(), 1);
/// # });
/// ```
pub fn polls<F: Future>(future: F) -> (Watched<F>, Polls) {
    let polls = Polls::new();
    (polls.watch(future), polls)
}

/// What was seen of the polls of all futures it [watches](Self::watch).
///
/// A future that waits well is polled once at the start and once after each
/// wake. Many [`spurious`](Self::spurious) polls mean that somebody spins, or
/// that several futures share a task, which polls all of them when one is
/// woken, as `join!` does. A [`longest`](Self::longest) poll of many
/// milliseconds means that the future blocks its thread. Clones are handles to
/// one count.
///
/// ```
/// use futures::executor::block_on;
/// use witness::Polls;
///
/// let polls = Polls::new();
/// let yields = polls.watch(tokio::task::yield_now()); // wakes itself, and is ready the next time
/// block_on(yields);
/// assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Polls {
    seen: Arc<Mutex<Seen>>,
}

/// A future whose polls are counted. Returned by [`polls()`] and
/// [`Polls::watch`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Watched<F> {
    // Boxed, so that polling it takes no unsafe code.
    future: Pin<Box<F>>,
    polls: Polls,
    /// Whether this future was woken since its last poll began.
    woken: Arc<AtomicBool>,
    /// The task's waker, and the one that counts in front of it.
    wakers: Option<(Waker, Waker)>,
}

impl Polls {
    /// Returns a count that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns `future` with its polls counted here.
    pub fn watch<F: Future>(&self, future: F) -> Watched<F> {
        Watched {
            future: Box::pin(future),
            polls: self.clone(),
            // The first poll of a future needs no wake.
            woken: Arc::new(AtomicBool::new(true)),
            wakers: None,
        }
    }

    /// Returns the number of polls, a running one included.
    pub fn count(&self) -> usize {
        lock(&self.seen).count
    }

    /// Returns how long the longest poll took that has ended: for so long the
    /// thread could do nothing else. A lower bound on it shows blocking; an
    /// upper bound shows only a quiet machine.
    pub fn longest(&self) -> Duration {
        lock(&self.seen).longest
    }

    /// Returns the number of wakes. One poll may answer several.
    pub fn woken(&self) -> usize {
        lock(&self.seen).woken
    }

    /// Returns the number of polls nobody asked for: not the first of its
    /// future, and without a wake since the poll before. When two threads wake
    /// at the same moment, the first poll may answer both, and a second one
    /// counts here.
    pub fn spurious(&self) -> usize {
        lock(&self.seen).spurious
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // A wake from within this poll asks for the next one, so the flag is
        // cleared first.
        let asked = self.woken.swap(false, Ordering::AcqRel);
        {
            let mut seen = lock(&self.polls.seen);
            seen.count += 1;
            seen.spurious += usize::from(!asked);
        }
        let counting = self.counting_waker(cx.waker());
        let started = Instant::now();
        let outcome =
            self.future.as_mut().poll(&mut Context::from_waker(&counting));
        let took = started.elapsed();

        let mut seen = lock(&self.polls.seen);
        seen.longest = seen.longest.max(took);
        outcome
    }
}

impl<F> Watched<F> {
    /// Returns the waker that counts, then wakes `task`. It stays the same as
    /// long as the task does, and becomes a new one with a new task: a future
    /// that wrongly keeps the waker of an earlier task must fail here as it
    /// would unwatched.
    fn counting_waker(&mut self, task: &Waker) -> Waker {
        if let Some((known, counting)) = &self.wakers
            && known.will_wake(task)
        {
            return counting.clone();
        }
        let counting = Waker::from(Arc::new(CountingWaker {
            task: task.clone(),
            woken: Arc::clone(&self.woken),
            polls: self.polls.clone(),
        }));
        self.wakers = Some((task.clone(), counting.clone()));
        counting
    }
}

#[derive(Debug, Default)]
struct Seen {
    count: usize,
    longest: Duration,
    woken: usize,
    spurious: usize,
}

struct CountingWaker {
    task: Waker,
    woken: Arc<AtomicBool>,
    polls: Polls,
}

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        lock(&self.polls.seen).woken += 1;
        // Before the task is woken: another thread may poll it at once.
        self.woken.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::thread;

    use tokio::sync::oneshot;

    use super::*;
    use crate::paused;

    fn poll_with<F: Future + Unpin>(
        waker: &Waker,
        future: &mut F,
    ) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(waker))
    }

    #[test]
    fn a_future_that_is_not_polled_counts_nothing() {
        let (future, polls) = polls(async {});
        drop(future);
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (0, 0, 0));
        assert_eq!(polls.longest(), Duration::ZERO);
    }

    #[test]
    fn one_that_waits_well_is_polled_once_for_each_wake() {
        paused(async || {
            let (sender, receiver) = oneshot::channel();
            let (receiver, polls) = polls(receiver);
            let receiver = tokio::spawn(receiver);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            assert_eq!((polls.count(), polls.woken()), (1, 0));
            sender.send(7).expect("the receiver waits");
            assert_eq!(receiver.await.expect("it does not panic"), Ok(7));
            assert_eq!(
                (polls.count(), polls.woken(), polls.spurious()),
                (2, 1, 0)
            );
        });
    }

    #[test]
    fn one_that_wakes_itself_spins_but_asks() {
        let mut left = 10;
        let (spinning, polls) = polls(poll_fn(move |cx| {
            left -= 1;
            if left == 0 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }));
        paused(async move || spinning.await);
        assert_eq!(
            (polls.count(), polls.woken(), polls.spurious()),
            (10, 9, 0)
        );
    }

    #[test]
    fn polls_nobody_asked_for_are_spurious() {
        let (mut future, polls) = polls(pending::<()>());
        for _ in 0..5 {
            assert!(poll_with(Waker::noop(), &mut future).is_pending());
        }
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (5, 0, 4));
    }

    #[test]
    fn joined_futures_are_polled_for_each_other() {
        let polls = Polls::new();
        let waits = polls.watch(poll_fn({
            let mut polled = 0;
            move |_| {
                polled += 1;
                if polled == 3 { Poll::Ready(()) } else { Poll::Pending }
            }
        }));
        let wakes = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        };
        // tokio's `join!` polls all its futures; this one never asks, and
        // finishes all the same.
        paused(async move || tokio::join!(waits, wakes));
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (3, 0, 2));
    }

    #[test]
    fn one_that_blocks_has_a_long_poll() {
        let block = Duration::from_millis(20);
        let (blocking, polls) = polls(async move { thread::sleep(block) });
        paused(async move || blocking.await);
        assert!(polls.longest() >= block);
        assert_eq!(polls.count(), 1);
    }

    #[test]
    fn one_that_sleeps_well_is_polled_twice_however_long_it_takes() {
        paused(async || {
            let (sleep, polls) =
                polls(tokio::time::sleep(Duration::from_secs(3600)));
            sleep.await;
            assert_eq!((polls.count(), polls.woken()), (2, 1));
        });
    }

    #[test]
    fn the_waker_stays_the_same_as_long_as_the_task() {
        struct Task;
        impl Wake for Task {
            fn wake(self: Arc<Self>) {}
        }
        let (first, second) =
            (Waker::from(Arc::new(Task)), Waker::from(Arc::new(Task)));
        let mut known: Option<Waker> = None;
        let mut future = Polls::new().watch(poll_fn(move |cx| {
            let same = known.as_ref().is_some_and(|w| w.will_wake(cx.waker()));
            known = Some(cx.waker().clone());
            if same { Poll::Ready(()) } else { Poll::Pending }
        }));
        assert!(poll_with(&first, &mut future).is_pending());
        assert!(poll_with(&second, &mut future).is_pending());
        assert!(poll_with(&second, &mut future).is_ready());
    }

    #[test]
    fn one_count_for_many_futures() {
        let polls = Polls::new();
        for n in 0..3 {
            let watched = polls.watch(ready(n));
            assert_eq!(paused(async move || watched.await), n);
        }
        assert_eq!((polls.count(), polls.spurious()), (3, 0));
    }
}
