//! One core can do several additions at once.

// ANCHOR: program
use std::error::Error;

use rayon::prelude::*;

// ANCHOR: one_by_one
/// The power of a recording: its samples squared, and added up one by one.
pub fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}
// ANCHOR_END: one_by_one

// ANCHOR: lanes
/// The number of sums that are added to side by side.
pub const LANES: usize = 16;

/// The same in sixteen sums that do not wait for each other, which are added up
/// at the end.
pub fn power_in_lanes(samples: &[f32]) -> f32 {
    let (rows, rest) = samples.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for row in rows {
        for (sum, sample) in sums.iter_mut().zip(row) {
            *sum += sample * sample;
        }
    }
    sums.iter().sum::<f32>() + power(rest)
}
// ANCHOR_END: lanes

// ANCHOR: layout
/// A sample with all that is known about it: 32 bytes, of which the power needs
/// four.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// How far the air was moved.
    pub value: f32,
    /// The time since the beginning, in seconds.
    pub seconds: f64,
    /// The microphone's number, and what else was noted.
    pub notes: [u32; 4],
}

/// The same from samples that lie with their notes.
pub fn power_of_structs(samples: &[Sample]) -> f32 {
    let (rows, rest) = samples.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for row in rows {
        for (sum, sample) in sums.iter_mut().zip(row) {
            *sum += sample.value * sample.value;
        }
    }
    sums.iter().sum::<f32>()
        + rest.iter().map(|it| it.value * it.value).sum::<f32>()
}
// ANCHOR_END: layout

// ANCHOR: threads
/// The same on the threads of the current pool, with one of the ways above for
/// each piece.
pub fn par_power(samples: &[f32], power: fn(&[f32]) -> f32) -> f32 {
    samples.par_chunks(PIECE).map(power).sum()
}

/// Large enough to pay for handing it over.
const PIECE: usize = 64 * 1024;
// ANCHOR_END: threads

/// Computes the power of a recording in all ways.
pub fn main() -> Result<(), Box<dyn Error>> {
    let samples = recorded(1_000_000);
    let structs = in_structs(&samples);
    println!("the power of {} samples", samples.len());
    println!("  one by one               {}", power(&samples));
    println!("  in {LANES} lanes              {}", power_in_lanes(&samples));
    println!("  from structs, in lanes   {}", power_of_structs(&structs));
    println!("  threads, one by one      {}", par_power(&samples, power));
    println!(
        "  threads, in lanes        {}",
        par_power(&samples, power_in_lanes)
    );
    Ok(())
}

/// Samples that are whole numbers from -3 to 3. Their sums stay exact, so all
/// ways must agree.
pub fn recorded(count: usize) -> Vec<f32> {
    (0..count).map(|n| (n * n % 7) as f32 - 3.0).collect()
}

/// The samples with room for notes.
pub fn in_structs(samples: &[f32]) -> Vec<Sample> {
    samples.iter().map(|&value| Sample { value, ..Sample::default() }).collect()
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
