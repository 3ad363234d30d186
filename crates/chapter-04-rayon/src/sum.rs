//! The result must not depend on the grouping.
//!
//! Rayon groups the numbers as it likes, so the operation has to be
//! associative, with an identity.

// ANCHOR: program
use std::error::Error;
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
    grams
        .par_iter()
        .map(|&weight| Some(weight))
        .try_reduce(|| 0, i32::checked_add)
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
    grams
        .par_iter()
        .map(|&weight| i64::from(weight))
        .reduce(|| empty, |a, b| a + b)
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
    grams
        .par_iter()
        .map(|&weight| f64::from(weight))
        .reduce_with(|a, b| (a + b) / 2.0)
}
// ANCHOR_END: means

/// Adds on 1 to 16 threads: what has to come out the same, and what does not.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mut pools = Vec::new();
    for threads in [1, 2, 4, 16] {
        pools.push(ThreadPoolBuilder::new().num_threads(threads).build()?);
    }

    let grams: Vec<i32> = (1..=65_536).collect();
    println!(
        "total of 65,536 parcels, in grams; an i32 holds at most {}",
        i32::MAX
    );
    print_totals(&pools, &grams);

    let grams: Vec<i32> = (1..=10).map(|parcel| parcel * 100).collect();
    println!("\n10 parcels in a box of 500 g, and the mean of the parcels");
    print_boxes_and_means(&pools, &grams);
    Ok(())
}

fn print_totals(pools: &[ThreadPool], grams: &[i32]) {
    // Built without --release, the narrow sum panics instead: `!`.
    let narrow = |sum: fn(&[i32]) -> i32| {
        panic::catch_unwind(|| sum(grams))
            .map_or("!".into(), |sum| sum.to_string())
    };
    let checked =
        |sum: Option<i32>| sum.map_or("overflow".into(), |sum| sum.to_string());
    let row = |way: String, wide: i64, narrow: String, checked: String| {
        println!("  {way:<10}  {wide:>10}  {narrow:>11}  {checked:>8}");
    };
    println!("  {:<10}  {:>10}  {:>11}  {:>8}", "", "i64", "i32", "checked");
    row(
        "serial".into(),
        sum(grams),
        narrow(narrow_sum),
        checked(checked_sum(grams)),
    );
    for pool in pools {
        pool.install(|| {
            row(
                threads(),
                par_sum(grams),
                narrow(par_narrow_sum),
                checked(par_checked_sum(grams)),
            );
        });
    }
}

fn print_boxes_and_means(pools: &[ThreadPool], grams: &[i32]) {
    let row = |way: String, boxes: [i64; 2], means: [Option<f64>; 2]| {
        let [one, many] = boxes;
        let [mean, of_means] =
            means.map(|mean| mean.expect("there are parcels"));
        println!(
            "  {way:<10}  {one:>7}  {many:>10}  {mean:>4}  {of_means:>13}"
        );
    };
    println!(
        "  {:<10}  {:>7}  {:>10}  {:>4}  {:>13}",
        "", "one box", "many boxes", "mean", "mean of means"
    );
    row(
        "serial".into(),
        [boxed(grams, 500); 2],
        [mean(grams), mean_of_means(grams)],
    );
    for pool in pools {
        pool.install(|| {
            let boxes = [par_boxed(grams, 500), par_many_boxes(grams, 500)];
            row(threads(), boxes, [par_mean(grams), par_mean_of_means(grams)]);
        });
    }
}

/// The number of threads of the current pool, in words.
fn threads() -> String {
    match rayon::current_num_threads() {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
