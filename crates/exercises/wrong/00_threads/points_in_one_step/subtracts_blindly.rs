// Takes off in one step what it worked out before: the points fall below zero, and wrap around.
// => failed points_spent_meanwhile_are_not_spent_twice

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let seen = points.load(Ordering::Relaxed);
    let paid = price(seen);
    if paid > seen {
        return None;
    }
    points.fetch_sub(paid, Ordering::Relaxed);
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
