//! The same computation as Tokio tasks, by `spawn_blocking`, on scoped threads and in Rayon.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;
use std::time::{Duration, Instant};

use rayon::ThreadPool;
use rayon::prelude::*;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle};
use tokio::time::sleep;
use tracing::{Instrument, info_span};
use witness::{Threads, Ticker};

use crate::pools::named;

// ANCHOR: hash
/// A password, hashed again and again, so that guessing takes long. (It shows the cost only: for
/// real passwords take a function made for them, such as Argon2.)
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
    all(jobs.into_iter().map(|job| tokio::spawn(async { job() })).collect()).await
}

/// A trip to the runtime's blocking threads for each job. They become as many as it takes, up to
/// a limit of 512.
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
/// An equal share of the jobs for each of `threads` threads, which end with the work. The scope
/// waits for them and blocks its thread, so that has to be one that may be blocked.
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
                scope.spawn(|| share.into_iter().map(|job| job()).collect::<Vec<T>>())
            };
            let started: Vec<_> = shares.into_iter().map(start).collect();
            started.into_iter().flat_map(|it| it.join().expect("no job panics")).collect()
        })
    };
    task::spawn_blocking(scope).await.expect("no job panics")
}
// ANCHOR_END: scoped

// ANCHOR: rayon
/// One parallel iterator over all jobs, in a pool. The result comes back through a channel, for
/// which the task waits without a thread.
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

// ANCHOR: observed
/// How long a computation took, and what it did to a ticker on the same runtime.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// From asking for the results to having them.
    pub took: Duration,
    /// The longest time between two ticks.
    pub gap: Duration,
}

/// Computes beside a task that asks to run every `period`.
pub async fn observed<F: Future>(period: Duration, compute: F) -> (F::Output, Observed) {
    let ticker = Ticker::new(period);
    let ticking = tokio::spawn(ticker.run(sleep));
    let start = Instant::now();
    let results = compute.await;
    let observed = Observed { took: start.elapsed(), gap: ticker.longest_gap() };
    ticking.abort();
    (results, observed)
}
// ANCHOR_END: observed

/// The ways to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
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

/// Does the jobs in this way.
pub async fn compute<T, J>(way: Way, pool: &ThreadPool, jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    match way {
        Way::OneThread => on_scoped_threads(1, jobs).await,
        Way::TokioTasks => as_tasks(jobs).await,
        Way::SpawnBlocking => by_spawn_blocking(jobs).await,
        Way::ScopedThreads => on_scoped_threads(pool.current_num_threads(), jobs).await,
        Way::Rayon => in_rayon(pool, jobs).await,
    }
}

/// How often each way is measured.
const ROUNDS: usize = 7;
/// What the ticker asks for.
const PERIOD: Duration = Duration::from_millis(1);

/// A job for each login, to hash its password.
fn jobs(logins: u32, threads: &Threads) -> Vec<impl FnOnce() -> u64 + Send + use<>> {
    let job = |login| {
        let threads = threads.clone();
        move || {
            threads.note();
            hash(&format!("password {login}"))
        }
    };
    (1..=logins).map(job).collect()
}

/// Draws eight logins in this way, and a ticker before, beside and after them.
async fn draw(title: &str, way: Way, pool: &ThreadPool) {
    let timeline = lessons::timeline(title);
    let ticker = Ticker::new(PERIOD).run(sleep).instrument(info_span!("ticker"));
    let ticking = tokio::spawn(ticker);
    sleep(4 * PERIOD).await;
    let spans = (1..=8).map(|login| info_span!("hash", login));
    let jobs = spans.zip(jobs(8, &Threads::new())).map(|(span, job)| move || span.in_scope(job));
    compute(way, pool, jobs.collect()).await;
    sleep(4 * PERIOD).await;
    ticking.abort();
    // An error says that it was aborted.
    let _ = ticking.await;
    timeline.draw();
    println!();
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    name: &'static str,
    /// The fastest of all rounds.
    took: Duration,
    /// The median of all rounds.
    gap: Duration,
    /// The most that worked in one round.
    threads: usize,
}

impl Line {
    /// From what was seen in an odd number of rounds, and the number of threads in each.
    fn new(name: &'static str, rounds: &[(Observed, usize)]) -> Line {
        let took = rounds.iter().map(|(observed, _)| observed.took).min();
        let threads = rounds.iter().map(|(_, threads)| *threads).max();
        let mut gaps: Vec<_> = rounds.iter().map(|(observed, _)| observed.gap).collect();
        gaps.sort_unstable();
        Line {
            name,
            took: took.unwrap_or_default(),
            gap: gaps[gaps.len() / 2],
            threads: threads.unwrap_or_default(),
        }
    }
}

/// Measures the ways. They take turns, so that a busy moment hits all alike.
async fn measure<const N: usize>(ways: [(&'static str, Way); N], pool: &ThreadPool) -> [Line; N] {
    let mut rounds = ways.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for ((_, way), rounds) in ways.iter().zip(&mut rounds) {
            let threads = Threads::new();
            let (_, observed) = observed(PERIOD, compute(*way, pool, jobs(24, &threads))).await;
            rounds.push((observed, threads.count()));
        }
    }
    let mut names = ways.iter();
    rounds.map(|rounds| Line::new(names.next().expect("a name for each").0, &rounds))
}

/// Draws two ways, and measures all.
pub fn main() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    // As `#[tokio::main]` makes it: with a thread for each core.
    let runtime = Builder::new_multi_thread().enable_time().build()?;
    let pool = named("rayon", cores).panic_handler(|_| {}).build()?;
    runtime.block_on(async {
        draw("Tokio tasks: no thread is left to tick", Way::TokioTasks, &pool).await;
        draw("Rayon: it ticks on", Way::Rayon, &pool).await;
    });

    let table = runtime.block_on(measure(
        [
            ("one thread", Way::OneThread),
            ("Tokio tasks", Way::TokioTasks),
            ("spawn_blocking", Way::SpawnBlocking),
            ("scoped threads", Way::ScopedThreads),
            ("Rayon", Way::Rayon),
            ("Rayon again", Way::Rayon),
        ],
        &pool,
    ));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("24 passwords on {cores} cores, with a ticker that asks for every millisecond");
    println!("                        time   threads   longest gap between two ticks");
    for Line { name, took, gap, threads } in table {
        println!("  {name:<16} {:>6.1} ms {threads:>9} {:>10.1} ms", ms(took), ms(gap));
    }
    println!("(time: the fastest of {ROUNDS} rounds; gap: the median)");
    let [one, .., rayon, again] = table.map(|line| ms(line.took));
    let (gain, noise) = (one / rayon.min(again), rayon.max(again) / rayon.min(again));
    // More than the cores can give is a sign, too: then it was the one thread that was held up.
    if noise > 1.1 || !(0.85..1.1).contains(&(gain / cores as f64)) {
        println!("THE MACHINE IS BUSY with other things: compare no times, try a quiet moment");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
