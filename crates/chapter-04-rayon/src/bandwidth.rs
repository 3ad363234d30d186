//! More cores compute faster; whether they also copy faster is up to the memory they share.

use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// ANCHOR: effects
/// Twice as loud. One multiplication per sample: nearly all of the time goes into fetching it from
/// memory and putting it back.
pub fn louder(sample: f32) -> f32 {
    (sample * 2.0).clamp(-1.0, 1.0)
}

/// Twice as loud, and soft where it would be too loud. Much to compute for each sample.
pub fn warmer(sample: f32) -> f32 {
    (sample * 2.0).tanh()
}
// ANCHOR_END: effects

// ANCHOR: apply
/// Writes each sample to its place in `into`, changed by `effect`.
pub fn apply(from: &[f32], into: &mut [f32], effect: impl Fn(f32) -> f32) {
    into.iter_mut().zip(from).for_each(|(into, &sample)| *into = effect(sample));
}

/// [`apply`] on the threads of the current pool.
pub fn par_apply(from: &[f32], into: &mut [f32], effect: impl Fn(f32) -> f32 + Send + Sync) {
    into.par_iter_mut().zip(from).for_each(|(into, &sample)| *into = effect(sample));
}
// ANCHOR_END: apply

// ANCHOR: late
/// [`par_apply`], but one thread does the first quarter alone, before the others may begin.
pub fn par_apply_late(from: &[f32], into: &mut [f32], effect: impl Fn(f32) -> f32 + Send + Sync) {
    let quarter = from.len() / 4;
    apply(&from[..quarter], &mut into[..quarter], &effect);
    par_apply(&from[quarter..], &mut into[quarter..], &effect);
}
// ANCHOR_END: late

// ANCHOR: amdahl
/// The serial share, from 0 to 1, with which Amdahl's law comes closest to the measurements: how
/// long the work took on how many threads. `None` if there are no two different numbers of threads.
///
/// The law is a straight line, `time = serial + parallel × (1 / threads)`. This is the line with
/// the least squares of the distances.
pub fn serial_share(measured: &[(usize, Duration)]) -> Option<f64> {
    let points = || measured.iter().map(|(n, time)| (1.0 / *n as f64, time.as_secs_f64()));
    let count = measured.len() as f64;
    let mean_x = points().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points().map(|(_, y)| y).sum::<f64>() / count;
    let spread: f64 = points().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if spread.is_nan() || spread < 1e-12 {
        return None;
    }
    let parallel = points().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
    let serial = mean_y - parallel * mean_x;
    // Noise may tilt the line a little beyond what the law allows.
    Some((serial / (serial + parallel)).clamp(0.0, 1.0))
}
// ANCHOR_END: amdahl

// ANCHOR: thread_counts
/// On how many threads to measure: 1, 2, 4 and so on up to all cores, and then twice as many
/// threads as there are cores.
pub fn thread_counts(cores: usize) -> Vec<usize> {
    let doubled = |n: &usize| n.checked_mul(2);
    let below = std::iter::successors(Some(1), doubled).take_while(|&n| n < cores);
    below.chain([cores, 2 * cores]).collect()
}
// ANCHOR_END: thread_counts

/// A function to measure.
pub type Way = fn(&[f32], &mut [f32]);

// ANCHOR: measure
/// The fastest of several rounds of one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// How long it took on pools of different size, smallest first.
    pub times: Vec<(usize, Duration)>,
    /// The first of these again: how far the two are apart is how far to trust the rest.
    pub again: Duration,
}

/// Measures each way on each pool. All take turns, so that a busy moment hits all alike.
///
/// # Panics
/// If there is no pool.
pub fn measure<const N: usize>(
    pools: &[ThreadPool],
    ways: [(Way, &[f32]); N],
    rounds: usize,
) -> [Measured; N] {
    let longest = ways.iter().map(|(_, samples)| samples.len()).max().unwrap_or(0);
    // Every page of it is written once here, or the first round would measure the system, too.
    let mut into = vec![1.0; longest];
    let mut time = |pool: &ThreadPool, (way, samples): (Way, &[f32])| {
        let into = &mut into[..samples.len()];
        let start = Instant::now();
        pool.install(|| way(black_box(samples), black_box(into)));
        start.elapsed()
    };
    let sized = |pool: &ThreadPool| (pool.current_num_threads(), Duration::MAX);
    let slowest = || Measured { times: pools.iter().map(sized).collect(), again: Duration::MAX };
    let mut best = [(); N].map(|()| slowest());
    for _ in 0..rounds {
        for (best, way) in best.iter_mut().zip(ways) {
            for (pool, (_, best)) in pools.iter().zip(&mut best.times) {
                *best = time(pool, way).min(*best);
            }
            best.again = time(&pools[0], way).min(best.again);
        }
    }
    best
}
// ANCHOR_END: measure

impl Measured {
    /// How many times as fast it was on so many threads as on the fewest, of whose two
    /// measurements the better counts. 0 if that was not measured.
    pub fn gain(&self, threads: usize) -> f64 {
        let one = self.times[0].1.min(self.again).as_secs_f64();
        let on = self.times.iter().find(|(n, _)| *n == threads);
        on.map_or(0.0, |(_, time)| one / time.as_secs_f64())
    }

    /// The serial share that fits best, looking at no more threads than there are cores, and at
    /// both measurements of the fewest.
    pub fn serial_share(&self, cores: usize) -> Option<f64> {
        let on_cores = self.times.iter().filter(|(threads, _)| *threads <= cores);
        let again = (self.times[0].0, self.again);
        serial_share(&on_cores.copied().chain([again]).collect::<Vec<_>>())
    }

    /// The factor between two measurements of the same thing.
    pub fn noise(&self) -> f64 {
        let [a, b] = [self.times[0].1, self.again].map(|time| time.as_secs_f64());
        a.max(b) / a.min(b)
    }
}

// ANCHOR: quiet
/// Why the measurements of [`warmer`], of the same with a quarter alone and of [`louder`] say
/// nothing, or `None` if the machine was quiet.
pub fn not_quiet(measured: &[Measured; 3], cores: usize) -> Option<String> {
    let [warmer, late, _] = measured;
    let noise = measured.iter().map(Measured::noise).fold(1.0, f64::max);
    if noise > 1.1 {
        return Some(format!("one thread, measured twice, differs by a factor of {noise:.2}"));
    }
    let reached = warmer.gain(cores) / cores as f64;
    if reached < 0.93 {
        let percent = reached * 100.0;
        return Some(format!("even warmer got only {percent:.0} % of {cores} cores"));
    }
    if let Some(share) = late.serial_share(cores).filter(|share| (share - 0.25).abs() > 0.07) {
        return Some(format!("the quarter alone was taken for {:.0} %", share * 100.0));
    }
    let more = 2 * cores;
    let better = |column: &Measured| column.gain(more) > 1.1 * column.gain(cores);
    measured.iter().any(better).then(|| format!("{more} threads got more than {cores} cores have"))
}
// ANCHOR_END: quiet

/// How often [`main`] measures each way on each pool.
const ROUNDS: usize = 15;

// ANCHOR: main
/// Measures an effect that computes, the same with a serial quarter, and one that hardly computes.
pub fn main() -> Result<(), Box<dyn Error>> {
    let cores = thread::available_parallelism()?.get();
    let mut pools = Vec::new();
    for threads in thread_counts(cores) {
        pools.push(ThreadPoolBuilder::new().num_threads(threads).build()?);
    }
    let samples: Vec<f32> = (0..16_000_000).map(|n| (n as f32 * 0.01).sin()).collect();
    // More work per sample, so fewer of them: the size of the input is not the point.
    let (few, many) = (&samples[..1_000_000], &samples[..]);

    let ways: [(Way, &[f32]); 3] = [
        (|from, into| par_apply(from, into, warmer), few),
        (|from, into| par_apply_late(from, into, warmer), few),
        (|from, into| par_apply(from, into, louder), many),
    ];
    let measured = measure(&pools, ways, ROUNDS);
    print_table(&measured, cores);

    let bytes = (many.len() * 2 * size_of::<f32>()) as f64;
    let rate = |&(_, time): &(usize, Duration)| format!("{:.1}", bytes / time.as_secs_f64() / 1e9);
    let rates: Vec<String> = measured[2].times.iter().map(rate).collect();
    println!("\nlouder reads and writes, in GB/s: {}", rates.join(", "));
    match not_quiet(&measured, cores) {
        Some(why) => println!("no verdict: {why}; try a quiet moment"),
        None => println!(
            "warmer gets {:.2}× from {cores} cores, louder {:.2}×",
            measured[0].gain(cores),
            measured[2].gain(cores),
        ),
    }
    Ok(())
}
// ANCHOR_END: main

fn print_table(measured: &[Measured; 3], cores: usize) {
    let row = |label: &str, cells: [String; 3]| {
        let [warmer, late, louder] = cells;
        let row = format!("{label:>18} {warmer:>17} {late:>17} {louder:>17}");
        println!("{}", row.trim_end());
    };
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let columns = measured.each_ref();
    println!("cores: {cores}; fastest of {ROUNDS} rounds\n");
    row("threads", ["warmer", "a quarter alone", "louder"].map(str::to_owned));
    for (index, &(threads, _)) in measured[0].times.iter().enumerate() {
        let cells = columns.map(|column| {
            let time = millis(column.times[index].1);
            format!("{time:.1} ms {:>6.2}×", column.gain(threads))
        });
        let label = if threads > cores { "more than cores: " } else { "" };
        row(&format!("{label}{threads}"), cells);
        if index == 0 {
            row("again", columns.map(|column| format!("{:.1} ms        ", millis(column.again))));
        }
    }
    row(&format!("expected of {cores}"), columns.map(|_| format!("{cores}×")));
    let shares = columns.map(|column| column.serial_share(cores));
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    row("serial share", shares.map(|share| share.map_or("unknown".into(), percent)));
    let limit = |share: f64| match 1.0 / share {
        limit if limit < 100.0 => format!("{limit:.1}×"),
        _ => "over 100×".to_owned(),
    };
    row("so never above", shares.map(|share| share.map_or("unknown".into(), limit)));
}

#[cfg(test)]
mod tests;
