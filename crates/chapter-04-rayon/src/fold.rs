//! One accumulator per piece, not a lock per item.

// ANCHOR: program
use std::error::Error;
use std::iter::successors;
use std::sync::Mutex;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: tally
/// The number of zones that parcels go to.
pub const ZONES: usize = 4;

/// The number of parcels for each zone.
pub type Tally = [u64; ZONES];

/// A depot, and the parcels that lie there.
#[derive(Clone, Debug)]
pub struct Depot {
    /// Its own number.
    pub number: u32,
    /// The zone that each parcel goes to: 0, 1, 2 or 3.
    pub parcels: Vec<u8>,
}

/// Counts all parcels by zone, one depot after another.
///
/// # Panics
/// If there is no such zone. The other ways to count panic then, too.
pub fn tally(depots: &[Depot]) -> Tally {
    depots.iter().fold(Tally::default(), counted)
}

/// The tally with the parcels of one more depot.
fn counted(mut tally: Tally, depot: &Depot) -> Tally {
    info_span!("count", depot = depot.number).in_scope(|| {
        for &zone in &depot.parcels {
            tally[usize::from(zone)] += 1;
        }
    });
    tally
}
// ANCHOR_END: tally

// ANCHOR: par_tally
/// A tally for each piece into which Rayon cuts the row of depots.
pub fn par_tallies(depots: &[Depot]) -> impl ParallelIterator<Item = Tally> {
    depots.par_iter().fold(Tally::default, counted)
}

/// Counts all parcels by zone, on the threads of the current pool.
pub fn par_tally(depots: &[Depot]) -> Tally {
    par_tallies(depots).reduce(Tally::default, merged)
}

/// Two tallies as one. Associative, and an empty tally changes nothing.
fn merged(a: Tally, b: Tally) -> Tally {
    std::array::from_fn(|zone| a[zone] + b[zone])
}
// ANCHOR_END: par_tally

// ANCHOR: shared
/// One tally for all threads.
#[derive(Debug, Default)]
pub struct Shared {
    /// The parcels so far.
    pub tally: Tally,
    /// The number of times the lock was taken to change it.
    pub locked: u64,
}

/// Wrong: counts all parcels into one tally, and locks it for each of them.
pub fn par_tally_locked(depots: &[Depot]) -> Shared {
    let shared = Mutex::new(Shared::default());
    depots.par_iter().for_each(|depot| {
        info_span!("count", depot = depot.number).in_scope(|| {
            for &zone in &depot.parcels {
                let mut shared =
                    shared.lock().expect("nobody panics with the lock");
                shared.locked += 1;
                shared.tally[usize::from(zone)] += 1;
            }
        });
    });
    shared.into_inner().expect("nobody panicked with the lock")
}
// ANCHOR_END: shared

/// Counts the same parcels on one thread, into one locked tally, and into a
/// tally per piece.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    let depots: Vec<Depot> =
        (0..8).map(|number| filled(number, 250_000)).collect();

    let timeline = timeline::timeline("one thread, one tally");
    let serial = tally(&depots);
    timeline.draw();
    println!("parcels by zone: {serial:?}\n");

    let timeline = timeline::timeline(
        "a lock per parcel: all threads busy, mostly with the lock",
    );
    let shared = pool.install(|| par_tally_locked(&depots));
    timeline.draw();
    println!(
        "parcels by zone: {:?}; the lock was taken {} times\n",
        shared.tally, shared.locked
    );

    let timeline = timeline::timeline("fold: a tally per piece, no lock");
    let tallies: Vec<Tally> = pool.install(|| par_tallies(&depots).collect());
    timeline.draw();
    for tally in &tallies {
        println!("                 {tally:?}");
    }
    let total = tallies.iter().copied().fold(Tally::default(), merged);
    println!(
        "parcels by zone: {total:?}; merged from {} tallies",
        tallies.len()
    );
    Ok(())
}

/// A depot with parcels. The same each time for the same number.
pub fn filled(number: u32, parcels: usize) -> Depot {
    let zone = |random| (random % ZONES as u32) as u8;
    Depot { number, parcels: random(number).map(zone).take(parcels).collect() }
}

/// Numbers that look random, for zones and the like. The same each time for the
/// same seed.
fn random(seed: u32) -> impl Iterator<Item = u32> {
    // A linear congruential generator. Its low bits repeat themselves soon, so
    // they are left out.
    let next = |&last: &u32| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    };
    successors(Some(seed), next).skip(1).map(|state| state >> 16)
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
