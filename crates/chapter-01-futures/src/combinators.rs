//! One future of many: all, a few at a time, or the first.
//!
//! All at once means that all are alive at once, and two that live at once cannot both have the
//! same `&mut`:
//!
//! ```compile_fail,E0499
//! async fn fetch(bytes: &mut usize) {
//!     *bytes += 1;
//! }
//!
//! async fn both(bytes: &mut usize) {
//!     futures::future::join(fetch(bytes), fetch(bytes)).await;
//! }
//! ```
//!
//! Let each return its share instead:
//!
//! ```
//! async fn fetch() -> usize {
//!     1
//! }
//!
//! async fn both() -> usize {
//!     let (one, other) = futures::future::join(fetch(), fetch()).await;
//!     one + other
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{Either, join, select};
use futures::stream::{self, FuturesUnordered, StreamExt};
use tracing::{Instrument, info_span};

// ANCHOR: one_by_one
/// Awaits each page before it asks for the next.
pub async fn one_by_one<T>(
    pages: RangeInclusive<usize>,
    fetch: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    let mut fetched = Vec::new();
    for page in pages {
        fetched.push(fetch(page).await);
    }
    fetched
}
// ANCHOR_END: one_by_one

// ANCHOR: all_at_once
/// Asks for all pages, and takes them as they come.
pub async fn all_at_once<T>(
    pages: RangeInclusive<usize>,
    fetch: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    let mut under_way: FuturesUnordered<_> = pages.map(|page| fetch(page)).collect();
    let mut fetched = Vec::new();
    while let Some(page) = under_way.next().await {
        fetched.push(page);
    }
    fetched
}
// ANCHOR_END: all_at_once

// ANCHOR: a_few_at_a_time
/// Asks for `bound` pages, and for one more whenever one has come.
pub async fn a_few_at_a_time<T>(
    bound: usize,
    pages: RangeInclusive<usize>,
    fetch: impl AsyncFn(usize) -> T,
) -> Vec<T> {
    stream::iter(pages).map(|page| fetch(page)).buffer_unordered(bound).collect().await
}
// ANCHOR_END: a_few_at_a_time

// ANCHOR: first
/// Returns the answer of whoever answers first. The other is dropped where it stands.
pub async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    match select(pin!(one), pin!(other)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((answer, _)) => answer,
    }
}
// ANCHOR_END: first

/// Fetches five pages in three ways, then the same page from two mirrors.
pub fn main() -> Result<(), Box<dyn Error>> {
    let timeline = timeline::timeline("awaited in a for loop: one page at a time");
    let pages = block_on(one_by_one(1..=5, fetch));
    timeline.draw();
    println!("came: {pages:?}\n");

    let timeline = timeline::timeline("FuturesUnordered: all at once, on the same one thread");
    let pages = block_on(all_at_once(1..=5, fetch));
    timeline.draw();
    println!("came: {pages:?}\n");

    let timeline = timeline::timeline("buffer_unordered(2): never more than two under way");
    let pages = block_on(a_few_at_a_time(2, 1..=5, fetch));
    timeline.draw();
    println!("came: {pages:?}\n");

    let timeline = timeline::timeline("select: the first answer is enough, the other is dropped");
    let mirrors = [("far", 60), ("near", 20)].map(|(mirror, takes)| async move {
        let takes = Duration::from_millis(takes);
        wait(takes).instrument(info_span!("ask", mirror, ?takes)).await;
        mirror
    });
    let [far, near] = mirrors;
    let answer = block_on(first(far, near));
    timeline.draw();
    println!("answered: {answer}\n");

    let (page, title) = block_on(join(fetch(2), async { "Contents" }));
    println!("join, of two types: page {page}, {title:?}");
    Ok(())
}

// ANCHOR: fetch
/// Returns the number of the page, after as long as this page takes.
pub async fn fetch(page: usize) -> usize {
    let takes = Duration::from_millis([50, 10, 20, 40, 15][page - 1]);
    wait(takes).instrument(info_span!("fetch", page)).await;
    page
}
// ANCHOR_END: fetch

/// Waits as long as `takes` says. Another thread sleeps meanwhile.
async fn wait(takes: Duration) {
    let (sender, time_is_up) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(takes);
        // An error says that nobody waits anymore.
        let _ = sender.send(());
    });
    time_is_up.await.expect("the thread sends");
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
