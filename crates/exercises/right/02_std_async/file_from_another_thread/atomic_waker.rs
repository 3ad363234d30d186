// AtomicWaker: register, then look.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    let shared = Arc::new((futures::task::AtomicWaker::new(), std::sync::OnceLock::<Mutex<Option<io::Result<String>>>>::new()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        shared.0.register(cx.waker());
        if let Some(load) = load.take() {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let result = panic::catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| Err(io::Error::other("panicked")));
                let _ = shared.1.set(Mutex::new(Some(result)));
                shared.0.wake();
            });
        }
        match shared.1.get() {
            Some(result) => Poll::Ready(result.lock().unwrap().take().expect("polled after the end")),
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
