// A pigeon is on its way home with one message. It brings it, or it is lost: then it is dropped.
// The loft waits for it. `Loft` is a future; write its `poll`, and what the pigeon does.
//
// What is wanted: the loft gets the message, or `Lost`. If it has to wait, the waker of its latest
// poll is woken once, when there is news and not before.
//
// How it is judged: loom runs each test in every order in which two threads can take turns. So use
// `loom::sync`, as below; a test counts the orders. One order in which nobody is woken is enough to
// fail. No poll waits for the pigeon.
//
// Lesson: chapter-02 channel

use loom::sync::{Arc, Mutex};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

struct Pigeon<T> {
    nest: Arc<Mutex<Nest<T>>>,
}

struct Loft<T> {
    nest: Arc<Mutex<Nest<T>>>,
}

/// What the pigeon and the loft have in common.
struct Nest<T> {
    message: Option<T>,
    /// Whether the pigeon is gone, home or lost.
    gone: bool,
    waker: Option<Waker>,
}

#[derive(Debug, PartialEq)]
struct Lost;

fn send_off<T>() -> (Pigeon<T>, Loft<T>) {
    let nest = Arc::new(Mutex::new(Nest { message: None, gone: false, waker: None }));
    (Pigeon { nest: Arc::clone(&nest) }, Loft { nest })
}

impl<T> Pigeon<T> {
    fn bring(self, message: T) {
        self.nest.lock().expect("nobody panics with the lock").message = Some(message);
        // Now `self` is dropped, and that wakes the loft.
    }
}

impl<T> Drop for Pigeon<T> {
    fn drop(&mut self) {
        let mut nest = self.nest.lock().expect("nobody panics with the lock");
        nest.gone = true;
        let waker = nest.waker.take();
        // Whoever is woken may poll at once, and needs the lock.

        drop(nest);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Loft<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut nest = self.nest.lock().expect("nobody panics with the lock");
        if let Some(message) = nest.message.take() {
            return Poll::Ready(Ok(message));
        }
        if nest.gone {
            return Poll::Ready(Err(Lost));
        }
        // Under the lock of the look: no pigeon can have come in between.
        nest.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

fn main() {
    loom::model(|| {
        let (pigeon, loft) = send_off();
        loom::thread::spawn(move || pigeon.bring("all is well"));
        assert_eq!(loom::future::block_on(loft), Ok("all is well"));
    });
    println!("in every order the message came home");
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom::thread::{self, JoinHandle};
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;
    use witness::within;

    const LIMIT: Duration = Duration::from_secs(120);

    /// Loom tries at least so many orders, however the nest is made.
    const ORDERS: usize = 2;

    /// Counts its wakes. It is not one of loom's: it only watches.
    #[derive(Default)]
    struct Keeper(AtomicUsize);

    impl Wake for Keeper {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
        within(LIMIT, || loom::model(model));
    }

    /// Polls while the pigeon flies. Whoever has to wait must be woken for news, and only then.
    fn receive(mut loft: Loft<u32>, flight: JoinHandle<()>) -> Result<u32, Lost> {
        let keeper = std::sync::Arc::new(Keeper::default());
        let waker = Waker::from(std::sync::Arc::clone(&keeper));
        let mut poll = || Pin::new(&mut loft).poll(&mut Context::from_waker(&waker));
        let (mut polled, mut for_nothing) = (poll(), false);
        thread::yield_now();
        if polled.is_pending() && keeper.0.load(Relaxed) > 0 {
            polled = poll();
            for_nothing = polled.is_pending();
        }
        flight.join().expect("no panic on the flight");
        assert!(!for_nothing, "woken, and there was no news yet");
        if polled.is_pending() {
            assert_eq!(keeper.0.load(Relaxed), 1, "the flight is over: wakes of the one who waits");
            polled = poll();
        }
        let Poll::Ready(news) = polled else { panic!("woken, and there is no news") };
        news
    }

    #[test]
    fn a_message_comes_home_in_every_order() {
        in_every_order(|| {
            let (pigeon, loft) = send_off();
            let flight = thread::spawn(move || pigeon.bring(7));
            assert_eq!(receive(loft, flight), Ok(7));
        });
    }

    #[test]
    fn a_lost_pigeon_is_known_in_every_order() {
        in_every_order(|| {
            let (pigeon, loft) = send_off();
            let flight = thread::spawn(move || drop(pigeon));
            assert_eq!(receive(loft, flight), Err(Lost));
        });
    }

    #[test]
    fn loom_sees_the_lock() {
        let runs = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&runs);
        in_every_order(move || {
            counted.fetch_add(1, Relaxed);
            let (pigeon, mut loft) = send_off();
            let flight = thread::spawn(move || pigeon.bring(7));
            let _ = Pin::new(&mut loft).poll(&mut Context::from_waker(Waker::noop()));
            flight.join().expect("no panic on the flight");
        });
        let orders = runs.load(Relaxed);
        assert!(
            orders >= ORDERS,
            "loom tried {orders} orders only: it does not see what is shared"
        );
    }

    #[test]
    fn no_poll_waits_for_the_pigeon() {
        in_every_order(|| {
            for lost in [false, true] {
                let (pigeon, mut loft) = send_off();
                let keeper = std::sync::Arc::new(Keeper::default());
                let waker = Waker::from(std::sync::Arc::clone(&keeper));
                let mut poll = || Pin::new(&mut loft).poll(&mut Context::from_waker(&waker));
                for _ in 0..3 {
                    assert!(poll().is_pending(), "the pigeon is still on its way");
                }
                assert_eq!(keeper.0.load(Relaxed), 0, "woken, and there was no news yet");
                if lost {
                    drop(pigeon)
                } else {
                    pigeon.bring(7)
                }
                assert_eq!(keeper.0.load(Relaxed), 1, "wakes after the flight");
                assert_eq!(poll(), Poll::Ready(if lost { Err(Lost) } else { Ok(7) }));
            }
        });
    }

    #[test]
    fn a_loft_that_is_gone_keeps_no_pigeon() {
        in_every_order(|| {
            let (pigeon, mut loft) = send_off();
            let _ = Pin::new(&mut loft).poll(&mut Context::from_waker(Waker::noop()));
            let flight = thread::spawn(move || pigeon.bring(7));
            drop(loft);
            flight.join().expect("no panic on the flight, though nobody waits");
        });
    }

    #[test]
    fn a_pigeon_that_is_dropped_by_a_panic_is_lost() {
        in_every_order(|| {
            let (pigeon, mut loft) = send_off();
            let keeper = std::sync::Arc::new(Keeper::default());
            let waker = Waker::from(std::sync::Arc::clone(&keeper));
            let mut poll = || Pin::new(&mut loft).poll(&mut Context::from_waker(&waker));
            assert!(poll().is_pending(), "the pigeon is still on its way");
            let falls = AssertUnwindSafe(move || {
                let _pigeon: Pigeon<u32> = pigeon;
                resume_unwind(Box::new("who has the pigeon panics on purpose"));
            });
            assert!(catch_unwind(falls).is_err());
            assert_eq!(keeper.0.load(Relaxed), 1, "wakes after the pigeon was dropped");
            assert_eq!(poll(), Poll::Ready(Err(Lost)));
        });
    }

    #[test]
    fn the_latest_waker_is_woken() {
        in_every_order(|| {
            let (pigeon, mut loft) = send_off();
            let flight = thread::spawn(move || pigeon.bring(7));
            match Pin::new(&mut loft).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => assert_eq!(receive(loft, flight), Ok(7)),
                Poll::Ready(news) => {
                    flight.join().expect("no panic on the flight");
                    assert_eq!(news, Ok(7));
                }
            }
        });
    }
}
