// A second thread looks each millisecond whether the first has ended: polling, and a thread more.
// => failed the_thread_that_loads_is_the_one_that_wakes

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
    let mut load = Some(load);
    let handle = Arc::new(Mutex::new(None::<thread::JoinHandle<io::Result<String>>>));
    let waker = Arc::new(Mutex::new(None::<Waker>));
    poll_fn(move |cx| {
        *waker.lock().unwrap() = Some(cx.waker().clone());
        if let Some(load) = load.take() {
            *handle.lock().unwrap() = Some(thread::spawn(load));
            let (handle, waker) = (Arc::clone(&handle), Arc::clone(&waker));
            thread::spawn(move || {
                while handle.lock().unwrap().as_ref().is_some_and(|h| !h.is_finished()) {
                    thread::sleep(std::time::Duration::from_millis(1));
                }
                let waker = waker.lock().unwrap().take();
                if let Some(waker) = waker { waker.wake(); }
            });
        }
        let mut handle = handle.lock().unwrap();
        if handle.as_ref().unwrap().is_finished() {
            let ended = handle.take().unwrap().join();
            return Poll::Ready(ended.unwrap_or_else(|_| Err(io::Error::other("panicked"))));
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
