//! Concurrency is structure, parallelism is execution.
//!
//! The same two jobs are done one after another, interleaved on one thread, and
//! on two threads.

// ANCHOR: program
use std::error::Error;
use std::ops::Range;
use std::thread;

use tracing::info_span;

// ANCHOR: one_after_another
/// Does each job to its end before it starts the next.
pub fn one_after_another<J: Iterator<Item = usize>>(
    jobs: [J; 2],
) -> [usize; 2] {
    jobs.map(|job| job.sum())
}
// ANCHOR_END: one_after_another

// ANCHOR: interleaved
/// Does one step of each job in turn, on the one thread it is called on.
pub fn interleaved<J: Iterator<Item = usize>>(
    [mut first, mut second]: [J; 2],
) -> [usize; 2] {
    let mut found = [0, 0];
    loop {
        let steps = [first.next(), second.next()];
        if steps == [None, None] {
            return found;
        }
        for (sum, step) in found.iter_mut().zip(steps) {
            *sum += step.unwrap_or(0);
        }
    }
}
// ANCHOR_END: interleaved

// ANCHOR: parallel
/// Gives each job a thread of its own and waits for both.
pub fn parallel<J: Iterator<Item = usize> + Send>(jobs: [J; 2]) -> [usize; 2] {
    thread::scope(|scope| {
        let handles = jobs.map(|job| scope.spawn(move || job.sum()));
        handles.map(|handle| handle.join().expect("counting does not panic"))
    })
}
// ANCHOR_END: parallel

/// Runs the same two jobs in the three ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let jobs = || [primes(1, 0..200_000), primes(2, 200_000..400_000)];

    let timeline = timeline::timeline("one after another");
    let found = one_after_another(jobs());
    timeline.draw();
    println!("primes found: {found:?}\n");

    let timeline = timeline::timeline(
        "interleaved on one thread: concurrent, not parallel",
    );
    let found = interleaved(jobs());
    timeline.draw();
    println!("primes found: {found:?}\n");

    let timeline =
        timeline::timeline("on two threads: concurrent and parallel");
    let found = parallel(jobs());
    timeline.draw();
    println!("primes found: {found:?}");
    Ok(())
}

// ANCHOR: primes
/// A job in four steps: each `next` counts the primes in a quarter of the
/// tickets' numbers.
pub fn primes(
    job: u32,
    tickets: Range<u32>,
) -> impl Iterator<Item = usize> + Send {
    let mut span = None;
    let step = tickets.len() / 4;
    tickets.clone().step_by(step).map(move |from| {
        // Made by the first step: a job that has not begun has no span.
        let span = span.get_or_insert_with(|| info_span!("count", job));
        let quarter = from..(from + step as u32).min(tickets.end);
        span.in_scope(|| quarter.filter(|&n| is_prime(n)).count())
    })
}
// ANCHOR_END: primes

fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
