//! A runtime runs many tasks on few threads.
//!
//! On one thread, the tasks take turns; on several, they also run in parallel.

// ANCHOR: program
use std::error::Error;
use std::panic;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;
use std::{io, iter};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tracing::{Instrument, info_span};

// ANCHOR: runtimes
/// A runtime without threads of its own: its tasks run on the thread that is in
/// `block_on`.
pub fn current_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}

/// A runtime whose tasks run on `workers` threads of its own.
pub fn multi_thread(workers: usize) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).thread_name("worker").enable_time().build()
}
// ANCHOR_END: runtimes

// ANCHOR: run
/// Makes a task of each job, and waits for all of them in `block_on`. Returns
/// their sums.
///
/// A job works in portions: each `next` is one.
pub fn run<J>(
    runtime: &Runtime,
    jobs: impl IntoIterator<Item = (u32, J)>,
) -> Vec<u64>
where
    J: Iterator<Item = u64> + Send + 'static,
{
    let all = async {
        let mut tasks = Vec::new();
        for (number, job) in jobs {
            tasks.push(tokio::spawn(
                in_portions(job).instrument(info_span!("task", number)),
            ));
        }
        let mut sums = Vec::new();
        for task in tasks {
            sums.push(task.await.expect("no job panics"));
        }
        sums
    };
    runtime.block_on(all.instrument(info_span!("block_on")))
}

/// Does one portion after another. After each, other tasks that are ready go
/// first.
async fn in_portions(job: impl Iterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for portion in job {
        sum += portion;
        yield_now().await;
    }
    sum
}
// ANCHOR_END: run

// ANCHOR: meet
/// Two tasks that were to meet.
#[derive(Debug)]
pub struct Meeting {
    /// The thread that ran the future given to `block_on`.
    pub block_on: ThreadId,
    /// The thread of each task, and whether they met.
    pub tasks: [(ThreadId, bool); 2],
}

/// Spawns two tasks. Each blocks its thread until the other is there too, up to
/// `deadline`.
pub fn meet(runtime: &Runtime, deadline: Duration) -> Meeting {
    runtime.block_on(async {
        let [first, second] = meeting(deadline).map(|half| {
            tokio::spawn(async move { (thread::current().id(), half()) })
        });
        let ends = [first.await, second.await];
        let tasks = ends.map(|end| end.expect("neither panics"));
        Meeting { block_on: thread::current().id(), tasks }
    })
}
// ANCHOR_END: meet

// ANCHOR: coupled
/// Awaits Tokio's timer in the `block_on` of another crate. The error is the
/// message of its panic.
pub fn sleep_under_futures(inside: Option<&Handle>) -> Result<(), String> {
    let _guard = inside.map(Handle::enter);
    let slept = panic::catch_unwind(|| {
        futures::executor::block_on(async {
            tokio::time::sleep(Duration::ZERO).await
        })
    });
    slept.map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => {
            panic.downcast_ref::<&str>().unwrap_or(&"no message").to_string()
        }
    })
}

/// Awaits Tokio's channel in the same `block_on`.
pub fn channel_under_futures(message: &'static str) -> &'static str {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || sender.send(message));
    futures::executor::block_on(receiver).expect("the thread sends")
}
// ANCHOR_END: coupled

/// Runs the same jobs on one thread and on two workers, lets two tasks try to
/// meet on each kind of runtime, and leaves Tokio for another `block_on`.
pub fn main() -> Result<(), Box<dyn Error>> {
    let jobs = || (1..=5).map(|number| (number, collatz()));

    let timeline = timeline::timeline(
        "current_thread: five tasks, one thread, and it is main",
    );
    run(&current_thread()?, jobs());
    timeline.draw();
    println!();
    let timeline = timeline::timeline(
        "multi_thread: five tasks, two workers, and main is parked",
    );
    run(&multi_thread(2)?, jobs());
    timeline.draw();

    println!("\ntwo tasks that each block until the other is there");
    meetings()?;

    println!("\nunder the block_on of the futures crate");
    println!("  tokio's oneshot: {}", channel_under_futures("received"));
    let panic = sleep_under_futures(None).expect_err("there is no runtime");
    println!("  tokio's sleep panics:\n    {panic}");
    sleep_under_futures(Some(multi_thread(1)?.handle()))?;
    println!("  the same, inside a runtime: slept");
    Ok(())
}

/// Two halves that each block their thread until the other is there too, up to
/// `deadline`. They return whether it came. (It is from the lesson `join`.)
fn meeting(deadline: Duration) -> [impl FnOnce() -> bool + Send + 'static; 2] {
    let place = Arc::new((Mutex::new(0), Condvar::new()));
    [Arc::clone(&place), place].map(|place| {
        move || {
            let (present, came) = &*place;
            let mut present = present.lock().expect("nobody panics with it");
            *present += 1;
            came.notify_one();
            let waited =
                came.wait_timeout_while(present, deadline, |present| {
                    *present < 2
                });
            let (mut present, waited) = waited.expect("nobody panics with it");
            if waited.timed_out() {
                *present -= 1; // and leaves
            }
            !waited.timed_out()
        }
    })
}

/// A job of three portions, some milliseconds each: how many steps do numbers
/// take down to 1?
fn collatz() -> impl Iterator<Item = u64> + Send {
    let steps = |n: u64| {
        iter::successors(Some(n), |n| {
            Some(if n % 2 == 0 { n / 2 } else { 3 * n + 1 })
        })
        .take_while(|&n| n != 1)
        .count() as u64
    };
    (1..=3).map(move |portion| {
        (portion * 20_000..(portion + 1) * 20_000).map(steps).sum()
    })
}

/// Prints which threads ran the two tasks on each kind of runtime, and whether
/// they met.
fn meetings() -> io::Result<()> {
    let row = |[runtime, block_on, tasks, they]: [&str; 4]| {
        println!("  {runtime:<23}  {block_on:<12}  {tasks:<26}  {they}");
    };
    row(["runtime", "block_on ran", "the tasks ran", "they"]);
    let (short, long) = (Duration::from_millis(50), Duration::from_secs(10));
    for (name, runtime, deadline) in [
        ("current_thread", current_thread()?, short),
        ("multi_thread, 1 worker", multi_thread(1)?, short),
        ("multi_thread, 2 workers", multi_thread(2)?, long),
    ] {
        let Meeting { block_on, tasks: [first, second] } =
            meet(&runtime, deadline);
        let met = if first.1 && second.1 { "met" } else { "missed" };
        let tasks = format!("{:?}, {:?}", first.0, second.0);
        row([name, &format!("{block_on:?}"), &tasks, met]);
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
