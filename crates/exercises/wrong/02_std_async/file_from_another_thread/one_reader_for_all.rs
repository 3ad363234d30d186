// One thread loads for all, one file after the other.
// => failed each_has_a_thread_of_its_own

use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

/// What the thread and the one who polls have in common.
#[derive(Default)]
struct Shared {
    result: Option<io::Result<String>>,
    waker: Option<Waker>,
}

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    type Work = Box<dyn FnOnce() + Send>;
    static READER: std::sync::OnceLock<std::sync::mpsc::Sender<Work>> = std::sync::OnceLock::new();
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        let waker = cx.waker().clone();
        let old = {
            let mut shared = shared.lock().expect("nobody panics with the lock");
            if let Some(result) = shared.result.take() {
                return Poll::Ready(result);
            }
            shared.waker.replace(waker)
        };
        drop(old);
        if let Some(load) = load.take() {
            let workers = Arc::clone(&shared);
            let work: Work = Box::new(move || {
                let result = panic::catch_unwind(AssertUnwindSafe(load))
                    .unwrap_or_else(|_| Err(io::Error::other("it panicked")));
                let waker = {
                    let mut shared = workers.lock().expect("nobody panics with the lock");
                    shared.result = Some(result);
                    shared.waker.take()
                };
                if let Some(waker) = waker {
                    waker.wake();
                }
            });
            let reader = READER.get_or_init(|| {
                let (sender, works) = std::sync::mpsc::channel::<Work>();
                thread::spawn(move || works.into_iter().for_each(|work| work()));
                sender
            });
            reader.send(work).expect("the reader is there");
        }
        Poll::Pending
    })
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}
