//! Cores compute, and share one memory.

// ANCHOR: program
use std::error::Error;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

// Both are `inline` for the benchmark, which is another crate: there the
// compiler would not see into them, and would call one for each sample. For
// `louder` that costs more than the memory does.

// ANCHOR: effects
/// Twice as loud. One multiplication per sample: nearly all of the time goes
/// into fetching it from memory and putting it back.
#[inline]
pub fn louder(sample: f32) -> f32 {
    (sample * 2.0).clamp(-1.0, 1.0)
}

/// Twice as loud, and soft where it would be too loud. Much to compute for each
/// sample.
#[inline]
pub fn warmer(sample: f32) -> f32 {
    (sample * 2.0).tanh()
}
// ANCHOR_END: effects

// ANCHOR: apply
/// Writes each sample to its place in `into`, changed by `effect`.
pub fn apply(from: &[f32], into: &mut [f32], effect: impl Fn(f32) -> f32) {
    into.iter_mut()
        .zip(from)
        .for_each(|(into, &sample)| *into = effect(sample));
}

/// [`apply`] on the threads of the current pool.
pub fn par_apply(
    from: &[f32],
    into: &mut [f32],
    effect: impl Fn(f32) -> f32 + Send + Sync,
) {
    into.par_iter_mut()
        .zip(from)
        .for_each(|(into, &sample)| *into = effect(sample));
}
// ANCHOR_END: apply

// ANCHOR: late
/// [`par_apply`], but one thread does the first quarter alone, before the
/// others may begin.
pub fn par_apply_late(
    from: &[f32],
    into: &mut [f32],
    effect: impl Fn(f32) -> f32 + Send + Sync,
) {
    let quarter = from.len() / 4;
    apply(&from[..quarter], &mut into[..quarter], &effect);
    par_apply(&from[quarter..], &mut into[quarter..], &effect);
}
// ANCHOR_END: late

// ANCHOR: amdahl
/// The serial share, from 0 to 1, with which Amdahl's law comes closest to the
/// measurements, each a number of threads and its time. `None` if there are no
/// two different numbers of threads.
///
/// The law is a straight line, `time = serial + parallel × (1 / threads)`. This
/// is the line with the least squares of the distances.
pub fn serial_share(measured: &[(usize, Duration)]) -> Option<f64> {
    let points = || {
        measured.iter().map(|(n, time)| (1.0 / *n as f64, time.as_secs_f64()))
    };
    let count = measured.len() as f64;
    let mean_x = points().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points().map(|(_, y)| y).sum::<f64>() / count;
    let spread: f64 = points().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if spread.is_nan() || spread < 1e-12 {
        return None;
    }
    let parallel =
        points().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>()
            / spread;
    let serial = mean_y - parallel * mean_x;
    // Noise may tilt the line a little beyond what the law allows.
    Some((serial / (serial + parallel)).clamp(0.0, 1.0))
}
// ANCHOR_END: amdahl

/// Applies both effects on one thread and on all cores, five times each.
pub fn main() -> Result<(), Box<dyn Error>> {
    let one = ThreadPoolBuilder::new().num_threads(1).build()?;
    let all = ThreadPoolBuilder::new().build()?;
    let (samples, mut into) = (recorded(MANY), vec![1.0; MANY]);
    let passes: [(&str, Pass, usize); 2] = [
        ("warmer", |from, into| par_apply(from, into, warmer), FEW),
        ("louder", |from, into| par_apply(from, into, louder), MANY),
    ];
    println!(
        "best of 5, in ms   1 thread   threads: {}",
        all.current_num_threads()
    );
    for (name, pass, count) in passes {
        let [serial, parallel] = [&one, &all].map(|pool| {
            let times = (0..5).map(|_| {
                let start = Instant::now();
                pool.install(|| pass(&samples[..count], &mut into[..count]));
                start.elapsed()
            });
            times.min().expect("it ran five times").as_secs_f64() * 1e3
        });
        println!("{name:<18} {serial:>8.1} {parallel:>12.1}");
    }
    Ok(())
}

/// One pass over all samples, from one slice into another.
pub type Pass = fn(&[f32], &mut [f32]);

/// A recording of a tone.
pub fn recorded(samples: usize) -> Vec<f32> {
    (0..samples).map(|n| (n as f32 * 0.01).sin()).collect()
}

/// The number of samples for an effect that hardly computes.
const MANY: usize = 16_000_000;

/// More work per sample, so fewer of them: the size of the input is not the
/// point.
const FEW: usize = 1_000_000;
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
