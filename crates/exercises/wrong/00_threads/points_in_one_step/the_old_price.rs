// Tries again with the new points and the price for the old ones.
// => failed the_price_is_the_price_for_the_points_that_were_there

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    let paid = price(points.load(Ordering::Relaxed));
    points
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seen| seen.checked_sub(paid))
        .ok()
        .map(|_| paid)
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
