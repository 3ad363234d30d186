// Polls on a thread of its own: not every future can go there.
// => did not compile E0277

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

fn block_on<F: Future>(future: F) -> F::Output {
    thread::scope(|scope| {
        let poller = scope.spawn(move || {
            let mut future = pin!(future);
            loop {
                match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(output) => return output,
                    Poll::Pending => thread::park(),
                }
            }
        });
        poller.join().expect("it does not panic")
    })
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
