// An enum in the mutex instead of three fields.

use loom::sync::{Arc, Mutex};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

struct Pigeon<T> {
    carries: Option<T>,
    nest: Arc<Mutex<Nest<T>>>,
}

struct Loft<T> {
    nest: Arc<Mutex<Nest<T>>>,
}

/// What the pigeon and the loft have in common.
enum Nest<T> {
    Waiting(Option<Waker>),
    Home(T),
    Lost,
}

#[derive(Debug, PartialEq)]
struct Lost;

fn send_off<T>() -> (Pigeon<T>, Loft<T>) {
    let nest = Arc::new(Mutex::new(Nest::Waiting(None)));
    (Pigeon { carries: None, nest: Arc::clone(&nest) }, Loft { nest })
}

impl<T> Pigeon<T> {
    fn bring(mut self, message: T) {
        self.carries = Some(message);
    }
}

impl<T> Drop for Pigeon<T> {
    fn drop(&mut self) {
        let end = match self.carries.take() {
            Some(message) => Nest::Home(message),
            None => Nest::Lost,
        };
        let before = std::mem::replace(&mut *self.nest.lock().unwrap(), end);
        if let Nest::Waiting(Some(waker)) = before {
            waker.wake();
        }
    }
}

impl<T> Future for Loft<T> {
    type Output = Result<T, Lost>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut nest = self.nest.lock().unwrap();
        match std::mem::replace(&mut *nest, Nest::Lost) {
            Nest::Home(message) => Poll::Ready(Ok(message)),
            Nest::Lost => Poll::Ready(Err(Lost)),
            Nest::Waiting(_) => {
                *nest = Nest::Waiting(Some(cx.waker().clone()));
                Poll::Pending
            }
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
