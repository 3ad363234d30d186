// Keeps the bell of the thread: a late wake of the future before is heard, too.
// => failed a_wake_that_comes_too_late_is_nobodys_wake

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use std::sync::atomic::{AtomicBool, Ordering};

struct Bell(AtomicBool, Thread);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        self.1.unpark();
    }
}

thread_local! {
    static BELL: Arc<Bell> = Arc::new(Bell(AtomicBool::new(false), thread::current()));
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = BELL.with(Arc::clone);
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !bell.0.swap(false, Ordering::SeqCst) {
            thread::park();
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
