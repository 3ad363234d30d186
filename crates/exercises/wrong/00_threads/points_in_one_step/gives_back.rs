// Takes off first, and gives back if they have changed: others see points that are not there.
// => failed no_point_is_spent_twice_or_seen_where_there_is_none

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    loop {
        let seen = points.load(Ordering::SeqCst);
        let paid = price(seen);
        if paid > seen {
            return None;
        }
        let before = points.fetch_sub(paid, Ordering::SeqCst);
        if before == seen {
            return Some(paid);
        }
        points.fetch_add(paid, Ordering::SeqCst);
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
