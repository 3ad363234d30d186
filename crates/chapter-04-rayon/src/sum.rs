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
mod tests {
    use super::*;
    use crate::testing::pool;
    use proptest::prelude::*;

    /// Eight numbers whose sum depends on the order of the additions: 1e16 + 1 is 1e16.
    const CANCELING: [f64; 8] = [1e16, 1.0, -1e16, 1.0, 0.0, 0.0, 0.0, 0.0];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whole_numbers_agree_on_any_number_of_threads(
            grams in prop::collection::vec(any::<i32>(), 0..3_000),
            positive in prop::collection::vec(0..=i32::MAX / 1_000, 0..3_000),
            empty in 0..1_000_i64,
            threads in 1_usize..=16,
        ) {
            pool(threads).install(|| {
                prop_assert_eq!(par_sum(&grams), sum(&grams));
                prop_assert_eq!(par_boxed(&grams, empty), boxed(&grams, empty));
                prop_assert_eq!(par_mean(&grams), mean(&grams));
                let total = i32::try_from(sum(&positive)).ok();
                prop_assert_eq!(checked_sum(&positive), total);
                prop_assert_eq!(par_checked_sum(&positive), total);
                Ok(())
            })?;
        }

        #[test]
        fn chunked_sums_agree_to_the_last_bit(
            numbers in prop::collection::vec(-1e12..1e12, 0..3_000),
            size in 1_usize..400,
        ) {
            let serial = chunked_sum(&numbers, size).to_bits();
            for threads in 1..=16 {
                let parallel = pool(threads).install(|| par_chunked_sum(&numbers, size));
                prop_assert_eq!(parallel.to_bits(), serial, "{} threads", threads);
            }
        }
    }

    #[test]
    fn an_i32_is_too_narrow_however_many_threads_agree() {
        let grams: Vec<i32> = (1..=65_536).collect();
        assert_eq!(sum(&grams), 2_147_516_416);
        for threads in 1..=16 {
            for sum in [narrow_sum, par_narrow_sum] {
                let sum = panic::catch_unwind(|| pool(threads).install(|| sum(&grams)));
                if cfg!(debug_assertions) {
                    assert!(sum.is_err());
                } else {
                    assert_eq!(sum.expect("unchecked"), -2_147_450_880);
                }
            }
            assert_eq!(pool(threads).install(|| par_checked_sum(&grams)), None);
        }
    }

    #[test]
    fn with_numbers_of_both_signs_the_check_depends_on_the_grouping() {
        let grams = [i32::MAX, 0, 1, -1, 0, 0, 0, 0];
        // One thread cuts the eight in two, sixteen cut them into single numbers.
        let checked = [1, 16].map(|threads| pool(threads).install(|| par_checked_sum(&grams)));
        assert_eq!(checked, [None, Some(i32::MAX)]);
        assert_eq!(checked_sum(&grams), None);
        let wide = [1, 16].map(|threads| pool(threads).install(|| par_sum(&grams)));
        assert_eq!(wide, [i64::from(i32::MAX); 2]);
    }

    #[test]
    fn an_identity_that_is_none_is_added_once_per_piece() {
        let grams = [100; 10];
        for threads in 1..=16 {
            let wrong = pool(threads).install(|| par_many_boxes(&grams, 500));
            let boxes = (wrong - 1_000) / 500;
            assert!((2..=10).contains(&boxes), "{threads} threads: {boxes} boxes");
            assert_eq!(wrong, 1_000 + boxes * 500);
        }
        // One thread cuts the ten in two, sixteen cut them into single numbers.
        let wrong = [1, 16].map(|threads| pool(threads).install(|| par_many_boxes(&grams, 500)));
        assert_eq!(wrong, [1_000 + 2 * 500, 1_000 + 10 * 500]);
    }

    #[test]
    fn a_mean_of_means_depends_on_the_grouping() {
        let grams = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000];
        let parallel = |threads| pool(threads).install(|| par_mean_of_means(&grams));
        let wrong = [mean_of_means(&grams), parallel(1), parallel(16)];
        assert!(wrong[0] != wrong[1] && wrong[1] != wrong[2], "{wrong:?}");
        assert_eq!(mean(&grams), Some(550.0));
        assert!(!wrong.contains(&Some(550.0)), "{wrong:?}");
        assert_eq!((mean(&[]), par_mean(&[])), (None, None));
    }

    #[test]
    fn floats_in_any_pieces_depend_on_the_number_of_threads() {
        let sums = [1, 16].map(|threads| pool(threads).install(|| par_float_sum(&CANCELING)));
        assert_eq!(sums, [1.0, 0.0]);
        assert_eq!(float_sum(&CANCELING), 1.0);
    }

    #[test]
    fn floats_in_chunks_depend_on_the_size_alone() {
        for threads in 1..=16 {
            let sums =
                pool(threads).install(|| [4, 2].map(|size| par_chunked_sum(&CANCELING, size)));
            assert_eq!(sums, [1.0, 0.0], "{threads} threads");
        }
    }
}
