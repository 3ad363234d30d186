// The flag is up in the beginning, and a poll is what a wake asks for.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use std::sync::atomic::{AtomicUsize, Ordering};

struct Wakes {
    count: AtomicUsize,
    thread: Thread,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let wakes = Arc::new(Wakes { count: AtomicUsize::new(1), thread: thread::current() });
    let waker = Waker::from(wakes.clone());
    loop {
        if wakes.count.swap(0, Ordering::SeqCst) == 0 {
            thread::park();
        } else if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
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
