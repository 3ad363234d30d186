// Looks under one lock and leaves its waker under another: what is loaded in between wakes nobody.
// => failed what_is_loaded_while_the_waker_is_kept_is_heard_of

use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

#[derive(Default)]
struct Shared {
    result: Option<io::Result<String>>,
    waker: Option<Waker>,
}

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        if let Some(load) = load.take() {
            let workers = Arc::clone(&shared);
            thread::spawn(move || {
                let result = panic::catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err(io::Error::other("panicked")));
                let waker = {
                    let mut shared = workers.lock().unwrap();
                    shared.result = Some(result);
                    shared.waker.take()
                };
                if let Some(waker) = waker { waker.wake(); }
            });
        }
        if let Some(result) = shared.lock().unwrap().result.take() {
            return Poll::Ready(result);
        }
        shared.lock().unwrap().waker = Some(cx.waker().clone());
        Poll::Pending
    })
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}
