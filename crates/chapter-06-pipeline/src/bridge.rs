//! Documents cross from Tokio to Rayon and come back: the program's bridge, taken apart.

use std::error::Error;
use std::panic;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::stream::{self, StreamExt};
use origin::Generator;
use rayon::prelude::*;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{Instrument, info_span};
use witness::{Peak, Ticker};

use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::run::Threads;
use crate::program::run::bridge::{Bridge, Panicked};

// ANCHOR: inline
/// Computes in parallel, and blocks the runtime's thread until all of it is done.
#[expect(clippy::unused_async, reason = "the bug this lesson shows: it has nothing to await")]
pub async fn on_the_runtime<T: Send, J: FnOnce() -> T + Send>(jobs: Vec<J>) -> Vec<T> {
    jobs.into_par_iter().map(|job| job()).collect()
}
// ANCHOR_END: inline

// ANCHOR: over
/// Sends each job over the bridge. Whoever panics has an error in its place.
pub async fn over_the_bridge<T, J>(bridge: &Bridge, jobs: Vec<J>) -> Vec<Result<T, Panicked>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    join_all(jobs.into_iter().map(|job| bridge.run(job))).await
}
// ANCHOR_END: over

// ANCHOR: place
/// Keeps the place with the one who waits.
pub async fn place_with_the_waiter<T: Send + 'static>(
    bridge: &Bridge,
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let _place = places.acquire().await.expect("the semaphore is never closed");
    bridge.run(work).await
}

/// Moves the place into the work.
pub async fn place_with_the_work<T: Send + 'static>(
    bridge: &Bridge,
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let work = move || {
        let _place = place;
        work()
    };
    bridge.run(work).await
}
// ANCHOR_END: place

// ANCHOR: trip
/// What one trip costs, with 32 jobs under way that do nothing.
pub async fn trip<F: Future>(trips: u32, job: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    stream::iter(0..trips).map(|_| job()).buffer_unordered(32).for_each(async |_| ()).await;
    start.elapsed() / trips
}
// ANCHOR_END: trip

/// Gives `waiters` documents to people who stop waiting as soon as the work has begun, where one
/// place is all there is. Returns the most that were worked at once.
async fn impatient(bridge: &Bridge, waiters: usize, inside: bool) -> usize {
    let (places, peak) = (Arc::new(Semaphore::new(1)), Peak::new());
    for _ in 0..waiters {
        let (begin, begun) = oneshot::channel();
        let peak = peak.clone();
        let work = move || {
            let _working = peak.enter();
            // An error says that it was not waited for.
            let _ = begin.send(());
            thread::sleep(Duration::from_millis(20));
        };
        let waiting = async {
            match inside {
                false => place_with_the_waiter(bridge, &places, work).await,
                true => place_with_the_work(bridge, &places, work).await,
            }
        };
        tokio::select! {
            biased;
            _ = begun => {}
            _ = waiting => {}
        }
    }
    peak.max()
}

/// Runs `compute` beside a task that asks to run every millisecond. Returns the longest time
/// between two of its ticks.
async fn beside_a_ticker<T>(compute: impl AsyncFnOnce() -> T) -> (T, Duration) {
    const PERIOD: Duration = Duration::from_millis(1);
    let ticker = Ticker::new(PERIOD);
    let ticks = ticker.run(sleep).instrument(info_span!("ticker"));
    let ticking = tokio::spawn(ticks);
    sleep(4 * PERIOD).await;
    let output = compute().await;
    sleep(4 * PERIOD).await;
    ticking.abort();
    // An error says that it was aborted.
    let _ = ticking.await;
    (output, ticker.longest_gap())
}

/// A job for each page: how many words it has. The `poisoned` one panics.
fn jobs(pages: &[Arc<str>], poisoned: Option<usize>) -> Vec<impl FnOnce() -> u32 + Send + use<>> {
    let job = |(page, html): (usize, &Arc<str>)| {
        let (span, html) = (info_span!("digest", page), Arc::clone(html));
        move || {
            span.in_scope(|| {
                if poisoned == Some(page) {
                    panic!("page {page} is poisoned");
                }
                words(&html)
            })
        }
    };
    pages.iter().enumerate().map(job).collect()
}

/// How many words the program finds in a page.
fn words(html: &str) -> u32 {
    digest(html.as_bytes(), MediaType::Html, None).expect("made-up pages are HTML").words
}

/// Made-up pages of so many words.
fn pages(pages: usize, words_per_page: usize) -> Vec<Arc<str>> {
    let generator = Generator { pages, words_per_page, ..Generator::default() };
    (0..pages).filter_map(|page| generator.html(page)).map(Arc::from).collect()
}

/// Keeps the expected panic on a pool's thread off the terminal.
fn hush() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !thread::current().name().is_some_and(|name| name.starts_with("rayon ")) {
            before(panic);
        }
    }));
}

/// Computes beside a ticker, poisons a page, loses patience, and measures a trip.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let bridge = Bridge::new(Threads::available().rayon)?;
    let large = pages(8, 20_000);

    let timeline = timeline::timeline("par_iter in a task: nobody ticks until it is done");
    let (_, blocked) = beside_a_ticker(async || on_the_runtime(jobs(&large, None)).await).await;
    timeline.draw();
    println!("longest gap between two ticks: {:.1} ms\n", blocked.as_secs_f64() * 1e3);

    let timeline = timeline::timeline("over the bridge: it ticks on");
    let (_, free) =
        beside_a_ticker(async || over_the_bridge(&bridge, jobs(&large, None)).await).await;
    timeline.draw();
    println!("longest gap between two ticks: {:.1} ms\n", free.as_secs_f64() * 1e3);

    hush();
    println!("100 pages, the one of number 41 poisoned");
    let (all, alone) = (pages(100, 1_000), |html: &Arc<str>| words(html));
    let answers = over_the_bridge(&bridge, jobs(&all, Some(41))).await;
    let exact = answers.iter().zip(&all).filter(|(it, html)| **it == Ok(alone(html))).count();
    println!("  exact {exact}; {}", answers[41].as_ref().expect_err("it is poisoned"));
    println!("  threads in the pool: {}\n", bridge.pool().broadcast(|_| ()).len());

    let wide = Bridge::new(4)?;
    let threads = wide.pool().current_num_threads();
    println!("one place, {threads} threads, 8 documents whose waiters leave when work has begun");
    let [outside, inside] = [impatient(&wide, 8, false).await, impatient(&wide, 8, true).await];
    println!("  the place stays with the waiter   {outside} worked at once");
    println!("  the place moves into the work     {inside} worked at once\n");

    let mut least = [Duration::MAX; 3];
    for _ in 0..9 {
        let round = [
            trip(3_000, || bridge.run(|| ())).await,
            trip(3_000, || spawn_blocking(|| ())).await,
            trip(3_000, || bridge.run(|| ())).await,
        ];
        least.iter_mut().zip(round).for_each(|(least, took)| *least = (*least).min(took));
    }
    let usual = &all[0];
    let document = (0..20).map(|_| {
        let start = Instant::now();
        let words = words(usual);
        (start.elapsed(), words)
    });
    let (document, count) = document.min().expect("there were 20");
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    println!("a trip, 32 at a time (the least of 9 rounds)");
    println!("  bridge            {:>6.2} µs", us(least[0]));
    println!("  spawn_blocking    {:>6.2} µs", us(least[1]));
    println!("  bridge again      {:>6.2} µs", us(least[2]));
    println!("and the work it is for");
    let share = |work: Duration| us(least[0].min(least[2])) / us(work) * 100.0;
    let word = document / count;
    println!(
        "  a page of {count} words {:>5.0} µs: the trip adds {:.1} %",
        us(document),
        share(document)
    );
    println!("  one word          {:>6.2} µs: the trip adds {:.0} %", us(word), share(word));
    Ok(())
}

#[cfg(test)]
mod tests;
