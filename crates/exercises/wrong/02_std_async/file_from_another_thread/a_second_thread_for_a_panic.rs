// Has a second thread join the first, and tell of its panic.
// => failed the_thread_that_loads_is_the_one_that_wakes

use std::fs;
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

#[derive(Default)]
struct Shared {
    result: Option<io::Result<String>>,
    waker: Option<Waker>,
}

fn tell(shared: &Mutex<Shared>, result: io::Result<String>) {
    let waker = {
        let mut shared = shared.lock().unwrap();
        shared.result = Some(result);
        shared.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let mut load = Some(load);
    poll_fn(move |cx| {
        let waker = cx.waker().clone();
        let old = {
            let mut shared = shared.lock().unwrap();
            if let Some(result) = shared.result.take() {
                return Poll::Ready(result);
            }
            shared.waker.replace(waker)
        };
        drop(old);
        if let Some(load) = load.take() {
            let (one, two) = (Arc::clone(&shared), Arc::clone(&shared));
            let loading = thread::spawn(move || {
                let result = load();
                tell(&one, result);
            });
            thread::spawn(move || {
                if loading.join().is_err() {
                    tell(&two, Err(io::Error::other("it panicked")));
                }
            });
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
