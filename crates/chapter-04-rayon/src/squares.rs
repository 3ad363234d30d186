//! `par_iter` squares numbers on every core, and pays from a certain size on.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info_span;
use witness::Threads;

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

// ANCHOR: sums
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
// ANCHOR_END: sums

// ANCHOR: pieces
/// The lengths of the pieces into which Rayon cuts the work. Which pieces these are may
/// differ from run to run: an idle thread that steals a piece cuts it further.
pub fn pieces(numbers: &[u32], min_len: usize) -> Vec<usize> {
    par_squares(numbers).with_min_len(min_len).fold(|| 0, |length, _| length + 1).collect()
}
// ANCHOR_END: pieces

// ANCHOR: by_chunk
/// Squares the numbers with one job per chunk, so that a timeline can show the jobs, and notes the
/// thread of each.
pub fn par_squares_by_chunk(numbers: &[u32], size: usize, threads: &Threads) -> Vec<u64> {
    let mut squared = vec![0; numbers.len()];
    let chunks = numbers.chunks(size).zip(squared.chunks_mut(size));
    let jobs: Vec<_> = chunks
        .enumerate()
        .map(|(chunk, (from, to))| (info_span!("square", chunk), from, to))
        .collect();
    jobs.into_par_iter().for_each(|(span, from, to)| {
        threads.note();
        span.in_scope(|| to.iter_mut().zip(squares(from)).for_each(|(to, it)| *to = it));
    });
    squared
}
// ANCHOR_END: by_chunk

/// A function to measure. It fills a vector that is used again, or the allocator would be measured,
/// too.
pub type Way = fn(&[u32], &mut Vec<u64>);

const SQUARES: [Way; 2] = [
    |numbers, into| into.extend(squares(numbers)),
    |numbers, into| par_squares(numbers).collect_into_vec(into),
];
const SUMS: [Way; 2] = [
    |numbers, into| into.extend(sums(numbers)),
    |numbers, into| par_sums(numbers).collect_into_vec(into),
];

/// How often [`measure`] measures each way.
const ROUNDS: usize = 15;

// ANCHOR: measure
/// The fastest of several rounds at one size, serial and parallel.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// How many numbers were squared.
    pub items: usize,
    /// One call of the serial way.
    pub serial: Duration,
    /// The same again: how far it is from `serial` is how far to trust the rest.
    pub again: Duration,
    /// One call of the parallel way, made from outside the pool.
    pub parallel: Duration,
}

/// Measures `items` items. The three take turns, so that a busy moment hits all alike.
pub fn measure(pool: &ThreadPool, items: u32, [serial, parallel]: [Way; 2]) -> Measured {
    let numbers: Vec<u32> = (0..items).collect();
    // A clock is too coarse for ten squares: a round is many calls.
    let calls = (100_000 / items).clamp(1, 1_000);
    let mut into = Vec::with_capacity(numbers.len());
    let mut time = |way: &dyn Fn(&[u32], &mut Vec<u64>)| {
        let start = Instant::now();
        for _ in 0..calls {
            into.clear();
            way(black_box(&numbers), &mut into);
            black_box(&into);
        }
        start.elapsed() / calls
    };
    let parallel = |numbers: &[u32], into: &mut Vec<u64>| pool.install(|| parallel(numbers, into));
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let round = [time(&serial), time(&parallel), time(&serial)];
        for (best, time) in best.iter_mut().zip(round) {
            *best = time.min(*best);
        }
    }
    let [serial, parallel, again] = best;
    Measured { items: numbers.len(), serial, again, parallel }
}
// ANCHOR_END: measure

// ANCHOR: verdict
/// What the measurements say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Two measurements of the same thing differ by this factor: nothing can be said.
    TooNoisy(f64),
    /// From this many items on, parallel was faster at every size, by more than the noise.
    PaysFrom(usize),
    /// Parallel was not faster at the largest size, or by no more than the noise.
    NoCrossover,
}

/// Judges measurements in order of size. `tolerated` is how far apart, as a factor, two
/// measurements of the same thing may be.
pub fn verdict(measured: &[Measured], tolerated: f64) -> Verdict {
    let noise = noise(measured);
    if noise > tolerated {
        return Verdict::TooNoisy(noise);
    }
    let faster = |row: &&Measured| row.gain() > noise;
    let pays = measured.iter().rev().take_while(faster).last();
    pays.map_or(Verdict::NoCrossover, |row| Verdict::PaysFrom(row.items))
}

/// The largest factor between two measurements of the same thing, and no less than 1.05: what
/// rounds to 1.0 is no difference.
fn noise(measured: &[Measured]) -> f64 {
    // Times are cut to whole nanoseconds, so that 3 and 4 may be the same.
    let cut = Duration::from_nanos(1);
    let noise = |row: &Measured| {
        ratio(row.serial.max(row.again).saturating_sub(cut), row.serial.min(row.again))
    };
    measured.iter().map(noise).fold(1.05, f64::max)
}
// ANCHOR_END: verdict

impl Measured {
    /// How many times as fast parallel was as the better of the two serial measurements.
    pub fn gain(&self) -> f64 {
        ratio(self.serial.min(self.again), self.parallel)
    }
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-12)
}

// ANCHOR: main
/// Squares much and little in parallel, then looks for the size from which on it pays.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;

    let numbers: Vec<u32> = (0..4_000_000).collect();
    let threads = Threads::new();
    let timeline = lessons::timeline("four million squares in eight chunks");
    pool.install(|| par_squares_by_chunk(&numbers, numbers.len() / 8, &threads));
    timeline.draw();
    println!("chunks by thread: {:?}\n", threads.work_by_thread());

    let timeline = lessons::timeline("ten squares, ten jobs: nearly all of it is waiting");
    pool.install(|| par_squares_by_chunk(&numbers[..10], 1, &Threads::new()));
    timeline.draw();
    let cut = pool.install(|| [1, 10].map(|min_len| pieces(&numbers[..10], min_len)));
    println!("ten items in pieces of {:?}", cut[0]);
    println!("with_min_len(10):      {:?}\n", cut[1]);

    let threads = pool.current_num_threads();
    println!("fastest of {ROUNDS} rounds; threads: {threads}");
    let sizes = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 4_000_000];
    let light = sizes.map(|items| measure(&pool, items, SQUARES));
    print_table("squares", &light);
    let heavy = sizes[..4].iter().map(|&items| measure(&pool, items, SUMS));
    let heavy: Vec<Measured> = heavy.collect();
    print_table("sums of two squares", &heavy);
    let best = light.iter().chain(&heavy).map(Measured::gain).fold(0.0, f64::max);
    println!("\nbest gain: {best:.1}×; threads: {threads}");
    println!("(if it is far below the number of threads, other programs had the cores)");
    Ok(())
}
// ANCHOR_END: main

fn print_table(what: &str, measured: &[Measured]) {
    println!("\n{what:>20}       serial        again     parallel");
    let noise = noise(measured);
    for row in measured {
        let [serial, again, parallel] = [row.serial, row.again, row.parallel].map(human);
        let (items, says) = (separated(row.items as u128), compared(row.gain(), noise));
        println!("{items:>20} {serial:>12} {again:>12} {parallel:>12}   {says}");
    }
    match verdict(measured, 1.25) {
        Verdict::TooNoisy(factor) => println!(
            "no verdict: serial and again differ by a factor of {factor:.1}; try a quiet moment"
        ),
        Verdict::PaysFrom(items) => {
            println!("parallel pays from {} items on", separated(items as u128));
        }
        Verdict::NoCrossover => {
            println!("no crossover: parallel was not faster at the largest size");
        }
    }
}

/// A gain in words. Within the noise there is none, and no loss either.
fn compared(gain: f64, noise: f64) -> String {
    let (factor, way) = if gain < 1.0 { (1.0 / gain, "slower") } else { (gain, "faster") };
    if factor <= noise {
        "about equal".to_owned()
    } else if factor < 10.0 {
        format!("{factor:.1}× {way}")
    } else {
        format!("{}× {way}", separated(factor.round() as u128))
    }
}

fn human(time: Duration) -> String {
    match time.as_nanos() {
        nanos @ 0..1_000 => format!("{nanos} ns"),
        nanos @ 1_000..1_000_000 => format!("{:.1} µs", nanos as f64 / 1e3),
        nanos => format!("{} µs", separated(nanos / 1_000)),
    }
}

/// With a comma before every third digit from the right: 1,000,000.
fn separated(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests;
