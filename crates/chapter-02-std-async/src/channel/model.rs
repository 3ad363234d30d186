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

/// Polls while `sender` runs. Whoever has to wait must have been woken when the
/// sender is gone.
fn receive<F: Future + Unpin>(
    mut receiver: F,
    sender: JoinHandle<()>,
) -> F::Output {
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
        let first = Pin::new(&mut receiver)
            .poll(&mut Context::from_waker(Waker::noop()));
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
