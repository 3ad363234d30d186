// Waits in the poll.
// => failed no_poll_waits_for_the_pigeon

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
        self.nest.lock().unwrap().message = Some(message);
    }
}

impl<T> Drop for Pigeon<T> {
    fn drop(&mut self) {
        let mut nest = self.nest.lock().unwrap();
        nest.gone = true;
        let waker = nest.waker.take();
        drop(nest);
        if let Some(waker) = waker { waker.wake(); }
    }
}

impl<T> Future for Loft<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let mut nest = self.nest.lock().unwrap();
            if let Some(message) = nest.message.take() { return Poll::Ready(Ok(message)); }
            if nest.gone { return Poll::Ready(Err(Lost)); }
            drop(nest);
            loom::thread::yield_now();
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
