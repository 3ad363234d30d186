//! Cores compute, and share one memory.

use std::cell::RefCell;
use std::error::Error;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use lessons::measure::{Control, Table, all_in_turn, fastest, human, time};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// Both are `inline` for the benchmark, which is another crate: there the compiler would not see into
// them, and would call one for each sample. For `louder` that costs more than the memory does.

// ANCHOR: effects
/// Twice as loud. One multiplication per sample: nearly all of the time goes into fetching it from
/// memory and putting it back.
#[inline]
pub fn louder(sample: f32) -> f32 {
    (sample * 2.0).clamp(-1.0, 1.0)
}

/// Twice as loud, and soft where it would be too loud. Much to compute for each sample.
#[inline]
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
/// The serial share, from 0 to 1, with which Amdahl's law comes closest to the measurements, each
/// a number of threads and its time. `None` if there are no two different numbers of threads.
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
    let columns = measured(
        &pools,
        [
            (|from, into| par_apply(from, into, warmer), few),
            (|from, into| par_apply_late(from, into, warmer), few),
            (|from, into| par_apply(from, into, louder), many),
        ],
    );
    print!("cores: {cores}; fastest of {ROUNDS} rounds\n\n{}", table(&columns, cores));

    let bytes = (many.len() * 2 * size_of::<f32>()) as f64;
    let rate = |&(_, time): &(usize, Duration)| format!("{:.1}", bytes / time.as_secs_f64() / 1e9);
    let rates: Vec<String> = columns[2].times.iter().map(rate).collect();
    println!("\nlouder reads and writes, in GB/s: {}", rates.join(", "));
    let [warmer, _, louder] = columns.each_ref().map(|column| column.gain(cores));
    let gains = || format!("warmer gets {warmer:.2}× from {cores} cores, louder {louder:.2}×");
    println!("{}", too_busy(&columns, cores).unwrap_or_else(gains));
    Ok(())
}

/// The numbers of threads to measure on: 1, 2, 4 and so on up to all cores, and then twice as many
/// threads as there are cores.
pub fn thread_counts(cores: usize) -> Vec<usize> {
    let doubled = |n: &usize| n.checked_mul(2);
    let below = std::iter::successors(Some(1), doubled).take_while(|&n| n < cores);
    below.chain([cores, 2 * cores]).collect()
}

/// One pass over all samples, from one slice into another.
pub type Pass = fn(&[f32], &mut [f32]);

const ROUNDS: usize = 15;

/// The fastest of several rounds of one pass.
struct Column {
    /// Numbers of threads, smallest first, and how long it took.
    times: Vec<(usize, Duration)>,
    /// The first of these, measured twice.
    control: Control,
}

impl Column {
    /// The factor by which it was faster on `threads` threads than on the fewest, of whose two
    /// measurements the better counts. 0 if that was not measured.
    fn gain(&self, threads: usize) -> f64 {
        let on = self.times.iter().find(|(n, _)| *n == threads);
        on.map_or(0.0, |(_, time)| self.control.gain(*time))
    }

    /// The serial share that fits best, looking at no more threads than there are cores.
    fn serial_share(&self, cores: usize) -> Option<f64> {
        let mut fitted = self.times.clone();
        fitted[0].1 = self.control.best();
        fitted.retain(|(threads, _)| *threads <= cores);
        serial_share(&fitted)
    }
}

/// Measures each pass on each pool, and on the first pool again, all in turn.
fn measured<const N: usize>(pools: &[ThreadPool], passes: [(Pass, &[f32]); N]) -> [Column; N] {
    let longest = passes.iter().map(|(_, samples)| samples.len()).max().unwrap_or(0);
    // Every page of it is written once here, or the first round would measure the system, too.
    let into = RefCell::new(vec![1.0; longest]);
    let mut arms: Vec<Box<dyn FnMut() -> Duration + '_>> = Vec::new();
    for (pass, samples) in passes {
        for pool in pools.iter().chain(&pools[..1]) {
            let into = &into;
            arms.push(Box::new(move || {
                let into = &mut into.borrow_mut()[..samples.len()];
                time(|| pool.install(|| pass(black_box(samples), black_box(into))))
            }));
        }
    }
    let best: Vec<Duration> =
        all_in_turn(ROUNDS, &mut arms).iter().map(|times| fastest(times)).collect();
    let mut columns = best.chunks(pools.len() + 1).map(|best| Column {
        times: pools
            .iter()
            .map(ThreadPool::current_num_threads)
            .zip(best.iter().copied())
            .collect(),
        control: Control::new(best[0], best[pools.len()]),
    });
    [(); N].map(|()| columns.next().expect("a column for each pass"))
}

/// Why the measurements of [`warmer`], of the same with a quarter alone and of [`louder`] say
/// nothing, or `None` if the machine was quiet.
fn too_busy(columns: &[Column; 3], cores: usize) -> Option<String> {
    let [warmer, late, _] = columns;
    if let Some(busy) = columns.iter().find_map(|column| column.control.too_busy(1.1)) {
        return Some(busy);
    }
    let reached = warmer.gain(cores) / cores as f64 * 100.0;
    let share = late.serial_share(cores).unwrap_or(0.25);
    let more = 2 * cores;
    let why = if reached < 93.0 {
        format!("even warmer got only {reached:.0} % of {cores} cores")
    } else if (share - 0.25).abs() > 0.07 {
        format!("the quarter alone was taken for {:.0} %", share * 100.0)
    } else if columns.iter().any(|column| column.gain(more) > 1.1 * column.gain(cores)) {
        format!("{more} threads got more than {cores} cores have")
    } else {
        return None;
    };
    Some(format!("too busy to tell: {why}; try a quiet moment"))
}

fn table(columns: &[Column; 3], cores: usize) -> Table<4> {
    let mut table = Table::new(["threads", "warmer", "a quarter alone", "louder"]);
    let mut row = |label: &str, cell: &dyn Fn(&Column) -> String| {
        let [warmer, late, louder] = columns.each_ref().map(cell);
        table.row([label.to_owned(), warmer, late, louder]);
    };
    for (index, &(threads, _)) in columns[0].times.iter().enumerate() {
        let more = if threads > cores { ", more than cores" } else { "" };
        row(&format!("{threads}{more}"), &|column| {
            format!("{}  {:.2}×", human(column.times[index].1), column.gain(threads))
        });
    }
    row(&format!("expected of {cores}"), &|_| format!("{cores}×"));
    let share = |column: &Column, of: fn(f64) -> String| {
        column.serial_share(cores).map_or("unknown".to_owned(), of)
    };
    row("serial share", &|column| share(column, |share| format!("{:.0} %", share * 100.0)));
    row("so never above", &|column| {
        share(column, |share| match 1.0 / share {
            limit if limit < 100.0 => format!("{limit:.1}×"),
            _ => "over 100×".to_owned(),
        })
    });
    table
}

#[cfg(test)]
mod tests;
