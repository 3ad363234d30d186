//! A fan-out needs a bound: so many at once, however long the list is.

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
use witness::Peak;

// ANCHOR: all_at_once
/// Starts a task for every page, all at once.
pub async fn all_at_once<F>(pages: Vec<u32>, fetch: impl Fn(u32) -> F) -> Vec<u32>
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
pub async fn permit_first<F>(limit: usize, pages: Vec<u32>, fetch: impl Fn(u32) -> F) -> Vec<u32>
where
    F: Future<Output = u32> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limit));
    let mut tasks = JoinSet::new();
    for page in pages {
        let permit = Arc::clone(&permits).acquire_owned().await.expect("nobody closes it");
        let fetching = fetch(page);
        tasks.spawn(async move {
            let fetched = fetching.await;
            drop(permit);
            fetched
        });
    }
    tasks.join_all().await
}
// ANCHOR_END: permit_first

/// Starts a task for every page, all at once, and each waits for a permit.
pub async fn permit_inside<F>(limit: usize, pages: Vec<u32>, fetch: impl Fn(u32) -> F) -> Vec<u32>
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
/// Polls up to `limit` fetches within the calling task, and returns them as they are done.
pub async fn unordered<F>(limit: usize, pages: Vec<u32>, fetch: impl Fn(u32) -> F) -> Vec<u32>
where
    F: Future<Output = u32>,
{
    stream::iter(pages).map(fetch).buffer_unordered(limit).collect().await
}

/// The same, but returns them in the order of `pages`: one that is done early waits.
pub async fn ordered<F>(limit: usize, pages: Vec<u32>, fetch: impl Fn(u32) -> F) -> Vec<u32>
where
    F: Future<Output = u32>,
{
    stream::iter(pages).map(fetch).buffered(limit).collect().await
}
// ANCHOR_END: unordered

// ANCHOR: server
/// Answers with the page that was asked for, and counts how many ask at once.
#[derive(Clone, Debug)]
pub struct Server {
    unit: Duration,
    in_flight: Peak,
    tasks: Arc<AtomicUsize>,
}

impl Server {
    /// Returns a server that takes one, two or three units of time for a page.
    pub fn new(unit: Duration) -> Self {
        Server { unit, in_flight: Peak::new(), tasks: Arc::default() }
    }

    /// Fetches a page.
    pub fn fetch(&self, page: u32) -> impl Future<Output = u32> + Send + use<> {
        let server = self.clone();
        let fetching = async move {
            let _request = server.in_flight.enter();
            let tasks = Handle::current().metrics().num_alive_tasks();
            server.tasks.fetch_max(tasks, Relaxed);
            sleep(server.unit * [2, 3, 1][page as usize % 3]).await;
            page
        };
        fetching.instrument(info_span!("fetch", page))
    }
}
// ANCHOR_END: server

/// One of the five ways, with a bound of three where it has one.
type Way = fn(Server, Vec<u32>) -> BoxFuture<'static, Vec<u32>>;

const WAYS: [(&str, Way); 5] = [
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
    ("buffered", |server, pages| ordered(3, pages, move |page| server.fetch(page)).boxed()),
];

/// Fetches nine pages and then two hundred in each way.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let nine = || (1..=9).collect();

    let timeline = lessons::timeline("a task for each: nine requests at once");
    let server = Server::new(ms(10));
    all_at_once(nine(), |page| server.fetch(page)).await;
    timeline.draw();

    println!();
    let timeline = lessons::timeline("three permits: as one request ends, the next begins");
    permit_first(3, nine(), |page| server.fetch(page)).await;
    timeline.draw();

    println!("\nof 9 pages, and of 200");
    println!("                               most tasks   in flight   order of the 9");
    for (name, way) in WAYS {
        let [few, many] = [Server::new(ms(5)), Server::new(ms(1))];
        let order = way(few.clone(), nine()).await;
        way(many.clone(), (1..=200).collect()).await;
        let tasks = [&few, &many].map(|server| server.tasks.load(Relaxed));
        let in_flight = [&few, &many].map(|server| server.in_flight.max());
        let [tasks, in_flight] = [tasks, in_flight].map(|[few, many]| format!("{few}, {many}"));
        let order: Vec<_> = order.iter().map(u32::to_string).collect();
        println!("  {name:<28} {tasks:>9} {in_flight:>11}   {}", order.join(" "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::paused;

    const UNIT: Duration = Duration::from_secs(1);

    /// What a way comes to with so many pages: the most tasks, the most in flight, and the order.
    fn seen<F>(
        pages: u32,
        way: impl FnOnce(Server, Vec<u32>) -> F + Send + 'static,
    ) -> (usize, usize, Vec<u32>)
    where
        F: Future<Output = Vec<u32>>,
    {
        paused(async move || {
            let server = Server::new(UNIT);
            let order = way(server.clone(), (1..=pages).collect()).await;
            (server.tasks.load(Relaxed), server.in_flight.max(), order)
        })
    }

    #[test]
    fn without_a_bound_all_are_in_flight() {
        for pages in [1, 9, 500] {
            let (tasks, in_flight, _) =
                seen(pages, |server, pages| all_at_once(pages, move |page| server.fetch(page)));
            assert_eq!([tasks, in_flight], [pages as usize; 2]);
        }
    }

    #[test]
    fn with_a_permit_before_each_task_there_are_no_more_tasks_than_permits() {
        for limit in [1, 2, 7, 50] {
            let (tasks, in_flight, _) = seen(50, move |server, pages| {
                permit_first(limit, pages, move |page| server.fetch(page))
            });
            assert_eq!([tasks, in_flight], [limit; 2]);
        }
    }

    #[test]
    fn with_a_permit_inside_each_task_all_tasks_are_there_and_wait() {
        for limit in [1, 2, 7, 50] {
            let (tasks, in_flight, _) = seen(50, move |server, pages| {
                permit_inside(limit, pages, move |page| server.fetch(page))
            });
            assert_eq!([tasks, in_flight], [50, limit]);
        }
    }

    #[test]
    fn a_buffer_keeps_its_bound_without_a_task() {
        for limit in [1, 2, 7, 50] {
            for (tasks, in_flight, _) in [
                seen(50, move |server, pages| {
                    unordered(limit, pages, move |page| server.fetch(page))
                }),
                seen(50, move |server, pages| {
                    ordered(limit, pages, move |page| server.fetch(page))
                }),
            ] {
                assert_eq!([tasks, in_flight], [0, limit]);
            }
        }
    }

    #[test]
    fn every_way_fetches_every_page_once() {
        for (name, way) in WAYS {
            let (.., mut order) = seen(100, way);
            order.sort_unstable();
            assert!(order.into_iter().eq(1..=100), "{name}");
        }
    }

    #[test]
    fn pages_come_as_they_are_done_and_only_buffered_puts_them_in_order() {
        // Page 2 takes one unit, page 3 two, page 1 three.
        let orders = WAYS.map(|(_, way)| seen(3, way).2);
        assert_eq!(orders, [[2, 3, 1], [2, 3, 1], [2, 3, 1], [2, 3, 1], [1, 2, 3]]);
    }

    #[test]
    fn buffered_waits_behind_a_slow_page() {
        // Pages 2 and 3 are done long before page 1, and count against the bound until it is.
        let begun = |keep_order: bool| {
            paused(async move || {
                let server = Server::new(UNIT);
                let fetch = |page| server.fetch(page);
                let pages = (1..=9).collect();
                let fan_out = match keep_order {
                    true => ordered(3, pages, fetch).boxed_local(),
                    false => unordered(3, pages, fetch).boxed_local(),
                };
                let _ = tokio::time::timeout(UNIT * 5 / 2, fan_out).await;
                server.in_flight.total()
            })
        };
        assert_eq!(begun(true), 3);
        assert_eq!(begun(false), 5);
    }

    #[test]
    fn a_stream_goes_on_only_while_it_is_awaited_and_tasks_go_on_by_themselves() {
        paused(async || {
            let server = Server::new(UNIT);
            let mut buffer = stream::iter(1..=3).map(|page| server.fetch(page)).buffer_unordered(3);
            assert_eq!(buffer.next().await, Some(2));
            sleep(60 * UNIT).await;
            assert_eq!(server.in_flight.now(), 2, "nobody polled them");

            let server = Server::new(UNIT);
            let mut tasks = JoinSet::new();
            for page in 1..=3 {
                tasks.spawn(server.fetch(page));
            }
            assert_eq!(tasks.join_next().await.expect("three").expect("no panic"), 2);
            sleep(60 * UNIT).await;
            assert_eq!(server.in_flight.now(), 0);
        });
    }
}
