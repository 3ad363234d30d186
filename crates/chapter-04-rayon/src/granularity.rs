//! Uneven work needs pieces to steal.

use std::error::Error;
use std::iter::successors;
use std::time::Duration;

use lessons::measure::{Table, all_in_turn, human};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use timeline::Recording;
use tracing::info_span;

// ANCHOR: total
/// The results of jobs 0 to `count`, added.
pub fn total(count: usize, job: impl Fn(usize) -> u64) -> u64 {
    (0..count).map(job).sum()
}

/// [`total`] on the threads of the current pool, in pieces of at least `min_len` jobs.
pub fn par_total(count: usize, min_len: usize, job: impl Fn(usize) -> u64 + Send + Sync) -> u64 {
    (0..count).into_par_iter().with_min_len(min_len).map(job).sum()
}
// ANCHOR_END: total

// ANCHOR: in_chunks
/// [`total`] on the threads of the current pool. The jobs of a chunk stay together: they are done
/// by one thread, one after another.
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

/// A job: how many words an essay shares with each before it, added up. The later, the longer.
pub fn compare(essays: &[Essay], essay: usize) -> u64 {
    info_span!("compare", essay).in_scope(|| {
        let shared = |earlier: &Essay| {
            essays[essay].iter().filter(|word| earlier.binary_search(word).is_ok()).count()
        };
        essays[..essay].iter().map(shared).sum::<usize>() as u64
    })
}
// ANCHOR_END: compare

/// Compares essays in one chunk, in a chunk per thread, and in as many pieces as Rayon likes.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
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

    let timeline = timeline::timeline("a chunk per thread: the last has the longest jobs");
    chunks(count.div_ceil(threads));
    timeline.draw();
    println!();

    let timeline = timeline::timeline("as many pieces as Rayon likes");
    let found = stealing(1);
    timeline.draw();
    println!("words shared: {found}\n");

    print_table(threads, [&chunks, &stealing]);
    println!("(if less idle is no faster, other programs had the cores)");
    Ok(())
}

// ANCHOR: idle_share
/// The share of the time of all `threads` that went by without a job, from the beginning of the
/// first to the end of the last: 0.5 if one of two threads did everything.
pub fn idle_share(recording: &Recording, threads: usize) -> f64 {
    let jobs = || recording.named("compare");
    let start = jobs().flat_map(|job| &job.stays).map(|run| run.start).min().unwrap_or_default();
    let end = jobs().map(|job| job.end).max().unwrap_or_default();
    let had = end.saturating_sub(start) * u32::try_from(threads).expect("few threads");
    let used: Duration = jobs().map(|job| job.ran()).sum();
    1.0 - used.as_secs_f64() / had.as_secs_f64().max(1e-9)
}
// ANCHOR_END: idle_share

/// Runs both ways with pieces of several sizes, in turn, and prints how it went.
fn print_table(threads: usize, ways: [&dyn Fn(usize) -> u64; 2]) {
    type Arm<'a> = Box<dyn FnMut() -> (Duration, f64) + 'a>;
    let sizes = [32, 16, 8, 4, 2, 1];
    let mut arms: Vec<Arm<'_>> = Vec::new();
    for (size, way) in sizes.iter().flat_map(|&size| ways.map(|way| (size, way))) {
        arms.push(Box::new(move || {
            let timeline = timeline::timeline("measured");
            way(size);
            let recording = timeline.finish();
            (recording.length, idle_share(&recording, threads))
        }));
    }
    // Of several runs the shortest: the one in which other programs were least in the way.
    let runs = all_in_turn(15, &mut arms);
    let shortest = |runs: &Vec<(Duration, f64)>| {
        let (length, idle) = *runs.iter().min_by_key(|run| run.0).expect("fifteen runs");
        format!("{} {:>4.0} %", human(length), idle * 100.0)
    };
    let mut table = Table::new(["jobs together", "  chunks, idle", "with_min_len, idle"]);
    for (size, cells) in sizes.iter().zip(runs.chunks(2)) {
        table.row([size.to_string(), shortest(&cells[0]), shortest(&cells[1])]);
    }
    print!("shortest of 15 runs: how long it took, and how idle {threads} threads were\n{table}");
}

/// An essay of nearly a thousand words. The same each time for the same `seed`.
pub fn written(seed: u32) -> Essay {
    // A linear congruential generator. Its low bits repeat themselves soon, so they are left out.
    let next = |&last: &u32| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let random = successors(Some(seed), next).skip(1).map(|state| state >> 16);
    let mut words: Essay = random.take(1_000).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests;
