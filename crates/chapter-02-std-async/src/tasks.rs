//! One thread keeps the time for all tasks, and wakes each at its own deadline.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{Instrument, Span, info_span};

use crate::async_fn::{block_on, join};

// ANCHOR: timers
/// Timers, and the one thread that keeps the time for them. It ends when this is dropped.
#[derive(Debug)]
pub struct Timers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Who is to be woken when, the earliest first. The number tells equal deadlines apart.
    waiting: BTreeMap<(Instant, u64), Waker>,
    timers: u64,
    closed: bool,
}

impl Timers {
    /// Starts the thread.
    #[expect(clippy::new_without_default, reason = "a default should not start a thread")]
    pub fn new() -> Timers {
        let shared = Arc::new(Shared::default());
        let threads = Arc::clone(&shared);
        let row = info_span!("timers");
        let thread = thread::Builder::new().name("timers".to_owned());
        thread.spawn(move || threads.keep_time(&row)).expect("the system has room for a thread");
        Timers { shared }
    }

    /// Returns a future that is ready when `duration` has passed from now. Panics if that is
    /// later than an `Instant` can say.
    pub fn sleep(&self, duration: Duration) -> Sleep<'_> {
        self.sleep_until(Instant::now() + duration)
    }

    /// Returns a future that is ready at `deadline`.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep<'_> {
        let mut state = self.shared.lock();
        state.timers += 1;
        Sleep { shared: &self.shared, key: (deadline, state.timers), listed: false }
    }

    /// Returns how many wait for their deadline.
    pub fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
    }
}
// ANCHOR_END: timers

// ANCHOR: keep_time
impl Shared {
    /// Wakes whoever is due, and sleeps until the next deadline or a change of the list.
    fn keep_time(&self, row: &Span) {
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            let due = state.take_due(now);
            if !due.is_empty() {
                // A wake runs somebody else's code, which may want a timer: not under the lock.
                drop(state);
                row.in_scope(|| due.into_values().for_each(Waker::wake));
                state = self.lock();
                continue;
            }
            let next = state.waiting.keys().next().map(|&(deadline, _)| deadline - now);
            state = match next {
                Some(nap) => self.changed.wait_timeout(state, nap).expect("not poisoned").0,
                None => self.changed.wait(state).expect("not poisoned"),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock held")
    }
}

impl State {
    fn take_due(&mut self, now: Instant) -> BTreeMap<(Instant, u64), Waker> {
        let later = self.waiting.split_off(&(now, u64::MAX));
        mem::replace(&mut self.waiting, later)
    }
}
// ANCHOR_END: keep_time

// ANCHOR: sleep
/// Ready when its deadline has passed. Made by [`Timers::sleep`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep<'t> {
    shared: &'t Shared,
    key: (Instant, u64),
    /// Set by the first poll, which puts the timer on the list.
    listed: bool,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        // Only the thread that keeps the time takes a timer off the list while it is polled.
        if self.listed && !state.waiting.contains_key(&self.key) {
            return Poll::Ready(());
        }
        let before = state.waiting.insert(self.key, waker);
        let is_next = state.waiting.keys().next() == Some(&self.key);
        drop(state);
        drop(before);
        self.listed = true;
        if is_next {
            self.shared.changed.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let waker = self.shared.lock().waiting.remove(&self.key);
        // The lock is free again: dropping a waker may drop a task, with more timers in it.
        drop(waker);
    }
}
// ANCHOR_END: sleep

// ANCHOR: wrong
/// A timer that starts a thread at each poll, and then looks at a flag that nobody sets.
#[derive(Debug)]
pub struct ThreadPerPoll {
    /// How long.
    pub takes: Duration,
    /// Whether time is up.
    pub is_up: bool,
    /// Threads started.
    pub threads: u32,
}

impl Future for ThreadPerPoll {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_up {
            return Poll::Ready(());
        }
        self.threads += 1;
        let row = info_span!("thread", number = self.threads);
        let (takes, waker) = (self.takes, cx.waker().clone());
        thread::spawn(move || {
            row.in_scope(|| thread::sleep(takes));
            waker.wake();
        });
        Poll::Pending
    }
}
// ANCHOR_END: wrong

// ANCHOR: first_polls
/// Polls `future` up to `times`. `None` says that it wants to be polled again.
pub async fn first_polls<F: Future>(times: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0..times;
    poll_fn(|cx| match polls.next() {
        Some(_) => future.as_mut().poll(cx).map(Some),
        None => Poll::Ready(None),
    })
    .await
}
// ANCHOR_END: first_polls

// ANCHOR: task
/// A task that takes some units, and notes that it is finished.
pub async fn task(timers: &Timers, unit: Duration, units: u32, finished: &RefCell<Vec<u32>>) {
    let row = info_span!("task", units);
    timers.sleep(units * unit).instrument(row).await;
    finished.borrow_mut().push(units);
}
// ANCHOR_END: task

// ANCHOR: main
/// Runs two tasks at once with one thread for their timers, then a timer that starts threads.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(30);

    let timeline =
        lessons::timeline("tasks of 2 units and of 1: one thread keeps the time for both");
    let timers = Timers::new();
    let finished = RefCell::default();
    block_on(join(task(&timers, unit, 2, &finished), task(&timers, unit, 1, &finished)));
    timeline.draw();
    println!("finished, in order, the tasks of these units: {:?}\n", finished.take());

    let timeline = lessons::timeline("a timer of 1 unit: a thread for each poll, and never ready");
    let mut wrong = ThreadPerPoll { takes: unit, is_up: false, threads: 0 };
    let ready = block_on(first_polls(5, &mut wrong)).is_some();
    timeline.draw();
    println!("polled up to 5 times: threads started: {}, ready: {ready}", wrong.threads);
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use witness::{Log, Threads, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    /// Nobody waits for it: in most tests the time is moved by hand.
    const UNIT: Duration = Duration::from_secs(60 * 60);

    /// Timers without a thread. [`drive`] keeps their time.
    pub(crate) fn stopped() -> Timers {
        Timers { shared: Arc::default() }
    }

    /// Lets it be `now`.
    fn advance(timers: &Timers, now: Instant) {
        let due = timers.shared.lock().take_due(now);
        due.into_values().for_each(Waker::wake);
    }

    /// An executor for [`stopped`] timers: whenever the future waits, the next deadline comes.
    /// Returns the output, and how far away the last deadline was. A future that is not ready after
    /// a hundred polls hangs.
    pub(crate) fn drive<F: Future>(timers: &Timers, future: F) -> (F::Output, Duration) {
        let started = Instant::now();
        let mut passed = Duration::ZERO;
        let mut future = pin!(future);
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        for _ in 0..100 {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return (output, passed);
            }
            while bell.0.swap(0, Ordering::SeqCst) == 0 {
                let next = timers.shared.lock().waiting.keys().next().copied();
                let (deadline, _) = next.expect("a deadline to wait for: nobody wakes this future");
                passed = deadline - started;
                advance(timers, deadline);
            }
        }
        panic!("this future hangs: it is polled and polled");
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Bell {
        /// Polls with this bell's waker.
        fn poll(self: &Arc<Self>, sleep: &mut Sleep<'_>) -> Poll<()> {
            Pin::new(sleep).poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
        }

        fn rung(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn two_tasks_take_as_long_as_the_longer() {
        let (timers, finished) = (stopped(), RefCell::default());
        let seen = Log::new();
        let tasks = join(task(&timers, UNIT, 2, &finished), task(&timers, UNIT, 1, &finished));
        let watched = async {
            let mut tasks = pin!(tasks);
            poll_fn(|cx| {
                let poll = tasks.as_mut().poll(cx).map(drop);
                seen.push((timers.waiting(), finished.borrow().clone()));
                poll
            })
            .await;
        };
        let ((), passed) = drive(&timers, watched);
        assert_eq!(passed.as_secs() / UNIT.as_secs(), 2);
        // Both wait at first; the task of one unit is the first to finish.
        assert_eq!(seen.events(), [(2, vec![]), (1, vec![1]), (0, vec![1, 2])]);
    }

    #[test]
    fn one_thread_wakes_a_thousand() {
        struct Notes(Threads, AtomicUsize);
        impl Wake for Notes {
            fn wake(self: Arc<Self>) {
                self.0.note();
                self.1.fetch_add(1, Ordering::SeqCst);
            }
        }
        let threads = Threads::new();
        let noted = threads.clone();
        within(LONG, move || {
            let timers = Timers::new();
            let notes = Arc::new(Notes(noted, AtomicUsize::new(0)));
            let waker = Waker::from(Arc::clone(&notes));
            let mut sleeps: Vec<Sleep<'_>> =
                (0..1000).map(|n| timers.sleep(Duration::from_micros(n))).collect();
            for sleep in &mut sleeps {
                assert!(Pin::new(sleep).poll(&mut Context::from_waker(&waker)).is_pending());
            }
            while notes.1.load(Ordering::SeqCst) < 1000 {
                thread::yield_now();
            }
            for sleep in &mut sleeps {
                assert!(Pin::new(sleep).poll(&mut Context::from_waker(&waker)).is_ready());
            }
        });
        assert_eq!(threads.work_by_thread(), [("timers".to_owned(), 1000)]);
    }

    #[test]
    fn a_sleep_alone_is_polled_exactly_twice() {
        let polls = within(LONG, || {
            let timers = Timers::new();
            let (sleeping, polls) = polls(timers.sleep(Duration::from_millis(5)));
            block_on(sleeping);
            polls
        });
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn a_deadline_wakes_its_own_tasks_and_no_others() {
        let (timers, start) = (stopped(), Instant::now());
        // Two with one deadline, and one that is later.
        let mut sleeps = [1, 1, 2].map(|units| timers.sleep_until(start + units * UNIT));
        let bells: [Arc<Bell>; 3] = Default::default();
        for (bell, sleep) in bells.iter().zip(&mut sleeps) {
            assert!(bell.poll(sleep).is_pending());
        }
        let rung = || [0, 1, 2].map(|n: usize| bells[n].rung());
        advance(&timers, start + UNIT - Duration::from_nanos(1));
        assert_eq!(rung(), [0, 0, 0]);
        advance(&timers, start + UNIT);
        assert_eq!(rung(), [1, 1, 0]);
        let polled: Vec<bool> = bells
            .iter()
            .zip(&mut sleeps)
            .map(|(bell, sleep)| bell.poll(sleep).is_ready())
            .collect();
        assert_eq!(polled, [true, true, false]);
        advance(&timers, start + 2 * UNIT);
        assert_eq!(rung(), [1, 1, 1]);
    }

    #[test]
    fn the_one_who_polled_last_is_woken() {
        let (timers, start) = (stopped(), Instant::now());
        let mut sleep = timers.sleep_until(start + UNIT);
        let bells: [Arc<Bell>; 2] = Default::default();
        for bell in &bells {
            assert!(bell.poll(&mut sleep).is_pending());
        }
        assert_eq!(timers.waiting(), 1);
        advance(&timers, start + UNIT);
        assert_eq!((bells[0].rung(), bells[1].rung()), (0, 1));
    }

    #[test]
    fn a_timer_is_on_the_list_from_its_first_poll_until_it_is_dropped() {
        let (timers, start) = (stopped(), Instant::now());
        let bell = Arc::new(Bell::default());
        let mut sleep = timers.sleep_until(start + UNIT);
        assert_eq!(timers.waiting(), 0);
        assert!(bell.poll(&mut sleep).is_pending());
        assert_eq!(timers.waiting(), 1);
        drop(sleep);
        assert_eq!(timers.waiting(), 0);
        advance(&timers, start + UNIT);
        assert_eq!(bell.rung(), 0);
        assert_eq!(Arc::strong_count(&bell), 1, "its waker is gone, too");
    }

    #[test]
    fn an_earlier_deadline_ends_a_longer_nap() {
        within(LONG, || {
            let timers = Timers::new();
            let bell = Arc::new(Bell::default());
            let mut longer = Vec::new();
            // The thread may be on its way to its nap or asleep already: try it often.
            for _ in 0..50 {
                let mut sleep = timers.sleep(UNIT);
                assert!(bell.poll(&mut sleep).is_pending());
                longer.push(sleep);
                block_on(timers.sleep(Duration::from_millis(1)));
            }
            assert_eq!((timers.waiting(), bell.rung()), (50, 0));
        });
    }

    #[test]
    fn a_wake_may_use_the_timers() {
        /// Looks at the timers from within the wake, as whoever is woken may.
        struct Looks(Arc<Shared>, AtomicUsize);
        impl Wake for Looks {
            fn wake(self: Arc<Self>) {
                let waiting = self.0.lock().waiting.len();
                self.1.store(1 + waiting, Ordering::SeqCst);
            }
        }
        let seen = within(LONG, || {
            let timers = Timers::new();
            let looks = Arc::new(Looks(Arc::clone(&timers.shared), AtomicUsize::new(0)));
            let waker = Waker::from(Arc::clone(&looks));
            let mut sleep = timers.sleep(Duration::ZERO);
            assert!(Pin::new(&mut sleep).poll(&mut Context::from_waker(&waker)).is_pending());
            loop {
                match looks.1.load(Ordering::SeqCst) {
                    0 => thread::yield_now(),
                    seen => break seen - 1,
                }
            }
        });
        assert_eq!(seen, 0);
    }

    #[test]
    fn the_thread_ends_with_the_timers() {
        within(LONG, || {
            let others = Timers::new();
            // The thread may be on its way to its nap or asleep already: try it often.
            for _ in 0..20 {
                let timers = Timers::new();
                block_on(others.sleep(Duration::from_millis(1)));
                let shared = Arc::downgrade(&timers.shared);
                drop(timers);
                while shared.strong_count() > 0 {
                    thread::yield_now();
                }
            }
        });
    }

    #[test]
    fn a_thread_per_poll_is_a_thread_per_wake_without_end() {
        let takes = Duration::from_millis(1);
        let (ready, threads, well) = within(LONG, move || {
            let mut wrong = ThreadPerPoll { takes, is_up: false, threads: 0 };
            let ready = block_on(first_polls(20, &mut wrong));
            let timers = Timers::new();
            (ready, wrong.threads, block_on(first_polls(2, timers.sleep(takes))))
        });
        assert_eq!((ready, threads), (None, 20));
        assert_eq!(well, Some(()));
    }
}
