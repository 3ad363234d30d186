// A pigeon that is dropped by a panic tells nobody.
// => failed a_pigeon_that_is_dropped_by_a_panic_is_lost

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
    fn arrive(&self, message: Option<T>) {
        let mut nest = self.nest.lock().unwrap();
        if nest.gone {
            return;
        }
        nest.gone = true;
        nest.message = message;
        let waker = nest.waker.take();
        drop(nest);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn bring(self, message: T) {
        self.arrive(Some(message));
    }
}

impl<T> Drop for Pigeon<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.arrive(None);
    }
}

impl<T> Future for Loft<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let mut nest = self.nest.lock().unwrap();
        let old = nest.waker.take();
        let news = match (nest.gone, nest.message.take()) {
            (true, message) => Poll::Ready(message.ok_or(Lost)),
            (false, _) => {
                nest.waker = Some(waker);
                Poll::Pending
            }
        };
        drop(nest);
        drop(old);
        news
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
