// Cuts by fours: the last basin does for the one, two or three dishes that are left.
// => failed a_basin_does_for_four_dishes

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    dishes.par_chunks(4).for_each(|few| {
        let mut basin = fill();
        few.iter().for_each(|dish| wash(&mut basin, dish));
    });
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
