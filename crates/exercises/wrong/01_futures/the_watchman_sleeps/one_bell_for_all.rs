// The flag and the condvar are static: a wake for one watchman is taken by another.
// => failed each_watchman_hears_his_own_future

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use std::sync::{Condvar, Mutex};

static RUNG: Mutex<bool> = Mutex::new(false);
static BELL: Condvar = Condvar::new();

struct Ring;

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        *RUNG.lock().unwrap() = true;
        BELL.notify_all();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Ring));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let rung = RUNG.lock().unwrap();
        *BELL.wait_while(rung, |rung| !*rung).unwrap() = false;
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
