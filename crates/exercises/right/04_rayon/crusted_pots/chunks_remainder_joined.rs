// Chunks remainder joined.

use rayon::prelude::*;

fn wash_all<D: Sync, B>(
    dishes: &[D],
    fill: impl Fn() -> B + Send + Sync,
    wash: impl Fn(&mut B, &D) + Send + Sync,
) {
    let whole = (dishes.len() / 4).saturating_sub(1) * 4;
    let (front, last) = dishes.split_at(whole);
    let mut pieces: Vec<&[D]> = front.chunks_exact(4).collect();
    if !last.is_empty() { pieces.push(last); }
    pieces.into_par_iter().for_each(|piece| {
        let mut basin = fill();
        for dish in piece { wash(&mut basin, dish); }
    });
}

fn main() {
    let dishes: Vec<u32> = (1..=12).collect();
    let fill = || print!("~ ");
    wash_all(&dishes, fill, |(), dish| print!("{dish} "));
    println!();
}
