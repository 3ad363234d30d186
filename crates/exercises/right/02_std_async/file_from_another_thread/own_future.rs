// A future of its own with an enum of states.

use std::fs;
use std::future::poll_fn;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

enum State {
    Waiting(Option<Waker>),
    Done(Option<io::Result<String>>),
}

struct Elsewhere<L> {
    load: Option<L>,
    state: Arc<Mutex<State>>,
}

impl<L> Unpin for Elsewhere<L> {}

impl<L: FnOnce() -> io::Result<String> + Send + 'static> Future for Elsewhere<L> {
    type Output = io::Result<String>;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        match &mut *self.state.lock().unwrap() {
            State::Waiting(waker) => *waker = Some(cx.waker().clone()),
            State::Done(result) => return Poll::Ready(result.take().expect("polled after its end")),
        }
        if let Some(load) = self.load.take() {
            let state = Arc::clone(&self.state);
            thread::spawn(move || {
                let result = match panic::catch_unwind(AssertUnwindSafe(load)) {
                    Ok(result) => result,
                    Err(_) => Err(io::Error::other("it panicked")),
                };
                let before = std::mem::replace(&mut *state.lock().unwrap(), State::Done(Some(result)));
                if let State::Waiting(Some(waker)) = before {
                    waker.wake();
                }
            });
        }
        Poll::Pending
    }
}

fn elsewhere(
    load: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> impl Future<Output = io::Result<String>> + Send {
    Elsewhere { load: Some(load), state: Arc::new(Mutex::new(State::Waiting(None))) }
}

fn main() {
    let read = || fs::read_to_string("no-such-file.txt");
    let limit = std::time::Duration::from_secs(5);
    let read = witness::within(limit, move || futures::executor::block_on(elsewhere(read)));
    println!("{read:?}");
}
