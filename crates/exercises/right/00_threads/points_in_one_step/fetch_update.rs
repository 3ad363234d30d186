// Fetch_update and the price outside.

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let mut paid = 0;
    points
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, |seen| {
            paid = price(seen);
            seen.checked_sub(paid)
        })
        .ok()?;
    Some(paid)
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
