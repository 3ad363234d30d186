//! An async closure hides the type of its future.
//!
//! So nobody can ask that it be `Send`, as a caller must who hands it to
//! another thread:
//!
//! ```compile_fail,E0277
//! fn spawn<F: Future + Send>(_: F) {}
//!
//! fn spawn_each(job: impl AsyncFn(&str)) {
//!     for page in ["index", "search"] {
//!         spawn(job(page));
//!     }
//! }
//! ```
//!
//! The future of an ordinary closure has a name, `F`:
//!
//! ```
//! fn spawn<F: Future + Send>(_: F) {}
//!
//! fn spawn_each<F: Future + Send>(job: impl Fn(&'static str) -> F) {
//!     for page in ["index", "search"] {
//!         spawn(job(page));
//!     }
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

// ANCHOR: each
/// Calls `job` with one page after another, and awaits each call.
pub async fn each(pages: &[&str], mut job: impl AsyncFnMut(&str)) {
    for page in pages {
        job(page).await;
    }
}
// ANCHOR_END: each

// ANCHOR: each_spawned
/// Calls `job` with each page, and runs each future on a thread of its own.
pub fn each_spawned<F>(
    pages: &[&'static str],
    job: impl Fn(&'static str) -> F,
) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let run = |&page| spawn(job(page).instrument(info_span!("fetch", page)));
    let spawned: Vec<_> = pages.iter().map(run).collect();
    spawned
        .into_iter()
        .map(|thread| thread.join().expect("no job panics"))
        .collect()
}
// ANCHOR_END: each_spawned

/// Fetches pages with an async closure, one by one, then with a closure that
/// returns a future.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mirror = Arc::new(Mirror { takes: Duration::from_millis(30) });
    let pages = ["index", "search"];

    let timeline = timeline::timeline("an async closure: awaited page by page");
    let mut bytes = 0;
    block_on(each(&pages, async |page| {
        bytes += mirror
            .fetch(page)
            .instrument(info_span!("fetch", page))
            .await
            .len();
    }));
    timeline.draw();
    println!("it adds up outside: {bytes} bytes\n");

    let timeline =
        timeline::timeline("a closure that returns a future: spawned");
    let texts = each_spawned(&pages, |page| {
        let mirror = Arc::clone(&mirror);
        async move { mirror.fetch(page).await }
    });
    timeline.draw();
    println!("{texts:?}");
    Ok(())
}

/// A server that takes a while to answer.
struct Mirror {
    takes: Duration,
}

impl Mirror {
    async fn fetch(&self, page: &str) -> String {
        wait(self.takes).await;
        format!("the page '{page}'")
    }
}

/// Runs `future` on a thread of its own: from the lesson `traits`.
fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    thread::spawn(|| block_on(future))
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
mod tests;
