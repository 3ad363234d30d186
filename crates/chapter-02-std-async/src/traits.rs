//! A trait says what callers need of its futures.
//!
//! Its `async fn` hides their type.
//!
//! A thread may only be given what is `Send`. Of the future that `fetch`
//! returns, this trait says no more than that it is a future, so a function
//! that knows only the trait cannot hand it over:
//!
//! ```compile_fail,E0277
//! trait Source {
//!     async fn fetch(&self, page: &str) -> String;
//! }
//!
//! fn spawn<F: Future + Send + 'static>(_: F) {}
//!
//! fn fetch_elsewhere<S: Source>(source: &'static S) {
//!     spawn(source.fetch("index"));
//! }
//! ```
//!
//! Where the type is known, the compiler looks into its future and sees that it
//! is `Send`. The same trait compiles:
//!
//! ```
//! trait Source {
//!     async fn fetch(&self, page: &str) -> String;
//! }
//!
//! fn spawn<F: Future + Send + 'static>(_: F) {}
//!
//! struct Blank;
//!
//! impl Source for Blank {
//!     async fn fetch(&self, _: &str) -> String {
//!         String::new()
//!     }
//! }
//!
//! fn fetch_elsewhere(source: &'static Blank) {
//!     spawn(source.fetch("index"));
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use tracing::{Instrument, info_span};

// ANCHOR: source
/// Where pages come from.
pub trait Source {
    /// Returns the text of a page, perhaps after a while. The future may move
    /// to another thread.
    fn fetch(&self, page: &str) -> impl Future<Output = String> + Send;
}
// ANCHOR_END: source

// ANCHOR: implementations
/// A server that takes a while to answer.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// For how long.
    pub takes: Duration,
}

impl Source for Mirror {
    async fn fetch(&self, page: &str) -> String {
        wait(self.takes).await;
        format!("the page '{page}'")
    }
}
// ANCHOR_END: implementations

// ANCHOR: spawn
/// Runs `future` on a thread of its own.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    thread::spawn(|| block_on(future))
}

/// Fetches each page on a thread of its own. Returns the texts in the order of
/// the pages.
pub fn fetch_spawned<S>(source: &Arc<S>, pages: &[&'static str]) -> Vec<String>
where
    S: Source + Send + Sync + 'static,
{
    let fetch = |&page: &&'static str| {
        let source = Arc::clone(source);
        let fetching = async move { source.fetch(page).await };
        spawn(fetching.instrument(info_span!("fetch", page)))
    };
    let spawned: Vec<_> = pages.iter().map(fetch).collect();
    spawned
        .into_iter()
        .map(|thread| thread.join().expect("no source panics"))
        .collect()
}
// ANCHOR_END: spawn

/// Fetches two pages on one thread, then each on a thread of its own.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mirror = Arc::new(Mirror { takes: Duration::from_millis(30) });

    let timeline = timeline::timeline("joined: the main thread polls both");
    let fetch = |page| mirror.fetch(page).instrument(info_span!("fetch", page));
    let texts = block_on(join(fetch("index"), fetch("search")));
    timeline.draw();
    println!("{texts:?}\n");

    let timeline = timeline::timeline(
        "spawned: made by the main thread, polled by others",
    );
    let texts = fetch_spawned(&mirror, &["index", "search"]);
    timeline.draw();
    println!("{texts:?}");
    Ok(())
}

/// Waits as long as `takes` says. Another thread sleeps meanwhile, and then
/// wakes: from the lesson `timeout`.
async fn wait(takes: Duration) {
    let state = Arc::new(Mutex::new((false, None::<Waker>)));
    let threads = Arc::clone(&state);
    thread::spawn(move || {
        thread::sleep(takes);
        let mut state =
            threads.lock().expect("nobody panics with the lock held");
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    poll_fn(|cx| {
        let mut state = state.lock().expect("nobody panics with the lock held");
        state.1 = Some(cx.waker().clone());
        if state.0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Polls both until both are ready: from the lesson `async-fn`.
async fn join<A: Future, B: Future>(
    first: A,
    second: B,
) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(Some(first)), pin!(Some(second)));
    let (mut one, mut two) = (None, None);
    poll_fn(|cx| {
        if let Some(future) = first.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            one = Some(output);
            // A future that was ready must not be polled again; and what it
            // holds is free now.
            first.set(None);
        }
        if let Some(future) = second.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            two = Some(output);
            second.set(None);
        }
        match (one.take(), two.take()) {
            (Some(one), Some(two)) => Poll::Ready((one, two)),
            unfinished => {
                (one, two) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: program

#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
