use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use witness::{Drops, Log, PATIENT, polls, within};

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

fn poll_with<F: Future + Unpin>(
    woken: &Arc<Woken>,
    future: &mut F,
) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(woken));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

#[test]
fn sent_before_the_first_poll_is_there_at_once() {
    let received = within(PATIENT, || {
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
    /// Notes whether the channel's lock is free when it is woken and when it is
    /// dropped.
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
        let waker =
            Waker::from(Arc::new(Looks(Arc::clone(&shared), log.clone())));
        let poll =
            Pin::new(&mut receiver).poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
    }
    assert_eq!(
        log.events(),
        [("dropped", true)],
        "the second took the place of the first"
    );
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
    assert_eq!(
        (state.value, state.waker.is_some(), state.closed),
        (Some("bread"), true, true)
    );
    drop(state);
    assert_eq!(woken.count(), 0);
    assert_eq!(poll_with(&woken, &mut hasty), Poll::Ready(Ok("bread")));
}

#[test]
fn the_watchdog_sees_that_the_hasty_receiver_is_stuck() {
    let seen = within(PATIENT, || {
        send_into_the_gap("bread", Duration::from_millis(50))
    });
    assert_eq!(seen, (true, Ok("bread")));
}
