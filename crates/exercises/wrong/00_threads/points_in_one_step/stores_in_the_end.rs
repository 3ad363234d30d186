// After many losses it stores what it has worked out: a change of somebody else is lost.
// => failed it_tries_until_nobody_was_faster

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    for _ in 0..100_000 {
        let seen = points.load(Ordering::Relaxed);
        let paid = price(seen);
        let left = seen.checked_sub(paid)?;
        let swapped = points.compare_exchange(seen, left, Ordering::Relaxed, Ordering::Relaxed);
        if swapped.is_ok() {
            return Some(paid);
        }
    }
    let seen = points.load(Ordering::Relaxed);
    let paid = price(seen);
    points.store(seen.checked_sub(paid)?, Ordering::Relaxed);
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
