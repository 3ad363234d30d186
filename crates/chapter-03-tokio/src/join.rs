//! join! waits for several at once and works on one at a time.

// ANCHOR: program
use std::error::Error;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: dish
/// A dish, as the menu shows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Dish {
    /// Its name.
    pub name: String,
    /// Its price.
    pub cents: u32,
    /// Whether there is any left.
    pub in_stock: bool,
}

/// Asks for all three at once. Ready when the last of them is.
pub async fn dish(
    name: impl Future<Output = String>,
    cents: impl Future<Output = u32>,
    in_stock: impl Future<Output = bool>,
) -> Dish {
    let (name, cents, in_stock) = tokio::join!(name, cents, in_stock);
    Dish { name, cents, in_stock }
}
// ANCHOR_END: dish

// ANCHOR: ask
/// A service that needs some time to answer.
pub async fn ask<T>(service: &'static str, takes: Duration, answer: T) -> T {
    sleep(takes).instrument(info_span!("ask", service)).await;
    answer
}
// ANCHOR_END: ask

// ANCHOR: joined
/// Joins two computations: one task, so one thread at a time.
pub async fn joined<T>([left, right]: [impl FnOnce() -> T; 2]) -> [T; 2] {
    let (left, right) = tokio::join!(async { left() }, async { right() });
    [left, right]
}
// ANCHOR_END: joined

// ANCHOR: spawned
/// Makes a task of each computation, and joins the tasks.
pub async fn spawned<T: Send + 'static>(
    halves: [impl FnOnce() -> T + Send + 'static; 2],
) -> [T; 2] {
    let [left, right] = halves.map(|half| tokio::spawn(async { half() }));
    let (left, right) = tokio::join!(left, right);
    [left, right].map(|half| half.expect("neither half panics"))
}
// ANCHOR_END: spawned

// ANCHOR: meeting
/// Two halves that each block their thread until the other is there too, up to
/// `deadline`. They return whether it came.
pub fn meeting(
    deadline: Duration,
) -> [impl FnOnce() -> bool + Send + 'static; 2] {
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
// ANCHOR_END: meeting

/// Joins three waits; then two computations, joined and spawned.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;

    let timeline = timeline::timeline("three waits, joined: they overlap");
    let dish = dish(
        ask("menu", ms(20), "soup".to_owned()),
        ask("prices", ms(60), 850),
        ask("pantry", ms(40), true),
    )
    .await;
    timeline.draw();
    println!("{dish:?}\n");

    let timeline =
        timeline::timeline("two computations, joined: one after the other");
    let found = joined(primes(600_000)).await;
    timeline.draw();
    println!("primes found: {found:?}\n");

    let timeline =
        timeline::timeline("two computations, spawned: each has a thread");
    let found = spawned(primes(600_000)).await;
    timeline.draw();
    println!("primes found: {found:?}\n");

    println!("two halves that wait for each other");
    println!("  joined:  {}", in_words(joined(meeting(ms(50))).await));
    println!("  spawned: {}", in_words(spawned(meeting(ms(10_000))).await));
    Ok(())
}

/// Two halves of one computation: how many primes there are below `end`.
pub fn primes(end: u32) -> [impl FnOnce() -> usize + Send + 'static; 2] {
    // Large numbers take longer: the halves are equal in time.
    let middle = end / 8 * 5;
    [("lower", 0..middle), ("upper", middle..end)].map(|(half, range)| {
        let span = info_span!("count", half);
        move || span.in_scope(|| count(range))
    })
}

fn count(range: Range<u32>) -> usize {
    range.filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

fn in_words(met: [bool; 2]) -> &'static str {
    if met == [true; 2] { "they met" } else { "they missed each other" }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
