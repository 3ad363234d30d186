// Clones the waker of the first poll: if the future is passed on, nobody wakes its new poller.
// => failed the_latest_waker_is_woken

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
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        if let Some(load) = load.take() {
            let (workers, waker) = (Arc::clone(&shared), cx.waker().clone());
            thread::spawn(move || {
                let result = panic::catch_unwind(AssertUnwindSafe(load))
                    .unwrap_or_else(|_| Err(io::Error::other("it panicked while it was read")));
                workers.lock().expect("nobody panics with the lock").result = Some(result);
                waker.wake_by_ref();
            });
        }
        match shared.lock().expect("nobody panics with the lock").result.take() {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        }
    })
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}
