// Parks once before it looks at the flag: the token of that wake may be gone.
// => failed a_parked_or_unparked_thread_changes_nothing

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

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell(AtomicBool::new(false), thread::current()));
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        loop {
            thread::park();
            if bell.0.swap(false, Ordering::SeqCst) {
                break;
            }
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
