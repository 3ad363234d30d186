// Polls as fast as it can, with a waker that does nothing.
// => failed he_sleeps_while_he_waits

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::yield_now(),
        }
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let mut polls = 0;
        let bell = std::future::poll_fn(|cx| {
            polls += 1;
            println!("poll {polls}");
            if polls == 3 {
                return Poll::Ready("all is quiet");
            }
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(std::time::Duration::from_millis(20));
                waker.wake();
            });
            Poll::Pending
        });
        println!("{}", block_on(bell));
    });
}
