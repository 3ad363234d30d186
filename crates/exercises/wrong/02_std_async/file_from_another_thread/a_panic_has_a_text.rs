// Takes the text of the panic for the error: one without a text ends the thread, and wakes nobody.
// => failed a_panic_is_an_error

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
            thread::spawn(move || {
                let result = match panic::catch_unwind(AssertUnwindSafe(load)) {
                    Ok(result) => result,
                    Err(payload) => {
                        let text = match payload.downcast::<&'static str>() {
                            Ok(text) => text.to_string(),
                            Err(payload) => *payload.downcast::<String>().expect("a panic has a text"),
                        };
                        Err(io::Error::other(text))
                    }
                };
                let waker = {
                    let mut shared = workers.lock().expect("nobody panics with the lock");
                    shared.result = Some(result);
                    shared.waker.take()
                };
                if let Some(waker) = waker {
                    waker.wake();
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
