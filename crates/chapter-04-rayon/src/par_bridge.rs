//! An iterator that cannot be split can feed many threads.

// ANCHOR: program
use std::error::Error;
use std::io::{self, BufRead};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: bridge
/// Reads lines, and works on them on the threads of the current pool. The
/// results are in no order.
pub fn par_lines<T: Send>(
    input: impl BufRead + Send,
    work: impl Fn(&str) -> T + Sync,
) -> io::Result<Vec<T>> {
    input.lines().par_bridge().map(|line| Ok(work(&line?))).collect()
}
// ANCHOR_END: bridge

// ANCHOR: ordered
/// The same in the order of the lines: each line takes its number along.
pub fn par_lines_in_order<T: Send>(
    input: impl BufRead + Send,
    work: impl Fn(&str) -> T + Sync,
) -> io::Result<Vec<T>> {
    let numbered = input.lines().enumerate().par_bridge();
    let results = numbered.map(|(number, line)| Ok((number, work(&line?))));
    let mut results: Vec<(usize, T)> = results.collect::<io::Result<_>>()?;
    results.sort_unstable_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// The same, but all lines are read first. A vector can be split, and keeps the
/// order.
pub fn par_lines_collected<T: Send>(
    input: impl BufRead,
    work: impl Fn(&str) -> T + Sync,
) -> io::Result<Vec<T>> {
    let lines: Vec<String> = input.lines().collect::<io::Result<_>>()?;
    Ok(lines.par_iter().map(|line| work(line)).collect())
}
// ANCHOR_END: ordered

// ANCHOR: channel
/// Wrong: the sender is a job of the same pool. Never returns if all threads of
/// the pool wait for a line before that job has begun.
pub fn sent_from_inside(pool: &ThreadPool) -> usize {
    let (sender, lines) = mpsc::channel();
    pool.install(|| {
        rayon::spawn(move || send_lines(&sender));
        lines.into_iter().par_bridge().count()
    })
}

/// Right: the sender is a thread of its own, so it needs no thread of the pool.
pub fn sent_from_outside(pool: &ThreadPool) -> usize {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || send_lines(&sender));
    pool.install(|| lines.into_iter().par_bridge().count())
}

fn send_lines(sender: &Sender<String>) {
    for number in 0..100 {
        sender.send(format!("line {number}")).expect("somebody reads");
    }
}
// ANCHOR_END: channel

/// Works on lines while they are read, then feeds a bridge through a channel,
/// in both ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let [one, two] = [1, 2].map(|threads| {
        let named = ThreadPoolBuilder::new()
            .thread_name(|index| format!("rayon {index}"));
        named.num_threads(threads).build()
    });
    let (one, two) = (one?, two?);
    let text: String = (0..8).map(|number| format!("{number}\n")).collect();
    let work = |line: &str| {
        info_span!("work", line)
            .in_scope(|| thread::sleep(Duration::from_millis(10)));
        line.to_owned()
    };

    let timeline =
        timeline::timeline("par_bridge, two threads: each takes the next line");
    let unordered = two.install(|| par_lines(text.as_bytes(), work))?;
    timeline.draw();
    println!("in no order    {}", unordered.join(" "));
    let ordered = two.install(|| par_lines_in_order(text.as_bytes(), work))?;
    println!("by number      {}", ordered.join(" "));
    let collected =
        two.install(|| par_lines_collected(text.as_bytes(), work))?;
    println!("collected      {}\n", collected.join(" "));

    println!("100 lines through a channel, a pool of one thread");
    println!("  sent from outside   {} lines", sent_from_outside(&one));
    let stuck = is_stuck(PATIENCE, move || _ = sent_from_inside(&one));
    println!(
        "  sent from inside    {}",
        if stuck { "STUCK after 300 ms" } else { "done" }
    );
    Ok(())
}

/// Whether `job` is still not done after `patience`. A thread cannot be stopped
/// from outside: one that is stuck is left behind, and ends with the process.
fn is_stuck(patience: Duration, job: impl FnOnce() + Send + 'static) -> bool {
    let (done, watchdog) = mpsc::channel();
    thread::spawn(move || {
        job();
        // An error says that the watchdog has given up.
        let _ = done.send(());
    });
    watchdog.recv_timeout(patience) == Err(RecvTimeoutError::Timeout)
}

/// The patience of the lesson's watchdog.
const PATIENCE: Duration = Duration::from_millis(300);
// ANCHOR_END: program

#[cfg(test)]
mod tests;
