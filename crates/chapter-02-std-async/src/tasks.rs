//! One thread keeps the time for all tasks.
//!
//! It wakes each at its own deadline.

// ANCHOR: program
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::mem;
use std::panic;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{Instrument, Span, info_span};

use stage::{block_on, first_polls, join_all};

// ANCHOR: task
/// A task that takes `units` of time, and notes that it is finished.
pub async fn task(
    timers: &Timers,
    unit: Duration,
    units: u32,
    finished: &RefCell<Vec<u32>>,
) {
    let row = info_span!("task", units);
    timers.sleep(units * unit).instrument(row).await;
    finished.borrow_mut().push(units);
}
// ANCHOR_END: task

// ANCHOR: timers
/// Timers, and the one thread that keeps the time for them. It ends when this
/// is dropped.
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
    /// Who is to be woken when, the earliest first. The number tells equal
    /// deadlines apart.
    waiting: BTreeMap<(Instant, u64), Waker>,
    timers: u64,
    closed: bool,
}

impl Timers {
    /// Starts the thread.
    #[expect(
        clippy::new_without_default,
        reason = "a default should not start a thread"
    )]
    pub fn new() -> Timers {
        let shared = Arc::new(Shared::default());
        let threads = Arc::clone(&shared);
        let row = info_span!("timers");
        let thread = thread::Builder::new().name("timers".to_owned());
        thread
            .spawn(move || threads.keep_time(&row))
            .expect("the system has room for a thread");
        Timers { shared }
    }

    /// Returns a future that is ready when `duration` has passed from now.
    /// Panics if that is later than an `Instant` can say.
    pub fn sleep(&self, duration: Duration) -> Sleep<'_> {
        self.sleep_until(Instant::now() + duration)
    }

    /// Returns a future that is ready at `deadline`.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep<'_> {
        let mut state = self.shared.lock();
        state.timers += 1;
        Sleep {
            shared: &self.shared,
            key: (deadline, state.timers),
            listed: false,
        }
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
    /// Wakes whoever is due, and sleeps until the next deadline or a change of
    /// the list.
    fn keep_time(&self, row: &Span) {
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            let due = state.take_due(now);
            if !due.is_empty() {
                // A wake runs somebody else's code. It may want a timer, so the
                // lock is free. It may panic, which must not end this thread.
                drop(state);
                row.in_scope(|| due.into_values().for_each(wake));
                state = self.lock();
                continue;
            }
            let next = state
                .waiting
                .keys()
                .next()
                .map(|&(deadline, _)| deadline - now);
            state = match next {
                Some(nap) => {
                    self.changed
                        .wait_timeout(state, nap)
                        .expect("not poisoned")
                        .0
                }
                None => self.changed.wait(state).expect("not poisoned"),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock held")
    }
}

fn wake(waker: Waker) {
    let _ = panic::catch_unwind(|| waker.wake());
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
        // Only the thread that keeps the time takes a timer off the list while
        // it is polled.
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
        // The lock is free again: dropping a waker may drop a task, with more
        // timers in it.
        drop(waker);
    }
}
// ANCHOR_END: sleep

// ANCHOR: wrong
/// A timer that starts a thread at each poll, and then looks at a flag that
/// nobody sets.
#[derive(Debug)]
pub struct ThreadPerPoll {
    /// For how long.
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

/// Runs two tasks at once with one thread for their timers, then a timer that
/// starts threads.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(30);

    let timeline = timeline::timeline(
        "tasks of 2 units and of 1: one thread keeps the time for both",
    );
    let timers = Timers::new();
    let finished = RefCell::default();
    block_on(join_all(
        [2, 1].map(|units| task(&timers, unit, units, &finished)),
    ));
    timeline.draw();
    println!(
        "finished, in order, the tasks of these units: {:?}\n",
        finished.take()
    );

    let timeline = timeline::timeline(
        "a timer of 1 unit: a thread for each poll, and never ready",
    );
    let mut wrong = ThreadPerPoll { takes: unit, is_up: false, threads: 0 };
    let ready = block_on(first_polls(5, &mut wrong)).is_some();
    timeline.draw();
    println!(
        "polled up to 5 times: threads started: {}, ready: {ready}",
        wrong.threads
    );
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
pub(crate) mod tests;
