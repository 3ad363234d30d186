//! Parallel pays from a certain size.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use lessons::measure::{Control, Table, fastest, human, in_turn, thousands, time_each};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info_span;

// ANCHOR: squares
/// The squares of the numbers, computed one after another.
pub fn squares(numbers: &[u32]) -> impl Iterator<Item = u64> {
    numbers.iter().map(square)
}

/// The squares of the numbers, computed on the threads of the current pool.
pub fn par_squares(numbers: &[u32]) -> impl IndexedParallelIterator<Item = u64> {
    numbers.par_iter().map(square)
}

fn square(&number: &u32) -> u64 {
    u64::from(number) * u64::from(number)
}
// ANCHOR_END: squares

/// For each number, the ways to write it as a sum of two squares: much more work for each number.
pub fn sums(numbers: &[u32]) -> impl Iterator<Item = u64> {
    numbers.iter().map(ways)
}

/// [`sums`], computed on the threads of the current pool.
pub fn par_sums(numbers: &[u32]) -> impl IndexedParallelIterator<Item = u64> {
    numbers.par_iter().map(ways)
}

/// 25 can be written in two ways: 0² + 5² and 3² + 4².
fn ways(&number: &u32) -> u64 {
    let is_square = |n: u32| n.isqrt().pow(2) == n;
    let smaller = 0..=(number / 2).isqrt();
    smaller.filter(|a| is_square(number - a * a)).count() as u64
}

// ANCHOR: pieces
/// The lengths of the pieces into which Rayon cuts the work. Which pieces these are may
/// differ from run to run: an idle thread that steals a piece cuts it further.
pub fn pieces(numbers: &[u32], min_len: usize) -> Vec<usize> {
    par_squares(numbers).with_min_len(min_len).fold(|| 0, |length, _| length + 1).collect()
}
// ANCHOR_END: pieces

// ANCHOR: by_chunk
/// Squares the numbers with one job per chunk, so that a timeline can show the jobs.
pub fn par_squares_by_chunk(numbers: &[u32], size: usize) -> Vec<u64> {
    let mut squared = vec![0; numbers.len()];
    let chunks = numbers.chunks(size).zip(squared.chunks_mut(size));
    let jobs: Vec<_> = chunks
        .enumerate()
        .map(|(chunk, (from, to))| (info_span!("square", chunk), from, to))
        .collect();
    jobs.into_par_iter().for_each(|(span, from, to)| {
        span.in_scope(|| to.iter_mut().zip(squares(from)).for_each(|(to, it)| *to = it));
    });
    squared
}
// ANCHOR_END: by_chunk

// ANCHOR: main
/// Squares many numbers and few in parallel, then looks for the size from which on it pays.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    let numbers: Vec<u32> = (0..4_000_000).collect();

    let timeline = timeline::timeline("four million squares in eight chunks");
    pool.install(|| par_squares_by_chunk(&numbers, numbers.len() / 8));
    timeline.draw();
    println!();

    let timeline = timeline::timeline("ten squares, ten jobs: nearly all of it is waiting");
    pool.install(|| par_squares_by_chunk(&numbers[..10], 1));
    timeline.draw();
    let cut = pool.install(|| [1, 10].map(|min_len| pieces(&numbers[..10], min_len)));
    println!("ten items in pieces of {:?}", cut[0]);
    println!("with_min_len(10):      {:?}\n", cut[1]);

    print_tables(&pool);
    Ok(())
}
// ANCHOR_END: main

/// A function to measure. It fills a vector that is used again, or the allocator would be measured,
/// too.
type Arm = fn(&ThreadPool, &[u32], &mut Vec<u64>);

const SQUARES: [Arm; 2] = [
    |_, numbers, into| into.extend(squares(numbers)),
    |pool, numbers, into| pool.install(|| par_squares(numbers).collect_into_vec(into)),
];
const SUMS: [Arm; 2] = [
    |_, numbers, into| into.extend(sums(numbers)),
    |pool, numbers, into| pool.install(|| par_sums(numbers).collect_into_vec(into)),
];

/// The fastest of several rounds at one size.
struct Row {
    items: usize,
    /// On one thread, measured twice.
    serial: Control,
    parallel: Duration,
}

const ROUNDS: usize = 15;

fn row(pool: &ThreadPool, items: u32, [serial, parallel]: [Arm; 2]) -> (Row, [String; 5]) {
    let numbers: Vec<u32> = (0..items).collect();
    // A clock is too coarse for ten squares: a round is many calls.
    let calls = (100_000 / items).clamp(1, 1_000);
    let timed = |arm: Arm| {
        let (numbers, mut into) = (&numbers, Vec::with_capacity(numbers.len()));
        move || {
            time_each(calls, || {
                into.clear();
                arm(pool, black_box(numbers), &mut into);
                black_box(&into);
            })
        }
    };
    let arms: [&mut dyn FnMut() -> Duration; 3] =
        [&mut timed(serial), &mut timed(parallel), &mut timed(serial)];
    let [serial, parallel, again] = in_turn(ROUNDS, arms).map(|times| fastest(&times));
    let row = Row { items: numbers.len(), serial: Control::new(serial, again), parallel };
    let label = format!("{:>9}", thousands(items.into()));
    let says = row.serial.compared(parallel);
    (row, [label, human(serial), human(again), human(parallel), says])
}

fn print_tables(pool: &ThreadPool) {
    let threads = pool.current_num_threads();
    println!("fastest of {ROUNDS} rounds; threads: {threads}");
    let sizes = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 4_000_000];
    let mut best = 0.0_f64;
    for (title, arms, sizes) in
        [("squares", SQUARES, &sizes[..]), ("sums of two squares", SUMS, &sizes[..4])]
    {
        let mut table = Table::new(["    items", "serial", "again", "parallel", ""]);
        let mut rows = Vec::new();
        for &items in sizes {
            let (row, cells) = row(pool, items, arms);
            table.row(cells);
            best = best.max(row.serial.gain(row.parallel));
            rows.push(row);
        }
        println!("\n{title}\n{table}{}", verdict(&rows));
    }
    println!("\nbest gain: {best:.1}×; threads: {threads}");
    println!("(if it is far below the number of threads, other programs had the cores)");
}

/// From which size on parallel was faster at every size, by more than the noise.
fn verdict(rows: &[Row]) -> String {
    if let Some(busy) = rows.iter().find_map(|row| row.serial.too_busy(1.25)) {
        return busy;
    }
    let faster = |row: &&Row| row.serial.gain(row.parallel) > row.serial.noise().max(1.05);
    match rows.iter().rev().take_while(faster).last() {
        Some(row) => format!("parallel pays from {} items on", thousands(row.items as u64)),
        None => "parallel was not faster at the largest size".to_owned(),
    }
}

#[cfg(test)]
mod tests;
