//! Release and Acquire publish what was written before.
//!
//! An atomic is changed in one step, without a lock.

// ANCHOR: program
use std::env::consts::ARCH;
use std::error::Error;
use std::hint;
use std::iter::repeat_with;
use std::sync::Barrier;
use std::thread;

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

// ANCHOR: count
/// Counts a guest in one step.
pub fn count(guests: &AtomicU32) {
    guests.fetch_add(1, Ordering::Relaxed);
}

/// Counts a guest in two steps. What happens `between` them is lost.
pub fn count_in_two_steps(guests: &AtomicU32, between: impl FnOnce()) {
    let seen = guests.load(Ordering::Relaxed);
    between();
    guests.store(seen + 1, Ordering::Relaxed);
}
// ANCHOR_END: count

// ANCHOR: notice
/// A price, and whether it may be read.
#[derive(Debug, Default)]
pub struct Notice {
    price: AtomicU32,
    posted: AtomicBool,
}

impl Notice {
    /// Writes the price, then raises the flag: with `Release`, or with an order
    /// that is too weak.
    pub fn post(&self, price: u32, raise: Ordering) {
        self.price.store(price, Ordering::Relaxed);
        self.posted.store(true, raise);
    }

    /// Looks at the flag, and if it is up, reads the price: with `Acquire`, or
    /// with an order that is too weak.
    pub fn read(&self, look: Ordering) -> Option<u32> {
        self.posted.load(look).then(|| self.price.load(Ordering::Relaxed))
    }
}
// ANCHOR_END: notice

/// Counts two guests in both ways, then looks for the bug of the relaxed flag
/// by running it.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("two threads count a guest each");
    println!("  fetch_add           {}", two_guests(count));
    let barrier = Barrier::new(2);
    let lossy = two_guests(|guests| {
        count_in_two_steps(guests, || {
            barrier.wait();
        });
    });
    println!(
        "  load, then store    {lossy}   both loaded 0, and both stored 1"
    );

    println!(
        "\n1,000,000 prices, posted by one thread and read by another, \
         on {ARCH}"
    );
    for (raise, look) in [
        (Ordering::Release, Ordering::Acquire),
        (Ordering::Relaxed, Ordering::Relaxed),
    ] {
        let misread = misread(1_000_000, raise, look);
        println!(
            "  {:19} {misread} read wrong",
            format!("{raise:?}, {look:?}")
        );
    }
    println!(
        "\nA 0 proves nothing. `just loom` tries every order, and finds the \
         bug of the second."
    );
    Ok(())
}

/// Two threads count a guest each, in the way of `count`. Returns what the
/// counter says.
pub fn two_guests(count: impl Fn(&AtomicU32) + Sync) -> u32 {
    let guests = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| count(&guests));
        }
    });
    guests.load(Ordering::Relaxed)
}

/// Posts a price of 42 on each of many notices, while another thread reads each
/// as soon as its flag is up. Returns how often the price was another.
pub fn misread(notices: usize, raise: Ordering, look: Ordering) -> usize {
    let notices: Vec<Notice> =
        repeat_with(Notice::default).take(notices).collect();
    let misread = |notice: &&Notice| {
        loop {
            match notice.read(look) {
                Some(price) => return price != 42,
                None => hint::spin_loop(),
            }
        }
    };
    thread::scope(|scope| {
        let reader = scope.spawn(|| notices.iter().filter(misread).count());
        for notice in &notices {
            notice.post(42, raise);
        }
        reader.join().expect("reading does not panic")
    })
}
// ANCHOR_END: program

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
