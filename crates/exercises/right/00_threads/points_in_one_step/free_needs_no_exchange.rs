// Takes nothing where the price is 0: there were these points when it looked.

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let mut seen = points.load(Ordering::Relaxed);
    loop {
        let paid = price(seen);
        if paid == 0 {
            return Some(0);
        }
        let left = seen.checked_sub(paid)?;
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
