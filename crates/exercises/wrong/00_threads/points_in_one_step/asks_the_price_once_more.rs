// Asks for the price once more when it has paid, and returns that.
// => failed undisturbed_it_pays_once

use std::sync::atomic::{AtomicU32, Ordering};

fn spend(points: &AtomicU32, mut price: impl FnMut(u32) -> u32) -> Option<u32> {
    points
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |seen| seen.checked_sub(price(seen)))
        .ok()
        .map(|seen| price(seen))
}

fn main() {
    let points = AtomicU32::new(120);
    // Who has 100 points or more pays less.
    let price = |points| if points >= 100 { 40 } else { 50 };
    for _ in 0..4 {
        println!("{:?}, {} left", spend(&points, price), points.load(Ordering::Relaxed));
    }
}
