//! A blocked worker stops all its tasks.
//!
//! Code that blocks belongs on another thread.

// ANCHOR: program
use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinError, block_in_place, spawn_blocking};
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: blocked
/// Does the job within the task. Meanwhile the worker can do nothing else.
pub async fn blocked<T>(job: impl FnOnce() -> T) -> T {
    job()
}
// ANCHOR_END: blocked

// ANCHOR: on_the_pool
/// Hands the job to a thread of Tokio's blocking pool, and awaits its value.
pub async fn on_the_pool<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> T {
    spawn_blocking(job).await.expect("the job does not panic")
}
// ANCHOR_END: on_the_pool

// ANCHOR: on_a_thread
/// Starts a thread for the job, and awaits its value.
pub async fn on_a_thread<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, value) = oneshot::channel();
    let job = move || {
        // An error means that nobody waits for the value anymore.
        let _ = done.send(job());
    };
    thread::Builder::new()
        .name("own thread".into())
        .spawn(job)
        .expect("room for a thread");
    value.await.expect("the job does not panic")
}
// ANCHOR_END: on_a_thread

// ANCHOR: in_place
/// Does the job on this thread, after another thread has taken over the
/// worker's other tasks.
pub async fn in_place<T>(job: impl FnOnce() -> T) -> T {
    block_in_place(job)
}
// ANCHOR_END: in_place

// ANCHOR: aborted
/// Aborts a job on the pool once it has begun. Returns how it ended.
pub async fn aborted<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    let (begin, begun) = oneshot::channel();
    let handle = spawn_blocking(move || {
        let _ = begin.send(());
        job()
    });
    let _ = begun.await;
    handle.abort();
    handle.await
}
// ANCHOR_END: aborted

/// Blocks in four ways beside a ticker, then aborts a job that has begun.
pub fn main() -> Result<(), Box<dyn Error>> {
    let runtime = one_worker()?;
    let timeline =
        timeline::timeline("one worker, which should tick every 4 ms");
    // `block_on` polls on the main thread. The worker is what this is about, so
    // spawn.
    runtime.block_on(runtime.spawn(each_way()))?;
    timeline.draw();

    let job = || {
        thread::sleep(JOB);
        "done all the same"
    };
    println!(
        "\nspawn_blocking, aborted after it has begun: {:?}",
        runtime.block_on(aborted(job))
    );
    Ok(())
}

const JOB: Duration = Duration::from_millis(50);
const PERIOD: Duration = Duration::from_millis(4);

type Job<T> = Box<dyn FnOnce() -> T + Send>;
type Way<T> = fn(Job<T>) -> BoxFuture<'static, T>;

fn ways<T: Send + 'static>() -> [(&'static str, Way<T>); 4] {
    [
        ("blocked", |job| blocked(job).boxed()),
        ("spawn_blocking", |job| on_the_pool(job).boxed()),
        ("own thread", |job| on_a_thread(job).boxed()),
        ("block_in_place", |job| in_place(job).boxed()),
    ]
}

/// A runtime with one worker. Tokio names all its threads alike, so these get
/// names of their own.
fn one_worker() -> io::Result<Runtime> {
    let started = AtomicUsize::new(0);
    let name = move || match started.fetch_add(1, Relaxed) {
        0 => "worker".to_owned(),
        number => format!("pool {number}"),
    };
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .thread_name_fn(name)
        .build()
}

/// The same job in each way, one after another, beside a ticker.
async fn each_way() {
    let ticking = async {
        loop {
            sleep(PERIOD).await;
        }
    };
    let ticker = tokio::spawn(ticking.instrument(info_span!("ticker")));
    sleep(4 * PERIOD).await;
    for (way, run) in ways() {
        let span = info_span!("job", way);
        run(Box::new(move || span.in_scope(|| thread::sleep(JOB)))).await;
        sleep(JOB / 2).await;
    }
    ticker.abort();
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
