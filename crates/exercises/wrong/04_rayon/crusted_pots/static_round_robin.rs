// Deals the fours out beforehand: a hand that is done takes nothing from the others.
// => failed the_last_pots_are_shared

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    // schedule(static, 4): hand k has the groups k, k + n, k + 2n, whatever the others do
    let hands = rayon::current_num_threads();
    rayon::broadcast(|hand| {
        for few in dishes.chunks(4).skip(hand.index()).step_by(hands) {
            let mut basin = fill();
            few.iter().for_each(|dish| wash(&mut basin, dish));
        }
    });
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
