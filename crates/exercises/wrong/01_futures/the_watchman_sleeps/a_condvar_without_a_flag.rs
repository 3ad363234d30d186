// A condvar remembers nothing: a wake that comes before the wait is lost.
// => failed a_wake_during_a_poll_is_heard

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use std::sync::{Condvar, Mutex};

#[derive(Default)]
struct Bell(Mutex<()>, Condvar);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let _lock = self.0.lock().unwrap();
        self.1.notify_all();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        drop(bell.1.wait(bell.0.lock().unwrap()).unwrap());
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
