// Cuts one chunk for each thread: who gets the pots is settled beforehand.
// => failed the_last_pots_are_shared

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    let share = dishes.len().div_ceil(rayon::current_num_threads()).max(4);
    dishes.par_chunks(share).for_each(|chunk| {
        let mut basin = fill();
        chunk.iter().for_each(|dish| wash(&mut basin, dish));
    });
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
