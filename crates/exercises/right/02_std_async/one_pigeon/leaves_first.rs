// Leaves its waker first, under the same lock.

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
        nest.waker = Some(cx.waker().clone());
        match nest.message.take() {
            Some(message) => Poll::Ready(Ok(message)),
            None if nest.gone => Poll::Ready(Err(Lost)),
            None => Poll::Pending,
        }
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
