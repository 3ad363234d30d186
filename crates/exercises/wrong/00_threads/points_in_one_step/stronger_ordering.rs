// SeqCst for Relaxed: the strongest ordering makes no one step of two.
// => failed points_earned_meanwhile_are_not_lost

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let seen = points.load(Ordering::SeqCst);
    let paid = price(seen);
    let left = seen.checked_sub(paid)?;
    points.store(left, Ordering::SeqCst);
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
