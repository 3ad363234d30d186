//! A parallel sum groups the numbers as it likes, so the operation must not care how.

use std::error::Error;
use std::fmt::Display;
use std::panic;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

// ANCHOR: sum
/// The total weight of parcels, in grams.
pub fn sum(grams: &[i32]) -> i64 {
    grams.iter().map(|&weight| i64::from(weight)).sum()
}

/// [`sum`], computed on the threads of the current pool.
pub fn par_sum(grams: &[i32]) -> i64 {
    grams.par_iter().map(|&weight| i64::from(weight)).sum()
}
// ANCHOR_END: sum

// ANCHOR: narrow
/// Wrong: the total of `i32`s need not fit into an `i32`.
pub fn narrow_sum(grams: &[i32]) -> i32 {
    grams.iter().sum()
}

/// [`narrow_sum`], just as wrong on the threads of the current pool.
pub fn par_narrow_sum(grams: &[i32]) -> i32 {
    grams.par_iter().sum()
}
// ANCHOR_END: narrow

// ANCHOR: checked
/// The total, or `None` if it does not fit. No weight may be negative.
pub fn checked_sum(grams: &[i32]) -> Option<i32> {
    grams.iter().copied().try_fold(0, i32::checked_add)
}

/// [`checked_sum`], computed on the threads of the current pool.
pub fn par_checked_sum(grams: &[i32]) -> Option<i32> {
    grams.par_iter().map(|&weight| Some(weight)).try_reduce(|| 0, i32::checked_add)
}
// ANCHOR_END: checked

// ANCHOR: boxed
/// The weight of parcels in a box that weighs `empty` itself.
pub fn boxed(grams: &[i32], empty: i64) -> i64 {
    grams.iter().fold(empty, |total, &weight| total + i64::from(weight))
}

/// [`boxed`], computed on the threads of the current pool.
pub fn par_boxed(grams: &[i32], empty: i64) -> i64 {
    empty + par_sum(grams)
}

/// Wrong: every piece begins with a box of its own.
pub fn par_many_boxes(grams: &[i32], empty: i64) -> i64 {
    grams.par_iter().map(|&weight| i64::from(weight)).reduce(|| empty, |a, b| a + b)
}
// ANCHOR_END: boxed

// ANCHOR: mean
/// The mean weight, or `None` of no parcels.
pub fn mean(grams: &[i32]) -> Option<f64> {
    let add = |(total, count), &weight| (total + i64::from(weight), count + 1);
    divided(grams.iter().fold((0, 0), add))
}

/// [`mean`], computed on the threads of the current pool.
pub fn par_mean(grams: &[i32]) -> Option<f64> {
    let pairs = grams.par_iter().map(|&weight| (i64::from(weight), 1));
    divided(pairs.reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1)))
}

fn divided((total, count): (i64, u32)) -> Option<f64> {
    (count > 0).then(|| total as f64 / f64::from(count))
}
// ANCHOR_END: mean

// ANCHOR: means
/// Wrong: the mean of two means is not the mean of all.
pub fn mean_of_means(grams: &[i32]) -> Option<f64> {
    grams.iter().map(|&weight| f64::from(weight)).reduce(|a, b| (a + b) / 2.0)
}

/// [`mean_of_means`], wrong in another way on the threads of the current pool.
pub fn par_mean_of_means(grams: &[i32]) -> Option<f64> {
    grams.par_iter().map(|&weight| f64::from(weight)).reduce_with(|a, b| (a + b) / 2.0)
}
// ANCHOR_END: means

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

/// Adds on 1 to 16 threads: what has to come out the same, and what does not.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mut pools = Vec::new();
    for threads in [1, 2, 4, 16] {
        pools.push(ThreadPoolBuilder::new().num_threads(threads).build()?);
    }

    let grams: Vec<i32> = (1..=65_536).collect();
    println!("total of 65,536 parcels, in grams; an i32 holds at most {}", i32::MAX);
    print_row("", ["i64", "i32", "checked"]);
    // Built without --release, the narrow sum panics instead.
    let narrow = |sum: fn(&[i32]) -> i32| {
        panic::catch_unwind(|| sum(&grams)).map_or("panicked".into(), |sum| sum.to_string())
    };
    let checked = |sum: Option<i32>| sum.map_or("overflow".into(), |sum| sum.to_string());
    let serial = [sum(&grams).to_string(), narrow(narrow_sum), checked(checked_sum(&grams))];
    print_row("serial", serial);
    print_rows(&pools, || {
        [par_sum(&grams).to_string(), narrow(par_narrow_sum), checked(par_checked_sum(&grams))]
    });

    let grams: Vec<i32> = (1..=10).map(|parcel| parcel * 100).collect();
    let known = |mean: Option<f64>| mean.expect("there are parcels");
    println!("\n10 parcels in a box of 500 g, and the mean of the parcels");
    print_row("", ["one box", "many boxes", "mean", "mean of means"]);
    let in_box = [boxed(&grams, 500) as f64; 2];
    print_row("serial", [in_box[0], in_box[1], known(mean(&grams)), known(mean_of_means(&grams))]);
    print_rows(&pools, || {
        let in_box = [par_boxed(&grams, 500), par_many_boxes(&grams, 500)].map(|sum| sum as f64);
        [in_box[0], in_box[1], known(par_mean(&grams)), known(par_mean_of_means(&grams))]
    });

    println!("\n(0.1 + 0.2) + 0.3 = {:?}", (0.1 + 0.2) + 0.3);
    println!("0.1 + (0.2 + 0.3) = {:?}", 0.1 + (0.2 + 0.3));
    let numbers: Vec<f64> = (1..=1_000_000).map(|n| 1.0 / f64::from(n)).collect();
    println!("\n1/1 + 1/2 + … + 1/1,000,000");
    print_row("", ["any pieces", "chunks of 1,000"]);
    print_row("serial", [float_sum(&numbers), chunked_sum(&numbers, 1_000)]);
    print_rows(&pools, || [par_float_sum(&numbers), par_chunked_sum(&numbers, 1_000)]);
    Ok(())
}

fn print_rows<T: Display + Send, const N: usize>(
    pools: &[ThreadPool],
    row: impl Fn() -> [T; N] + Send + Sync,
) {
    for pool in pools {
        let threads = pool.current_num_threads();
        let label = format!("{threads} thread{}", if threads == 1 { "" } else { "s" });
        print_row(&label, pool.install(&row));
    }
}

fn print_row<T: Display, const N: usize>(label: &str, cells: [T; N]) {
    let width = if N == 2 { 20 } else { 14 };
    let cells: String = cells.iter().map(|cell| format!(" {:>width$}", cell.to_string())).collect();
    println!("  {label:<10}{cells}");
}

#[cfg(test)]
mod tests;
