//! A trait's `async fn` hides a type: what callers need of it, the trait must say.
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

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::Pin;
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
    /// How long.
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

/// Pages at hand, by name. A page that is not there is empty.
impl Source for BTreeMap<String, String> {
    async fn fetch(&self, page: &str) -> String {
        self.get(page).cloned().unwrap_or_default()
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
    each_spawned(pages, |page| {
        let source = Arc::clone(source);
        async move { source.fetch(page).await }
    })
}
// ANCHOR_END: spawn

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
pub fn each_spawned<F>(pages: &[&'static str], job: impl Fn(&'static str) -> F) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let run = |&page| spawn(job(page).instrument(info_span!("fetch", page)));
    let spawned: Vec<_> = pages.iter().map(run).collect();
    spawned.into_iter().map(|thread| thread.join().expect("no job panics")).collect()
}
// ANCHOR_END: each_spawned

// ANCHOR: boxed
/// [`Source`] for `dyn`: every type's future in a box, and so of one type.
pub trait DynSource {
    /// Returns the future of [`Source::fetch`].
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>>;
}

impl<S: Source> DynSource for S {
    fn fetch_boxed<'a>(
        &'a self,
        page: &'a str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(self.fetch(page))
    }
}
// ANCHOR_END: boxed

/// Fetches pages on one thread and on several, with an async closure, and from a mixed list.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mirror = Arc::new(Mirror { takes: Duration::from_millis(30) });
    let shelf = BTreeMap::from([("index".to_owned(), "a page at hand".to_owned())]);

    let timeline = lessons::timeline("joined: the main thread polls both");
    let fetch = |page| mirror.fetch(page).instrument(info_span!("fetch", page));
    let texts = block_on(join(fetch("index"), fetch("search")));
    timeline.draw();
    println!("{texts:?}\n");

    let timeline = lessons::timeline("spawned: made by the main thread, polled by others");
    let texts = fetch_spawned(&mirror, &["index", "search"]);
    timeline.draw();
    println!("{texts:?}\n");

    let mut bytes = 0;
    block_on(each(&["index", "search"], async |page| bytes += mirror.fetch(page).await.len()));
    println!("an async closure adds up: {bytes} bytes\n");

    println!("boxed by hand, in bytes");
    println!("            fetch returns   fetch_boxed returns   in the box");
    print_sizes("mirror", &*mirror);
    print_sizes("shelf", &shelf);
    println!("\none list of both");
    let sources: [Box<dyn DynSource>; 2] = [Box::new(*mirror), Box::new(shelf)];
    for source in &sources {
        println!("  {:?}", block_on(source.fetch_boxed("index")));
    }
    Ok(())
}

fn print_sizes<S: Source>(name: &str, source: &S) {
    let (native, boxed) = (source.fetch("index"), source.fetch_boxed("index"));
    let [native, pointer, inside] =
        [size_of_val(&native), size_of_val(&boxed), size_of_val(&*boxed)];
    println!("  {name:6} {native:>16} {pointer:>21} {inside:>12}");
}

#[cfg(all(test, not(loom)))]
mod tests;
