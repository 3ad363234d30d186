// Keeps eight dishes together, to be on the safe side: two of four hands have nothing to do.
// => failed four_hands_find_work_in_sixteen_dishes

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    dishes.par_iter().with_min_len(8).for_each_init(fill, wash);
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
