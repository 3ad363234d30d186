// Who has too few points gets back those that were seen: a change is lost.
// => failed points_spent_meanwhile_are_not_spent_twice

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let mut seen = points.load(Ordering::Relaxed);
    loop {
        let paid = price(seen);
        let Some(left) = seen.checked_sub(paid) else {
            points.store(seen, Ordering::Relaxed);
            return None;
        };
        match points.compare_exchange(seen, left, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return Some(paid),
            Err(now) => seen = now,
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

