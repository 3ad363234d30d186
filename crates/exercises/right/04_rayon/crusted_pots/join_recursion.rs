// Join recursion.

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    fn go<D: Sync, B>(dishes: &[D], fill: &(impl Fn() -> B + Sync), wash: &(impl Fn(&mut B, &D) + Sync)) {
        if dishes.len() < 8 {
            if dishes.is_empty() { return; }
            let mut basin = fill();
            for dish in dishes { wash(&mut basin, dish); }
            return;
        }
        let (l, r) = dishes.split_at(dishes.len() / 2);
        rayon::join(|| go(l, fill, wash), || go(r, fill, wash));
    }
    go(dishes, &fill, &wash)
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
