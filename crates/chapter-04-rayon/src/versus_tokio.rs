//! Tokio computes as fast, but nobody else runs.

// ANCHOR: program
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle};
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: hash
/// A password, hashed again and again, so that guessing takes long. (It shows
/// the cost only: for real passwords take a function made for them, such as
/// Argon2.)
pub fn hash(password: &str) -> u64 {
    (0..150_000).fold(0, |before: u64, _| {
        let mut hasher = DefaultHasher::new();
        (before, password).hash(&mut hasher);
        hasher.finish()
    })
}
// ANCHOR_END: hash

// ANCHOR: tasks
/// A task for each job, on the runtime's own threads.
pub async fn as_tasks<T, J>(jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    all(jobs.into_iter().map(|job| tokio::spawn(async { job() })).collect())
        .await
}

/// A trip to the runtime's blocking threads for each job. They become as many
/// as it takes, up to a limit of 512.
pub async fn by_spawn_blocking<T, J>(jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    all(jobs.into_iter().map(task::spawn_blocking).collect()).await
}

async fn all<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::with_capacity(tasks.len());
    for task in tasks {
        done.push(task.await.expect("no job panics"));
    }
    done
}
// ANCHOR_END: tasks

// ANCHOR: scoped
/// An equal share of the jobs for each of `threads` threads, which end with the
/// work. The scope waits for them and blocks its thread, so that has to be one
/// that may be blocked.
pub async fn on_scoped_threads<T, J>(threads: usize, jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let share = jobs.len().div_ceil(threads);
    let mut jobs = jobs.into_iter();
    let mut shares: Vec<Vec<J>> = Vec::new();
    shares.resize_with(threads, || jobs.by_ref().take(share).collect());
    let scope = move || {
        thread::scope(|scope| {
            let start = |share: Vec<J>| {
                scope.spawn(|| {
                    share.into_iter().map(|job| job()).collect::<Vec<T>>()
                })
            };
            let started: Vec<_> = shares.into_iter().map(start).collect();
            started
                .into_iter()
                .flat_map(|it| it.join().expect("no job panics"))
                .collect()
        })
    };
    task::spawn_blocking(scope).await.expect("no job panics")
}
// ANCHOR_END: scoped

// ANCHOR: rayon
/// One parallel iterator over all jobs, in a pool. The result comes back
/// through a channel, for which the task waits without a thread.
pub async fn in_rayon<T, J>(pool: &ThreadPool, jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    let (sender, result) = oneshot::channel();
    pool.spawn(move || {
        let done = jobs.into_par_iter().map(|job| job()).collect();
        // An error says that nobody waits anymore.
        let _ = sender.send(done);
    });
    result.await.expect("no job panics")
}
// ANCHOR_END: rayon

/// Draws two places to compute: what they do to a task that wants to run every
/// millisecond.
pub fn main() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    // As `#[tokio::main]` makes it: with a thread for each core.
    let runtime = Builder::new_multi_thread().enable_time().build()?;
    let pool = ThreadPoolBuilder::new()
        .num_threads(cores)
        .thread_name(|index| format!("rayon {index}"))
        .panic_handler(|_| {})
        .build()?;
    draw(
        "Tokio tasks: no thread is left to tick",
        Place::TokioTasks,
        &runtime,
        &pool,
    );
    println!();
    draw("Rayon: it ticks on", Place::Rayon, &runtime, &pool);
    Ok(())
}

/// The places to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// [`on_scoped_threads`], with one.
    OneThread,
    /// [`as_tasks`].
    TokioTasks,
    /// [`by_spawn_blocking`].
    SpawnBlocking,
    /// [`on_scoped_threads`], with as many as there are in the pool.
    ScopedThreads,
    /// [`in_rayon`].
    Rayon,
}

/// Does the jobs in this place.
pub async fn compute<T, J>(
    place: Place,
    pool: &ThreadPool,
    jobs: Vec<J>,
) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    match place {
        Place::OneThread => on_scoped_threads(1, jobs).await,
        Place::TokioTasks => as_tasks(jobs).await,
        Place::SpawnBlocking => by_spawn_blocking(jobs).await,
        Place::ScopedThreads => {
            on_scoped_threads(pool.current_num_threads(), jobs).await
        }
        Place::Rayon => in_rayon(pool, jobs).await,
    }
}

/// The time after which the ticker wants to run again.
const PERIOD: Duration = Duration::from_millis(1);

/// Draws eight logins, and a ticker before, beside and after them.
fn draw(title: &str, place: Place, runtime: &Runtime, pool: &ThreadPool) {
    let timeline = timeline::timeline(title);
    let job = |login| {
        let span = info_span!("hash", login);
        move || span.in_scope(|| hash(&format!("password {login}")))
    };
    runtime.block_on(async {
        let ticker = async {
            loop {
                sleep(PERIOD).await;
            }
        };
        let ticking = tokio::spawn(ticker.instrument(info_span!("ticker")));
        sleep(4 * PERIOD).await;
        compute(place, pool, (1..=8).map(job).collect()).await;
        sleep(4 * PERIOD).await;
        ticking.abort();
    });
    timeline.draw();
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
