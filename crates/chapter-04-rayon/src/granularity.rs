//! Uneven work needs pieces to steal.

// ANCHOR: program
use std::error::Error;
use std::iter::successors;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: total
/// The results of jobs 0 to `count`, added.
pub fn total(count: usize, job: impl Fn(usize) -> u64) -> u64 {
    (0..count).map(job).sum()
}

/// [`total`] on the threads of the current pool, in pieces of at least
/// `min_len` jobs.
pub fn par_total(
    count: usize,
    min_len: usize,
    job: impl Fn(usize) -> u64 + Send + Sync,
) -> u64 {
    (0..count).into_par_iter().with_min_len(min_len).map(job).sum()
}
// ANCHOR_END: total

// ANCHOR: in_chunks
/// [`total`] on the threads of the current pool. The jobs of a chunk stay
/// together: they are done by one thread, one after another.
///
/// # Panics
/// If `size` is 0.
pub fn par_total_in_chunks(
    count: usize,
    size: usize,
    job: impl Fn(usize) -> u64 + Send + Sync,
) -> u64 {
    let chunks = (0..count).into_par_iter().chunks(size);
    chunks.map(|chunk| chunk.into_iter().map(&job).sum::<u64>()).sum()
}
// ANCHOR_END: in_chunks

// ANCHOR: compare
/// The words of an essay, in order and each once.
pub type Essay = Vec<u32>;

/// A job: how many words an essay shares with each before it, added up. The
/// later, the longer.
pub fn compare(essays: &[Essay], essay: usize) -> u64 {
    info_span!("compare", essay).in_scope(|| {
        let shared = |earlier: &Essay| {
            essays[essay]
                .iter()
                .filter(|word| earlier.binary_search(word).is_ok())
                .count()
        };
        essays[..essay].iter().map(shared).sum::<usize>() as u64
    })
}
// ANCHOR_END: compare

/// Compares essays in one chunk, in a chunk per thread, and in as many pieces
/// as Rayon likes.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    let threads = pool.current_num_threads();
    let essays: Vec<Essay> = (0..32).map(written).collect();
    let count = essays.len();
    let job = |essay| compare(&essays, essay);
    let chunks = |size| pool.install(|| par_total_in_chunks(count, size, job));
    let stealing = |min_len| pool.install(|| par_total(count, min_len, job));

    let timeline = timeline::timeline("one chunk: nothing to share");
    chunks(count);
    timeline.draw();
    println!();

    let timeline =
        timeline::timeline("a chunk per thread: the last has the longest jobs");
    chunks(count.div_ceil(threads));
    timeline.draw();
    println!();

    let timeline = timeline::timeline("as many pieces as Rayon likes");
    let found = stealing(1);
    timeline.draw();
    println!("words shared: {found}");
    Ok(())
}

/// An essay of nearly a thousand words. The same each time for the same `seed`.
pub fn written(seed: u32) -> Essay {
    // A linear congruential generator. Its low bits repeat themselves soon, so
    // they are left out.
    let next = |&last: &u32| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    };
    let random = successors(Some(seed), next).skip(1).map(|state| state >> 16);
    let mut words: Essay = random.take(1_000).collect();
    words.sort_unstable();
    words.dedup();
    words
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
