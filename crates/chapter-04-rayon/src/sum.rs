//! The result must not depend on the grouping.
//!
//! Rayon groups the numbers as it likes, so the operation has to be associative, with an identity.

use std::error::Error;
use std::panic;

use lessons::measure::Table;
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

/// Adds on 1 to 16 threads: what has to come out the same, and what does not.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mut pools = Vec::new();
    for threads in [1, 2, 4, 16] {
        pools.push(ThreadPoolBuilder::new().num_threads(threads).build()?);
    }

    let grams: Vec<i32> = (1..=65_536).collect();
    println!("total of 65,536 parcels, in grams; an i32 holds at most {}", i32::MAX);
    print!("{}", totals(&pools, &grams));

    let grams: Vec<i32> = (1..=10).map(|parcel| parcel * 100).collect();
    println!("\n10 parcels in a box of 500 g, and the mean of the parcels");
    print!("{}", boxes_and_means(&pools, &grams));
    Ok(())
}

fn totals(pools: &[ThreadPool], grams: &[i32]) -> Table<4> {
    // Built without --release, the narrow sum panics instead.
    let _hidden = lessons::hide_panics(|_, message| message == "attempt to add with overflow");
    let narrow = |sum: fn(&[i32]) -> i32| {
        panic::catch_unwind(|| sum(grams)).map_or("panicked".into(), |sum| sum.to_string())
    };
    let checked = |sum: Option<i32>| sum.map_or("overflow".into(), |sum| sum.to_string());
    let mut table = Table::new(["", "i64", "i32", "checked"]);
    let serial = sum(grams).to_string();
    table.row(["serial".into(), serial, narrow(narrow_sum), checked(checked_sum(grams))]);
    for pool in pools {
        table.row(pool.install(|| {
            let sum = par_sum(grams).to_string();
            [threads(), sum, narrow(par_narrow_sum), checked(par_checked_sum(grams))]
        }));
    }
    table
}

fn boxes_and_means(pools: &[ThreadPool], grams: &[i32]) -> Table<5> {
    let known = |mean: Option<f64>| mean.expect("there are parcels").to_string();
    let mut table = Table::new(["", "one box", "many boxes", "mean", "mean of means"]);
    let in_box = boxed(grams, 500).to_string();
    let [mean, of_means] = [mean, mean_of_means].map(|way| known(way(grams)));
    table.row(["serial".into(), in_box.clone(), in_box, mean, of_means]);
    for pool in pools {
        table.row(pool.install(|| {
            let [one, many] = [par_boxed, par_many_boxes].map(|way| way(grams, 500).to_string());
            let [mean, of_means] = [par_mean, par_mean_of_means].map(|way| known(way(grams)));
            [threads(), one, many, mean, of_means]
        }));
    }
    table
}

/// The number of threads of the current pool, in words.
fn threads() -> String {
    match rayon::current_num_threads() {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    }
}

#[cfg(test)]
mod tests;
