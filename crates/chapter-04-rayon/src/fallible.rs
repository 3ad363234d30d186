//! The first error ends the work, a panic does not.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

// ANCHOR: scale
/// A scale for parcels. It counts how often it was used.
#[derive(Debug, Default)]
pub struct Scale {
    weighed: AtomicUsize,
}

impl Scale {
    /// The weight of a parcel in grams, or an error if it has no weight.
    pub fn weigh(&self, parcel: &Parcel) -> Result<u32, NoWeight> {
        self.weighed.fetch_add(1, Ordering::Relaxed);
        parcel.grams.ok_or(NoWeight { number: parcel.number })
    }
}
// ANCHOR_END: scale

// ANCHOR: collect
/// The weights of all parcels in order, or one of the errors.
pub fn weights(
    scale: &Scale,
    parcels: &[Parcel],
) -> Result<Vec<u32>, NoWeight> {
    parcels.par_iter().map(|parcel| scale.weigh(parcel)).collect()
}

/// Whether all parcels have a weight: the same where nobody needs the values.
pub fn check(scale: &Scale, parcels: &[Parcel]) -> Result<(), NoWeight> {
    parcels.par_iter().try_for_each(|parcel| scale.weigh(parcel).map(|_| ()))
}
// ANCHOR_END: collect

// ANCHOR: unwrap
/// Wrong: a parcel without a weight is a panic.
pub fn weights_or_panic(scale: &Scale, parcels: &[Parcel]) -> Vec<u32> {
    parcels.par_iter().map(|parcel| scale.weigh(parcel).unwrap()).collect()
}
// ANCHOR_END: unwrap

// ANCHOR: all
/// The errors of all parcels, in order.
pub fn errors(scale: &Scale, parcels: &[Parcel]) -> Vec<NoWeight> {
    parcels.par_iter().filter_map(|parcel| scale.weigh(parcel).err()).collect()
}
// ANCHOR_END: all

// ANCHOR: find
/// A parcel of more than `grams`, whichever is found.
pub fn any_above<'a>(
    scale: &Scale,
    parcels: &'a [Parcel],
    grams: u32,
) -> Option<&'a Parcel> {
    parcels
        .par_iter()
        .find_any(|parcel| scale.weigh(parcel).is_ok_and(|it| it > grams))
}

/// The first parcel of more than `grams`: the one that `find` of a plain
/// iterator returns.
pub fn first_above<'a>(
    scale: &Scale,
    parcels: &'a [Parcel],
    grams: u32,
) -> Option<&'a Parcel> {
    parcels
        .par_iter()
        .find_first(|parcel| scale.weigh(parcel).is_ok_and(|it| it > grams))
}
// ANCHOR_END: find

/// Weighs parcels, one of which has no weight, and looks for a heavy one.
pub fn main() -> Result<(), Box<dyn Error>> {
    let mut parcels: Vec<Parcel> = (0..1_000_000)
        .map(|number| Parcel { number, grams: Some(500) })
        .collect();
    parcels[400_000].grams = Some(25_000);
    parcels[510_000].grams = Some(30_000);
    let counted = |scale: Scale, found: String| {
        println!("{:>9} weighed   {found}", scale.weighed.into_inner());
    };

    println!("one million parcels, two above 20 kg");
    let scale = Scale::default();
    let found =
        first_above(&scale, &parcels, 20_000).map(|parcel| parcel.number);
    counted(scale, format!("find_first: {found:?}"));
    let scale = Scale::default();
    let found = any_above(&scale, &parcels, 20_000).map(|parcel| parcel.number);
    counted(scale, format!("find_any: {found:?}"));

    parcels[200_000].grams = None;
    println!("\nnumber 200000 has no weight");
    let scale = Scale::default();
    let found = weights(&scale, &parcels).map(|weights| weights.len());
    counted(scale, format!("collect: {found:?}"));
    let scale = Scale::default();
    let found = check(&scale, &parcels);
    counted(scale, format!("try_for_each: {found:?}"));
    let scale = Scale::default();
    let found =
        panic::catch_unwind(|| weights_or_panic(&scale, &parcels).len());
    counted(
        scale,
        format!(
            "unwrap: {}",
            if found.is_err() { "a panic" } else { "no panic" }
        ),
    );

    parcels[800_000].grams = None;
    println!("\nnumber 800000 has none either");
    let scale = Scale::default();
    let found = errors(&scale, &parcels);
    counted(scale, format!("filter_map: {found:?}"));
    Ok(())
}

/// A parcel. One without a weight was damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parcel {
    number: usize,
    grams: Option<u32>,
}

/// The error of a parcel that has no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWeight {
    number: usize,
}

impl fmt::Display for NoWeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parcel {} has no weight", self.number)
    }
}

impl Error for NoWeight {}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
