// Sets no limit: Rayon cuts until a basin does for two dishes, or for one.
// => failed a_basin_does_for_four_dishes

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    dishes.par_iter().for_each_init(fill, wash);
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
