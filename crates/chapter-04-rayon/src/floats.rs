//! Floats add up the same once you fix the grouping.
//!
//! Every addition rounds, so a sum depends on what is added to what.

// ANCHOR: program
use std::error::Error;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

// ANCHOR: float_sum
/// The numbers added from left to right.
pub fn float_sum(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

/// The numbers added in the order in which the pieces happen to be cut.
pub fn par_float_sum(numbers: &[f64]) -> f64 {
    numbers.par_iter().sum()
}
// ANCHOR_END: float_sum

// ANCHOR: chunked
/// The sums of chunks of `size` numbers, added from left to right.
///
/// # Panics
/// If `size` is 0.
pub fn chunked_sum(numbers: &[f64], size: usize) -> f64 {
    numbers.chunks(size).map(float_sum).sum()
}

/// [`chunked_sum`] to the last bit, on however many threads.
///
/// # Panics
/// If `size` is 0.
pub fn par_chunked_sum(numbers: &[f64], size: usize) -> f64 {
    let sums: Vec<f64> = numbers.par_chunks(size).map(float_sum).collect();
    float_sum(&sums)
}
// ANCHOR_END: chunked

/// Adds a million fractions on 1 to 16 threads, in any pieces and in fixed
/// chunks.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!("(0.1 + 0.2) + 0.3 = {:?}", (0.1 + 0.2) + 0.3);
    println!("0.1 + (0.2 + 0.3) = {:?}\n", 0.1 + (0.2 + 0.3));

    let numbers: Vec<f64> =
        (1..=1_000_000).map(|n| 1.0 / f64::from(n)).collect();
    println!("1/1 + 1/2 + … + 1/1,000,000");
    println!(
        "  {:<8} {:>18} {:>18}",
        "threads", "any pieces", "chunks of 1,000"
    );
    let (any, chunked) = (float_sum(&numbers), chunked_sum(&numbers, 1_000));
    println!("  {:<8} {any:>18} {chunked:>18}", "serial");
    for threads in [1, 2, 4, 16] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let sums =
            || (par_float_sum(&numbers), par_chunked_sum(&numbers, 1_000));
        let (any, chunked) = pool.install(sums);
        println!("  {threads:<8} {any:>18} {chunked:>18}");
    }
    Ok(())
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
