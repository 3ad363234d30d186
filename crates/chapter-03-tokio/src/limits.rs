//! A fan-out needs a bound that does not grow with the list.

// ANCHOR: program
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: all_at_once
/// Starts a task for every page, all at once.
pub async fn all_at_once<F>(
    pages: Vec<u32>,
    fetch: impl Fn(u32) -> F,
) -> Vec<u32>
where
    F: Future<Output = u32> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for page in pages {
        tasks.spawn(fetch(page));
    }
    tasks.join_all().await
}
// ANCHOR_END: all_at_once

// ANCHOR: permit_first
/// Starts a task for a page as soon as one of `limit` permits is free.
pub async fn permit_first<F>(
    limit: usize,
    pages: Vec<u32>,
    fetch: impl Fn(u32) -> F,
) -> Vec<u32>
where
    F: Future<Output = u32> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limit));
    let mut tasks = JoinSet::new();
    let mut all = Vec::new();
    for page in pages {
        // What has ended is taken out: the set stays small, and a panic is seen
        // early.
        while let Some(end) = tasks.try_join_next() {
            all.push(end.expect("no fetch panics"));
        }
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("nobody closes it");
        let fetching = fetch(page);
        tasks.spawn(async move {
            let fetched = fetching.await;
            drop(permit);
            fetched
        });
    }
    all.extend(tasks.join_all().await);
    all
}
// ANCHOR_END: permit_first

/// Starts a task for every page, all at once, and each waits for a permit.
pub async fn permit_inside<F>(
    limit: usize,
    pages: Vec<u32>,
    fetch: impl Fn(u32) -> F,
) -> Vec<u32>
where
    F: Future<Output = u32> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limit));
    let mut tasks = JoinSet::new();
    for page in pages {
        let permits = Arc::clone(&permits);
        let fetching = fetch(page);
        tasks.spawn(async move {
            let _permit = permits.acquire().await.expect("nobody closes it");
            fetching.await
        });
    }
    tasks.join_all().await
}

// ANCHOR: unordered
/// Polls up to `limit` fetches itself, without tasks, and returns them as they
/// are done.
pub async fn unordered<F>(
    limit: usize,
    pages: Vec<u32>,
    fetch: impl Fn(u32) -> F,
) -> Vec<u32>
where
    F: Future<Output = u32>,
{
    stream::iter(pages).map(fetch).buffer_unordered(limit).collect().await
}

/// The same, but returns them in the order of `pages`: one that is done early
/// waits.
pub async fn ordered<F>(
    limit: usize,
    pages: Vec<u32>,
    fetch: impl Fn(u32) -> F,
) -> Vec<u32>
where
    F: Future<Output = u32>,
{
    stream::iter(pages).map(fetch).buffered(limit).collect().await
}
// ANCHOR_END: unordered

/// Fetches nine pages and then two hundred in each way.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let nine = || (1..=9).collect();

    let timeline = timeline::timeline("a task for each: nine requests at once");
    let server = Server::new(ms(10));
    all_at_once(nine(), |page| server.fetch(page)).await;
    timeline.draw();
    println!();

    let timeline = timeline::timeline(
        "three permits: as one request ends, the next begins",
    );
    permit_first(3, nine(), |page| server.fetch(page)).await;
    timeline.draw();
    println!();

    println!("of 9 pages, and of 200");
    println!("{:>42}{:>11}{:>19}", "most tasks", "in flight", "order of the 9");
    for (name, fetch_all) in STRATEGIES {
        let [few, many] = [Server::new(ms(5)), Server::new(ms(1))];
        let order = fetch_all(few.clone(), nine()).await;
        fetch_all(many.clone(), (1..=200).collect()).await;
        let [tasks, in_flight] =
            [0, 1].map(|i| format!("{}, {}", few.most()[i], many.most()[i]));
        let order: Vec<_> = order.iter().map(u32::to_string).collect();
        println!("  {name:<30}{tasks:>10}{in_flight:>11}  {}", order.join(" "));
    }
    Ok(())
}

/// Answers with the page that was asked for, and counts how many ask at once.
#[derive(Clone, Debug)]
pub struct Server {
    unit: Duration,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    most_tasks: AtomicUsize,
}

impl Server {
    /// Returns a server that takes one, two or three units of time for a page.
    pub fn new(unit: Duration) -> Self {
        Server { unit, counts: Arc::default() }
    }

    /// Fetches a page.
    pub fn fetch(&self, page: u32) -> impl Future<Output = u32> + Send + use<> {
        let server = self.clone();
        let fetching = async move {
            let counts = &server.counts;
            counts.begun.fetch_add(1, Relaxed);
            counts
                .most_in_flight
                .fetch_max(counts.in_flight.fetch_add(1, Relaxed) + 1, Relaxed);
            let tasks = Handle::current().metrics().num_alive_tasks();
            counts.most_tasks.fetch_max(tasks, Relaxed);
            sleep(server.unit * [2, 3, 1][page as usize % 3]).await;
            counts.in_flight.fetch_sub(1, Relaxed);
            page
        };
        fetching.instrument(info_span!("fetch", page))
    }

    /// The most tasks there were at once, and the most requests.
    fn most(&self) -> [usize; 2] {
        [&self.counts.most_tasks, &self.counts.most_in_flight]
            .map(|most| most.load(Relaxed))
    }
}

/// A way to fetch pages from a server, with a bound of three where it has one.
type Strategy = fn(Server, Vec<u32>) -> BoxFuture<'static, Vec<u32>>;

const STRATEGIES: [(&str, Strategy); 5] = [
    ("a task for each, all at once", |server, pages| {
        all_at_once(pages, move |page| server.fetch(page)).boxed()
    }),
    ("a permit before each task", |server, pages| {
        permit_first(3, pages, move |page| server.fetch(page)).boxed()
    }),
    ("a permit inside each task", |server, pages| {
        permit_inside(3, pages, move |page| server.fetch(page)).boxed()
    }),
    ("buffer_unordered", |server, pages| {
        unordered(3, pages, move |page| server.fetch(page)).boxed()
    }),
    ("buffered", |server, pages| {
        ordered(3, pages, move |page| server.fetch(page)).boxed()
    }),
];
// ANCHOR_END: program

#[cfg(test)]
mod tests;
