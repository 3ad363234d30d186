//! A compare_exchange changes what you saw, unless somebody else has changed
//! it.
//!
//! If somebody has, look again: that makes one step of a look and a change.

// ANCHOR: program
use std::cell::Cell;
use std::error::Error;
use std::sync::Barrier;
use std::thread;

#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering};

// ANCHOR: take
/// Takes a seat. `false` if none is free. Calls `looked` after each look.
pub fn take(free: &AtomicU32, looked: &dyn Fn()) -> bool {
    let mut seen = free.load(Ordering::Relaxed);
    loop {
        looked();
        if seen == 0 {
            return false;
        }
        match free.compare_exchange(
            seen,
            seen - 1,
            Ordering::Relaxed,
            Ordering::Relaxed,
        ) {
            Ok(_) => return true,
            // Somebody was faster, and left this number.
            Err(now) => seen = now,
        }
    }
}
// ANCHOR_END: take

// ANCHOR: update
/// The same loop, written by the standard library.
pub fn take_with_update(free: &AtomicU32, looked: &dyn Fn()) -> bool {
    let one_less = |seen: u32| {
        looked();
        seen.checked_sub(1)
    };
    free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
}
// ANCHOR_END: update

// ANCHOR: wrong
/// Looks, and then writes whatever others have written meanwhile.
pub fn take_with_store(free: &AtomicU32, looked: &dyn Fn()) -> bool {
    let seen = free.load(Ordering::Relaxed);
    looked();
    if seen == 0 {
        return false;
    }
    free.store(seen - 1, Ordering::Relaxed);
    true
}

/// Tries once, and takes the seat of somebody faster for the last one.
pub fn take_or_give_up(free: &AtomicU32, looked: &dyn Fn()) -> bool {
    let seen = free.load(Ordering::Relaxed);
    looked();
    seen > 0
        && free
            .compare_exchange(
                seen,
                seen - 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
            .is_ok()
}
// ANCHOR_END: wrong

// ANCHOR: evening
/// How many tickets each of two sellers has sold, and how many sellers are
/// still there.
#[derive(Debug)]
pub struct Evening {
    sold: [AtomicU32; 2],
    there: AtomicU32,
}

impl Evening {
    /// Writes down what a seller has sold, and lets the seller go: with
    /// `AcqRel`, or with an order that is too weak. The last to go adds up.
    pub fn go_home(
        &self,
        seller: usize,
        sold: u32,
        leave: Ordering,
    ) -> Option<u32> {
        self.sold[seller].store(sold, Ordering::Relaxed);
        let last = self.there.fetch_sub(1, leave) == 1;
        last.then(|| {
            self.sold.iter().map(|sold| sold.load(Ordering::Relaxed)).sum()
        })
    }
}
// ANCHOR_END: evening

impl Default for Evening {
    fn default() -> Self {
        Evening {
            sold: [AtomicU32::new(0), AtomicU32::new(0)],
            there: AtomicU32::new(2),
        }
    }
}

/// A way to take a seat.
pub type Take = fn(&AtomicU32, &dyn Fn()) -> bool;

/// The four ways by name, the wrong ones first.
pub const WAYS: [(&str, Take); 4] = [
    ("load, then store", take_with_store),
    ("compare_exchange, once", take_or_give_up),
    ("compare_exchange, a loop", take),
    ("fetch_update", take_with_update),
];

/// Lets two buyers take a seat in each way, and two sellers go home.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("two buyers look, and then each takes a seat");
    println!("                             of 1 seat            of 2 seats");
    for (name, take) in WAYS {
        let [one, two] = [1, 2].map(|seats| {
            let (taken, free) = two_buyers(take, seats);
            format!("{taken} taken, {free} free")
        });
        println!("  {name:26} {one:20} {two}");
    }

    let sold = two_go_home(&Evening::default(), [3, 4]);
    println!(
        "\ntwo sellers go home, and the last one adds up 3 and 4: {sold:?}"
    );
    Ok(())
}

/// Has two buyers take a seat each. Both have looked before either takes one.
/// Returns how many seats were taken, and how many are still free.
fn two_buyers(take: Take, seats: u32) -> (usize, u32) {
    let (free, both_have_looked) = (AtomicU32::new(seats), Barrier::new(2));
    let buyer = || {
        let first_look = Cell::new(true);
        take(&free, &|| {
            if first_look.replace(false) {
                both_have_looked.wait();
            }
        })
    };
    let taken = thread::scope(|scope| {
        let buyers = [scope.spawn(buyer), scope.spawn(buyer)];
        buyers.map(|buyer| buyer.join().expect("buying does not panic"))
    });
    (taken.into_iter().filter(|taken| *taken).count(), free.into_inner())
}

/// Lets two sellers go home. Returns what each of them, if it was the last, has
/// added up.
fn two_go_home(evening: &Evening, sold: [u32; 2]) -> Option<u32> {
    thread::scope(|scope| {
        let sellers = [0, 1].map(|seller| {
            scope.spawn(move || {
                evening.go_home(seller, sold[seller], Ordering::AcqRel)
            })
        });
        let sums = sellers
            .map(|seller| seller.join().expect("adding up does not panic"));
        sums.into_iter().flatten().next()
    })
}
// ANCHOR_END: program

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;
