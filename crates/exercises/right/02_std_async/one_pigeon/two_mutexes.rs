// The waker under a lock of its own: leave it first, then look.

use loom::sync::{Arc, Mutex};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

struct Pigeon<T> {
    nest: Arc<Nest<T>>,
}

struct Loft<T> {
    nest: Arc<Nest<T>>,
}

/// What the pigeon and the loft have in common.
struct Nest<T> {
    message: Mutex<Option<T>>,
    gone: loom::sync::atomic::AtomicBool,
    waker: Mutex<Option<Waker>>,
}

#[derive(Debug, PartialEq)]
struct Lost;

fn send_off<T>() -> (Pigeon<T>, Loft<T>) {
    let nest = Arc::new(Nest {
        message: Mutex::new(None),
        gone: loom::sync::atomic::AtomicBool::new(false),
        waker: Mutex::new(None),
    });
    (Pigeon { nest: Arc::clone(&nest) }, Loft { nest })
}

impl<T> Pigeon<T> {
    fn bring(self, message: T) {
        *self.nest.message.lock().unwrap() = Some(message);
    }
}

impl<T> Drop for Pigeon<T> {
    fn drop(&mut self) {
        self.nest.gone.store(true, std::sync::atomic::Ordering::Release);
        let waker = self.nest.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Loft<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        *self.nest.waker.lock().unwrap() = Some(cx.waker().clone());
        if !self.nest.gone.load(std::sync::atomic::Ordering::Acquire) {
            return Poll::Pending;
        }
        let message = self.nest.message.lock().unwrap().take();
        Poll::Ready(message.ok_or(Lost))
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
