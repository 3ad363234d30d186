//! Counters on one cache line slow each other down.

// ANCHOR: program
use std::error::Error;
use std::hint::black_box;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU64, Ordering};

// ANCHOR: layouts
/// Two counters side by side: sixteen bytes, on one cache line.
#[derive(Debug, Default)]
#[repr(C, align(128))]
pub struct Together {
    /// The first thread's.
    pub left: AtomicU64,
    /// The second thread's.
    pub right: AtomicU64,
}

/// A value with a cache line of its own. A line has 64 bytes on most machines;
/// some have 128, and some fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct OwnLine<T>(pub T);

/// Two counters, each on a line of its own.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Apart {
    /// The first thread's.
    pub left: OwnLine<AtomicU64>,
    /// The second thread's.
    pub right: OwnLine<AtomicU64>,
}
// ANCHOR_END: layouts

// ANCHOR: count
/// Two threads add, each `times` times and each to a counter of its own.
pub fn count(times: u64, left: &AtomicU64, right: &AtomicU64) {
    rayon::join(|| add(times, left), || add(times, right));
}

fn add(times: u64, counter: &AtomicU64) {
    for _ in 0..times {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The same, but each thread adds in a variable of its own, and touches the
/// counter once.
pub fn count_locally(times: u64, left: &AtomicU64, right: &AtomicU64) {
    rayon::join(|| add_locally(times, left), || add_locally(times, right));
}

fn add_locally(times: u64, counter: &AtomicU64) {
    let mut own = 0;
    for _ in 0..times {
        // Or the compiler would make one addition of all.
        own = black_box(own + 1);
    }
    counter.fetch_add(own, Ordering::Relaxed);
}
// ANCHOR_END: count

/// Says where the counters lie, and counts with them.
pub fn main() -> Result<(), Box<dyn Error>> {
    let (together, apart) = (Together::default(), Apart::default());
    println!("             bytes in all   from left to right   left    right");
    count(100_000, &together.left, &together.right);
    row(
        "side by side",
        size_of::<Together>(),
        offset_of!(Together, right),
        [&together.left, &together.right],
    );
    count(100_000, &apart.left.0, &apart.right.0);
    row(
        "apart",
        size_of::<Apart>(),
        offset_of!(Apart, right),
        [&apart.left.0, &apart.right.0],
    );
    Ok(())
}

fn row(name: &str, bytes: usize, distance: usize, counters: [&AtomicU64; 2]) {
    let [left, right] = counters.map(|counter| counter.load(Ordering::Relaxed));
    println!("{name:<12} {bytes:>12} {distance:>20}   {left}  {right}");
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
