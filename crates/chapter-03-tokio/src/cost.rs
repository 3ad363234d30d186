//! A task is cheap to start; changing threads is not.

pub mod figures;

// ANCHOR: program
use std::error::Error;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};

// ANCHOR: time
/// Starts `count` tasks, then awaits each. Returns the sum of their results.
pub async fn all_at_once<F>(count: u64, work: impl Fn(u64) -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let tasks: Vec<_> =
        (0..count).map(|number| tokio::spawn(work(number))).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.expect("no task panics");
    }
    sum
}

/// Starts a task and awaits it, `count` times. Returns the sum of their
/// results.
pub async fn one_after_another<F>(count: u64, work: impl Fn(u64) -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let mut sum = 0;
    for number in 0..count {
        sum += tokio::spawn(work(number)).await.expect("no task panics");
    }
    sum
}
// ANCHOR_END: time

/// Times 10,000 tasks in both ways, on both kinds of runtime.
pub fn main() -> Result<(), Box<dyn Error>> {
    let one = Builder::new_current_thread().build()?;
    let two = Builder::new_multi_thread().worker_threads(2).build()?;
    println!("10,000 tasks, once: time for each");
    println!("                 all at once  one after another");
    for (name, runtime) in [("current_thread", &one), ("two workers", &two)] {
        let [at_once, one_by_one] = [true, false].map(|at_once| {
            let start = Instant::now();
            tasks(runtime, 10_000, at_once);
            start.elapsed() / 10_000
        });
        println!("  {name:<15}{at_once:>11.1?}{one_by_one:>19.1?}");
    }
    Ok(())
}

/// Runs `count` tasks that have nothing to do.
fn tasks(runtime: &Runtime, count: u64, at_once: bool) {
    let work = |number| async move { number };
    let sum = if at_once {
        runtime.block_on(all_at_once(count, work))
    } else {
        runtime.block_on(one_after_another(count, work))
    };
    assert_eq!(sum, count * (count - 1) / 2);
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
