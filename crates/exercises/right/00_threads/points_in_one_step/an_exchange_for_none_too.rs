// `None` is said by an exchange as well, of the points for themselves.

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let mut taken = None;
    points
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |seen| {
            let asked = price(seen);
            let left = seen.checked_sub(asked);
            taken = left.map(|_| asked);
            Some(left.unwrap_or(seen))
        })
        .expect("it never gives up");
    taken
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
