// Looks again instead of believing what the exchange says.

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    loop {
        let seen = points.load(Ordering::Acquire);
        let paid = price(seen);
        if paid > seen {
            return None;
        }
        if points.compare_exchange(seen, seen - paid, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            return Some(paid);
        }
    }
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
