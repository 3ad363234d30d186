//! A oneshot channel by hand: to look for the value and to leave the waker is one step.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Barrier;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

#[cfg(loom)]
use loom::sync::{Arc, Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::{Instrument, info_span};

use crate::async_fn::block_on;

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
    /// Sends `value`. `Ok` says that the receiver was still there, not that it will look.
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
        // Whoever is woken may poll at once, on this very thread, and needs the lock.
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
    /// What there is to receive; `None` as long as it can still come.
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
    /// Runs between the two steps, so that a sender can be let in there on purpose.
    gap: G,
}

impl<T, G: FnMut() + Unpin> Future for Hasty<T, G> {
    type Output = Result<T, Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
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
/// Sends to a [`Hasty`] receiver that has looked and has not yet left its waker. Returns whether it
/// still waits after `patience`, and what one more poll finds.
pub fn send_into_the_gap<T: Send>(value: T, patience: Duration) -> (bool, Result<T, Canceled>) {
    let (sender, receiver) = oneshot();
    let meeting = Barrier::new(2);
    let (done, watchdog) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let _dropped_at_the_end = done;
            let gap = || {
                meeting.wait(); // It has looked: send now.
                meeting.wait(); // It is sent: leave the waker now.
            };
            block_on(Hasty { receiver, gap }.instrument(info_span!("receive")))
        });
        meeting.wait();
        let sent = info_span!("send").in_scope(|| sender.send(value));
        meeting.wait();
        assert!(sent.is_ok(), "the receiver is there");

        let stuck = watchdog.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
        // The poll that nobody asked for: `block_on` polls whenever its thread is unparked.
        waiting.thread().unpark();
        (stuck, waiting.join().expect("receiving does not panic"))
    })
}
// ANCHOR_END: into_the_gap

impl fmt::Display for Canceled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender is gone and sent nothing")
    }
}

impl Error for Canceled {}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().expect("nobody panics with the lock held")
}

/// Receives a value, then learns that an end is gone, then loses a wake-up.
pub fn main() -> Result<(), Box<dyn Error>> {
    let timeline = lessons::timeline("sent while the receiver waits: it is woken");
    let (oven, table) = oneshot();
    let bake = info_span!("bake");
    let baking = thread::spawn(move || {
        bake.in_scope(|| thread::sleep(Duration::from_millis(40)));
        oven.send("bread")
    });
    let received = block_on(table.instrument(info_span!("receive")));
    timeline.draw();
    println!("received: {received:?}; sent: {:?}\n", baking.join().expect("baking does not panic"));

    let (oven, table) = oneshot::<&str>();
    drop(oven);
    println!("the sender is dropped:   the receiver gets {:?}", block_on(table));
    let (oven, table) = oneshot();
    drop(table);
    println!("the receiver is dropped: the sender gets {:?}\n", oven.send("bread"));

    let patience = Duration::from_millis(100);
    let timeline = lessons::timeline("sent between look and waker: nobody is woken");
    let (stuck, found) = send_into_the_gap("bread", patience);
    timeline.draw();
    let told = if stuck { "STUCK, not woken" } else { "done" };
    println!("the hasty receiver after {patience:?}: {told}");
    println!("polled once more, though nobody asked for it: {found:?}");
    Ok(())
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Wake;

    use loom::thread::{self, JoinHandle};

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Polls while `sender` runs. Whoever has to wait must have been woken when the sender is gone.
    fn receive<F: Future + Unpin>(mut receiver: F, sender: JoinHandle<()>) -> F::Output {
        let woken = std::sync::Arc::new(Woken::default());
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let first = Pin::new(&mut receiver).poll(&mut cx);
        sender.join().expect("it does not panic");
        if let Poll::Ready(answer) = first {
            return answer;
        }
        assert!(woken.0.load(Ordering::Relaxed), "nobody woke the receiver");
        match Pin::new(&mut receiver).poll(&mut cx) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("woken for nothing"),
        }
    }

    fn send(sender: Sender<u32>) -> JoinHandle<()> {
        thread::spawn(move || sender.send(7).expect("the receiver is there"))
    }

    #[test]
    fn what_is_sent_is_received() {
        loom::model(|| {
            let (sender, receiver) = oneshot();
            let sending = send(sender);
            assert_eq!(receive(receiver, sending), Ok(7));
        });
    }

    #[test]
    #[should_panic(expected = "nobody woke the receiver")]
    fn a_hasty_receiver_may_never_be_woken() {
        loom::model(|| {
            let (sender, receiver) = oneshot();
            let sending = send(sender);
            assert_eq!(receive(Hasty { receiver, gap: || () }, sending), Ok(7));
        });
    }

    #[test]
    fn a_sender_that_goes_wakes_the_receiver() {
        loom::model(|| {
            let (sender, receiver) = oneshot::<u32>();
            let going = thread::spawn(move || drop(sender));
            assert_eq!(receive(receiver, going), Err(Canceled));
        });
    }

    #[test]
    fn the_waker_of_the_last_poll_counts() {
        loom::model(|| {
            let (sender, mut receiver) = oneshot();
            let sending = send(sender);
            let first = Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop()));
            match first {
                Poll::Pending => assert_eq!(receive(receiver, sending), Ok(7)),
                Poll::Ready(answer) => {
                    assert_eq!(answer, Ok(7));
                    sending.join().expect("it does not panic");
                }
            }
        });
    }

    #[test]
    fn a_receiver_that_goes_leaves_the_value_to_be_dropped_once() {
        // Not loom's: these only watch the model.
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        static RETURNED: AtomicUsize = AtomicUsize::new(0);
        loom::model(|| {
            let value = std::sync::Arc::new(());
            let (sender, receiver) = oneshot();
            let sent = std::sync::Arc::clone(&value);
            let sending = thread::spawn(move || match sender.send(sent) {
                Ok(()) => &TAKEN,
                Err(_returned) => &RETURNED,
            });
            drop(receiver);
            let seen = sending.join().expect("it does not panic");
            seen.fetch_add(1, Ordering::Relaxed);
            assert_eq!(std::sync::Arc::strong_count(&value), 1);
        });
        for seen in [&TAKEN, &RETURNED] {
            assert!(seen.load(Ordering::Relaxed) > 0, "loom tries both orders");
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use witness::{Drops, Log, polls, within};

    const LONG: Duration = Duration::from_secs(60);

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Woken {
        fn count(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll_with<F: Future + Unpin>(woken: &Arc<Woken>, future: &mut F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(woken));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn sent_before_the_first_poll_is_there_at_once() {
        let received = within(LONG, || {
            let (sender, receiver) = oneshot();
            sender.send("bread").expect("the receiver is there");
            let (receiver, polls) = polls(receiver);
            (block_on(receiver), polls.count())
        });
        assert_eq!(received, (Ok("bread"), 1));
    }

    #[test]
    fn sent_after_a_poll_wakes_exactly_once() {
        let (sender, mut receiver) = oneshot();
        let woken = Arc::default();
        assert_eq!(poll_with(&woken, &mut receiver), Poll::Pending);
        assert_eq!(woken.count(), 0);
        assert_eq!(sender.send("bread"), Ok(()));
        assert_eq!(woken.count(), 1);
        assert_eq!(poll_with(&woken, &mut receiver), Poll::Ready(Ok("bread")));
        // Asked again, it does not hang: nothing more will come.
        assert_eq!(poll_with(&woken, &mut receiver), Poll::Ready(Err(Canceled)));
    }

    #[test]
    fn a_sender_that_goes_wakes_the_receiver() {
        let (sender, mut receiver) = oneshot::<u32>();
        let woken = Arc::default();
        assert_eq!(poll_with(&woken, &mut receiver), Poll::Pending);
        drop(sender);
        assert_eq!(woken.count(), 1);
        assert_eq!(poll_with(&woken, &mut receiver), Poll::Ready(Err(Canceled)));
    }

    #[test]
    fn a_receiver_that_goes_gives_the_value_back() {
        let (sender, receiver) = oneshot();
        drop(receiver);
        assert_eq!(sender.send("bread"), Err("bread"));
    }

    #[test]
    fn a_receiver_that_goes_takes_its_value_and_its_waker_with_it() {
        let drops = Drops::new();
        let (sender, mut receiver) = oneshot();
        let woken = Arc::default();
        assert!(poll_with(&woken, &mut receiver).is_pending());
        assert!(sender.send(drops.guard()).is_ok());
        assert_eq!(drops.alive(), 1);
        drop(receiver);
        assert_eq!(drops.alive(), 0);

        let (sender, mut receiver) = oneshot::<u32>();
        assert!(poll_with(&woken, &mut receiver).is_pending());
        drop(receiver);
        assert_eq!(Arc::strong_count(&woken), 1);
        drop(sender);
        assert_eq!(woken.count(), 1, "the second receiver has nobody left to wake");
    }

    #[test]
    fn who_polled_last_is_woken() {
        let (sender, mut receiver) = oneshot();
        let (first, last) = (Arc::default(), Arc::default());
        assert!(poll_with(&first, &mut receiver).is_pending());
        assert!(poll_with(&last, &mut receiver).is_pending());
        sender.send("bread").expect("the receiver is there");
        assert_eq!((first.count(), last.count()), (0, 1));
    }

    #[test]
    fn no_waker_is_woken_or_dropped_under_the_lock() {
        /// Notes whether the channel's lock is free when it is woken and when it is dropped.
        struct Looks(Arc<Mutex<State<u32>>>, Log<(&'static str, bool)>);
        impl Wake for Looks {
            fn wake(self: Arc<Self>) {
                self.1.push(("woken", self.0.try_lock().is_ok()));
            }
        }
        impl Drop for Looks {
            fn drop(&mut self) {
                self.1.push(("dropped", self.0.try_lock().is_ok()));
            }
        }

        let (sender, mut receiver) = oneshot();
        let log = Log::new();
        let shared = Arc::clone(&receiver.shared);
        for _ in 0..2 {
            let waker = Waker::from(Arc::new(Looks(Arc::clone(&shared), log.clone())));
            let poll = Pin::new(&mut receiver).poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        assert_eq!(log.events(), [("dropped", true)], "the second took the place of the first");
        sender.send(7).expect("the receiver is there");
        assert_eq!(log.events()[1..], [("woken", true), ("dropped", true)]);
    }

    #[test]
    fn sent_into_the_gap_wakes_nobody_and_one_more_poll_finds_it() {
        let (sender, receiver) = oneshot();
        let mut sender = Some(sender);
        let gap = move || {
            let sender = sender.take().expect("the gap is reached once");
            sender.send("bread").expect("the receiver is there");
        };
        let mut hasty = Hasty { receiver, gap };
        let woken = Arc::default();
        assert_eq!(poll_with(&woken, &mut hasty), Poll::Pending);
        // The value is there, and the waker too: they missed each other.
        let state = lock(&hasty.receiver.shared);
        assert_eq!((state.value, state.waker.is_some(), state.closed), (Some("bread"), true, true));
        drop(state);
        assert_eq!(woken.count(), 0);
        assert_eq!(poll_with(&woken, &mut hasty), Poll::Ready(Ok("bread")));
    }

    #[test]
    fn the_watchdog_sees_that_the_hasty_receiver_is_stuck() {
        let seen = within(LONG, || send_into_the_gap("bread", Duration::from_millis(50)));
        assert_eq!(seen, (true, Ok("bread")));
    }
}
