// Gives up after 10 losses although there are enough points.
// => failed it_tries_until_nobody_was_faster

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    for _ in 0..10 {
        let seen = points.load(Ordering::Acquire);
        let paid = price(seen);
        let left = seen.checked_sub(paid)?;
        if points.compare_exchange_weak(seen, left, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return Some(paid);
        }
    }
    None
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
