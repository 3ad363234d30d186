//! A oneshot channel hands one value to a future.
//!
//! Looking for the value and leaving the waker are one step.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Barrier;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

#[cfg(loom)]
use loom::sync::{Arc, Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::{Instrument, info_span};

// ANCHOR: channel
/// Returns the two ends of a channel for one value.
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let state = Mutex::new(State { value: None, waker: None, closed: false });
    let shared = Arc::new(state);
    (Sender { shared: Arc::clone(&shared) }, Receiver { shared })
}

/// Sends one value. Dropped without, it tells the receiver that none will come.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Mutex<State<T>>>,
}

/// A future of the value. Dropped, it tells the sender that nobody waits.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Receiver<T> {
    shared: Arc<Mutex<State<T>>>,
}

#[derive(Debug)]
struct State<T> {
    /// Sent, and not yet received.
    value: Option<T>,
    /// Of whoever polled the receiver last and had to wait.
    waker: Option<Waker>,
    /// Whether one of the two ends is gone.
    closed: bool,
}

/// The sender was dropped and had sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canceled;
// ANCHOR_END: channel

// ANCHOR: send
impl<T> Sender<T> {
    /// Sends `value`. `Ok` says that the receiver was still there, not that it
    /// will look.
    ///
    /// # Errors
    /// The value itself, if the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        let mut state = lock(&self.shared);
        if state.closed {
            return Err(value);
        }
        state.value = Some(value);
        Ok(())
        // Unlocked first, then `self` is dropped, and that wakes the receiver.
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        state.closed = true;
        let waker = state.waker.take();
        // Whoever is woken may poll immediately, on this very thread, and needs
        // the lock.
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
// ANCHOR_END: send

// ANCHOR: receive
impl<T> Future for Receiver<T> {
    type Output = Result<T, Canceled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let mut state = lock(&self.shared);
        if let Some(answer) = state.look() {
            return Poll::Ready(answer);
        }
        // Under the same lock as the look: nobody can have sent in between.
        let before = state.waker.replace(waker);
        drop(state);
        // To drop a waker runs code of others, and that may need the lock.
        drop(before);
        Poll::Pending
    }
}

impl<T> State<T> {
    /// Takes what there is to receive; `None` as long as it can still come.
    fn look(&mut self) -> Option<Result<T, Canceled>> {
        match self.value.take() {
            Some(value) => Some(Ok(value)),
            None => self.closed.then_some(Err(Canceled)),
        }
    }
}
// ANCHOR_END: receive

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.shared);
        state.closed = true;
        let left = (state.value.take(), state.waker.take());
        drop(state);
        drop(left);
    }
}

// ANCHOR: hasty
/// A receiver that looks, lets go of the lock, and then leaves its waker.
#[derive(Debug)]
pub struct Hasty<T, G> {
    receiver: Receiver<T>,
    /// Runs between the two steps, so that a sender can be let in there on
    /// purpose.
    gap: G,
}

impl<T, G: FnMut() + Unpin> Future for Hasty<T, G> {
    type Output = Result<T, Canceled>;

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        let seen = lock(&self.receiver.shared).look();
        if let Some(answer) = seen {
            return Poll::Ready(answer);
        }
        (self.gap)();
        lock(&self.receiver.shared).waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
// ANCHOR_END: hasty

// ANCHOR: into_the_gap
/// Sends to a [`Hasty`] receiver that has looked and has not yet left its
/// waker. Returns whether it still waits after `patience`, and what one more
/// poll finds.
pub fn send_into_the_gap<T: Send>(
    value: T,
    patience: Duration,
) -> (bool, Result<T, Canceled>) {
    let (sender, receiver) = oneshot();
    let meeting = Barrier::new(2);
    let gap = || {
        meeting.wait(); // It has looked: send now.
        meeting.wait(); // It is sent: leave the waker now.
    };
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            block_on(Hasty { receiver, gap }.instrument(info_span!("receive")))
        });
        meeting.wait();
        let sent = info_span!("send").in_scope(|| sender.send(value));
        meeting.wait();
        assert!(sent.is_ok(), "the receiver is there");

        thread::sleep(patience);
        let stuck = !waiting.is_finished();
        // The poll that nobody asked for: `block_on` polls whenever its thread
        // is unparked.
        waiting.thread().unpark();
        (stuck, waiting.join().expect("receiving does not panic"))
    })
}
// ANCHOR_END: into_the_gap

/// Receives a value, then learns that an end is gone, then loses a wake-up.
pub fn main() -> Result<(), Box<dyn Error>> {
    let timeline =
        timeline::timeline("sent while the receiver waits: it is woken");
    let (oven, table) = oneshot();
    let bake = info_span!("bake");
    let baking = thread::spawn(move || {
        bake.in_scope(|| thread::sleep(Duration::from_millis(40)));
        oven.send("bread")
    });
    let received = block_on(table.instrument(info_span!("receive")));
    timeline.draw();
    println!(
        "received: {received:?}; sent: {:?}\n",
        baking.join().expect("baking does not panic")
    );

    let (oven, table) = oneshot::<&str>();
    drop(oven);
    println!(
        "the sender is dropped:   the receiver gets {:?}",
        block_on(table)
    );
    let (oven, table) = oneshot();
    drop(table);
    println!(
        "the receiver is dropped: the sender gets {:?}\n",
        oven.send("bread")
    );

    let patience = Duration::from_millis(100);
    let timeline =
        timeline::timeline("sent between look and waker: nobody is woken");
    let (stuck, found) = send_into_the_gap("bread", patience);
    timeline.draw();
    let outcome = if stuck { "STUCK, not woken" } else { "done" };
    println!("the hasty receiver after {patience:?}: {outcome}");
    println!("polled once more, though nobody asked for it: {found:?}");
    Ok(())
}

impl fmt::Display for Canceled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender is gone and sent nothing")
    }
}

impl Error for Canceled {}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().expect("nobody panics with the lock held")
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(std::sync::Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: program

#[cfg(all(test, loom))]
mod model;

#[cfg(all(test, not(loom)))]
mod tests;
