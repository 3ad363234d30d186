//! A trait says what callers need of its futures.
//!
//! Its `async fn` hides their type.
//!
//! A thread may only be given what is `Send`. Of the future that `fetch` returns, this trait says
//! no more than that it is a future, so a function that knows only the trait cannot hand it over:
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
//! Where the type is known, the compiler looks into its future and sees that it is `Send`. The same
//! trait compiles:
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

use std::error::Error;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::{Instrument, info_span};

use crate::async_fn::{block_on, join};
use crate::channel::oneshot;

// ANCHOR: source
/// Where pages come from.
pub trait Source {
    /// Returns the text of a page, perhaps after a while. The future may move to another thread.
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
        let (answer, answered) = oneshot();
        let (takes, text) = (self.takes, format!("the page '{page}'"));
        thread::spawn(move || {
            thread::sleep(takes);
            answer.send(text)
        });
        answered.await.expect("a mirror always answers")
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

/// Fetches each page on a thread of its own. Returns the texts in the order of the pages.
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
    spawned.into_iter().map(|thread| thread.join().expect("no source panics")).collect()
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

    let timeline = timeline::timeline("spawned: made by the main thread, polled by others");
    let texts = fetch_spawned(&mirror, &["index", "search"]);
    timeline.draw();
    println!("{texts:?}");
    Ok(())
}

#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
