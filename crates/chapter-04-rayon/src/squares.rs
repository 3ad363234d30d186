//! Parallel pays from a certain size.

// ANCHOR: program
use std::error::Error;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: squares
/// The squares of the numbers, computed one after another.
pub fn squares(numbers: &[u32]) -> impl Iterator<Item = u64> {
    numbers.iter().map(square)
}

/// The squares of the numbers, computed on the threads of the current pool.
pub fn par_squares(
    numbers: &[u32],
) -> impl IndexedParallelIterator<Item = u64> {
    numbers.par_iter().map(square)
}

fn square(&number: &u32) -> u64 {
    u64::from(number) * u64::from(number)
}
// ANCHOR_END: squares

// ANCHOR: pieces
/// The lengths of the pieces into which Rayon cuts the work. Which pieces these
/// are may differ from run to run: an idle thread that steals a piece cuts it
/// further.
pub fn pieces(numbers: &[u32], min_len: usize) -> Vec<usize> {
    par_squares(numbers)
        .with_min_len(min_len)
        .fold(|| 0, |length, _| length + 1)
        .collect()
}
// ANCHOR_END: pieces

// ANCHOR: by_chunk
/// Squares the numbers with one job per chunk, so that a timeline can show the
/// jobs.
pub fn par_squares_by_chunk(numbers: &[u32], size: usize) -> Vec<u64> {
    let mut squared = vec![0; numbers.len()];
    let chunks = numbers.chunks(size).zip(squared.chunks_mut(size));
    let jobs: Vec<_> = chunks
        .enumerate()
        .map(|(chunk, (from, to))| (info_span!("square", chunk), from, to))
        .collect();
    jobs.into_par_iter().for_each(|(span, from, to)| {
        span.in_scope(|| {
            to.iter_mut().zip(squares(from)).for_each(|(to, it)| *to = it)
        });
    });
    squared
}
// ANCHOR_END: by_chunk

// ANCHOR: main
/// Squares many numbers and few in parallel.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    let numbers: Vec<u32> = (0..4_000_000).collect();

    let timeline = timeline::timeline("four million squares in eight chunks");
    pool.install(|| par_squares_by_chunk(&numbers, numbers.len() / 8));
    timeline.draw();
    println!();

    let timeline = timeline::timeline(
        "ten squares, ten jobs: nearly all of it is waiting",
    );
    pool.install(|| par_squares_by_chunk(&numbers[..10], 1));
    timeline.draw();
    let cut =
        pool.install(|| [1, 10].map(|min_len| pieces(&numbers[..10], min_len)));
    println!("ten items in pieces of {:?}", cut[0]);
    println!("with_min_len(10):      {:?}", cut[1]);
    Ok(())
}
// ANCHOR_END: main
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
