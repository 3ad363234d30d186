// A third thread waits for the second: one thread more than is needed, and a late wake.
// => failed the_thread_that_loads_is_the_one_that_wakes

use std::fs;
use std::future::poll_fn;
use std::io;
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
            let workers = Arc::clone(&shared);
            let loading = thread::spawn(load);
            thread::spawn(move || {
                let result =
                    loading.join().unwrap_or_else(|_| Err(io::Error::other("it panicked")));
                let mut shared = workers.lock().expect("nobody panics with the lock");
                shared.result = Some(result);
                let waker = shared.waker.take();
                drop(shared);
                if let Some(waker) = waker {
                    waker.wake();
                }
            });
        }
        let mut shared = shared.lock().expect("nobody panics with the lock");
        match shared.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                shared.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}
