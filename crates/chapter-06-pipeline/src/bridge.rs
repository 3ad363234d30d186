//! Work that computes crosses from Tokio to Rayon and comes back.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use lessons::measure::human;
use rayon::prelude::*;
use tokio::sync::Semaphore;
use witness::beside_a_ticker;

use self::stage::{impatient, jobs, pages, words};
use crate::program::run::Threads;
use crate::program::run::bridge::{Bridge, Panicked};

// ANCHOR: inline
/// Computes in parallel, and blocks the runtime's thread until all of it is
/// done.
#[expect(
    clippy::unused_async,
    reason = "the bug this lesson shows: it has nothing to await"
)]
pub async fn on_the_runtime<T: Send, J: FnOnce() -> T + Send>(
    jobs: Vec<J>,
) -> Vec<T> {
    jobs.into_par_iter().map(|job| job()).collect()
}
// ANCHOR_END: inline

// ANCHOR: over
/// Sends each job over the bridge. Whoever panics has an error in its place.
pub async fn over_the_bridge<T, J>(
    bridge: &Bridge,
    jobs: Vec<J>,
) -> Vec<Result<T, Panicked>>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    join_all(jobs.into_iter().map(|job| bridge.run(job))).await
}
// ANCHOR_END: over

// ANCHOR: permit
/// Keeps the permit with the one who waits.
pub async fn permit_with_the_waiter<T: Send + 'static>(
    bridge: &Bridge,
    permits: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let _permit =
        permits.acquire().await.expect("the semaphore is never closed");
    bridge.run(work).await
}

/// Moves the permit into the work.
pub async fn permit_with_the_work<T: Send + 'static>(
    bridge: &Bridge,
    permits: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Panicked> {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let work = move || {
        let _permit = permit;
        work()
    };
    bridge.run(work).await
}
// ANCHOR_END: permit

/// How often the ticker asks to run.
const PERIOD: Duration = Duration::from_millis(1);

/// Computes beside a ticker, digests a poisoned page, loses patience, and
/// measures a trip.
pub fn main() -> Result<(), Box<dyn Error>> {
    cross()?;
    stage::print_costs()
}

#[tokio::main(flavor = "current_thread")]
async fn cross() -> Result<(), Box<dyn Error>> {
    let bridge = Bridge::new(Threads::available().rayon)?;
    let large = pages(8, 20_000);

    let timeline =
        timeline::timeline("par_iter in a task: nobody ticks until it is done");
    let blocked = beside_a_ticker(PERIOD, async {
        on_the_runtime(jobs(&large, None)).await
    })
    .await;
    timeline.draw();
    println!("longest gap between two ticks: {}\n", human(blocked.longest_gap));

    let timeline = timeline::timeline("over the bridge: it ticks on");
    let free = beside_a_ticker(PERIOD, async {
        over_the_bridge(&bridge, jobs(&large, None)).await
    })
    .await;
    timeline.draw();
    println!("longest gap between two ticks: {}\n", human(free.longest_gap));

    let _hidden =
        lessons::hide_panics(|_, message| message.ends_with("is poisoned"));
    println!("100 pages, the one of number 41 poisoned");
    let all = pages(100, 1_000);
    let answers = over_the_bridge(&bridge, jobs(&all, Some(41))).await;
    let exact = answers
        .iter()
        .zip(&all)
        .filter(|(it, html)| **it == Ok(words(html)))
        .count();
    println!(
        "  exact {exact}; {}",
        answers[41].as_ref().expect_err("it is poisoned")
    );
    println!(
        "  threads in the pool: {}\n",
        bridge.pool().broadcast(|_| ()).len()
    );

    println!(
        "one permit, 4 threads, 8 documents whose waiters leave when work has begun"
    );
    let wide = Bridge::new(4)?;
    let [outside, inside] =
        [impatient(&wide, 8, false).await, impatient(&wide, 8, true).await];
    println!("  the permit stays with the waiter   {outside} worked at once");
    println!("  the permit moves into the work     {inside} worked at once\n");
    Ok(())
}

mod stage;

#[cfg(test)]
mod tests;
