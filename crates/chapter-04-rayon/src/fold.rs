//! One accumulator per piece, not a lock per item.

// ANCHOR: program
use std::error::Error;
use std::iter::successors;
use std::sync::Mutex;

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: tally
/// The number of candidates.
pub const CANDIDATES: usize = 4;

/// The votes for each candidate.
pub type Tally = [u64; CANDIDATES];

/// A ballot box.
#[derive(Clone, Debug)]
pub struct BallotBox {
    /// Its own number.
    pub number: u32,
    /// The index of a candidate for each ballot.
    pub votes: Vec<u8>,
}

/// Counts all votes, one box after another.
///
/// # Panics
/// If a vote is for nobody. So do the other ways to count.
pub fn tally(boxes: &[BallotBox]) -> Tally {
    boxes.iter().fold(Tally::default(), counted)
}

/// The tally with the votes of one more box.
fn counted(mut tally: Tally, one: &BallotBox) -> Tally {
    info_span!("count", box = one.number).in_scope(|| {
        for &vote in &one.votes {
            tally[usize::from(vote)] += 1;
        }
    });
    tally
}
// ANCHOR_END: tally

// ANCHOR: par_tally
/// A tally for each piece into which Rayon cuts the row of boxes.
pub fn par_tallies(boxes: &[BallotBox]) -> impl ParallelIterator<Item = Tally> {
    boxes.par_iter().fold(Tally::default, counted)
}

/// Counts all votes on the threads of the current pool.
pub fn par_tally(boxes: &[BallotBox]) -> Tally {
    par_tallies(boxes).reduce(Tally::default, merged)
}

/// Two tallies as one. Associative, and an empty tally changes nothing.
fn merged(a: Tally, b: Tally) -> Tally {
    std::array::from_fn(|candidate| a[candidate] + b[candidate])
}
// ANCHOR_END: par_tally

// ANCHOR: shared
/// One tally for all threads.
#[derive(Debug, Default)]
pub struct Shared {
    /// The votes so far.
    pub tally: Tally,
    /// The number of times the lock was taken to change it.
    pub locked: u64,
}

/// Wrong: counts all votes into one tally, and locks it for each of them.
pub fn par_tally_locked(boxes: &[BallotBox]) -> Shared {
    let shared = Mutex::new(Shared::default());
    boxes.par_iter().for_each(|one| {
        info_span!("count", box = one.number).in_scope(|| {
            for &vote in &one.votes {
                let mut shared = shared.lock().expect("nobody panics with the lock");
                shared.locked += 1;
                shared.tally[usize::from(vote)] += 1;
            }
        });
    });
    shared.into_inner().expect("nobody panicked with the lock")
}
// ANCHOR_END: shared

/// Counts the same ballots on one thread, into one locked tally, and into a tally per piece.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    let boxes: Vec<BallotBox> = (0..8).map(|number| filled(number, 250_000)).collect();

    let timeline = timeline::timeline("one thread, one tally");
    let serial = tally(&boxes);
    timeline.draw();
    println!("votes: {serial:?}\n");

    let timeline = timeline::timeline("a lock per vote: all threads busy, mostly with the lock");
    let shared = pool.install(|| par_tally_locked(&boxes));
    timeline.draw();
    println!("votes: {:?}; the lock was taken {} times\n", shared.tally, shared.locked);

    let timeline = timeline::timeline("fold: a tally per piece, no lock");
    let tallies: Vec<Tally> = pool.install(|| par_tallies(&boxes).collect());
    timeline.draw();
    for tally in &tallies {
        println!("       {tally:?}");
    }
    let total = tallies.iter().copied().fold(Tally::default(), merged);
    println!("votes: {total:?}; merged from {} tallies", tallies.len());
    Ok(())
}

/// A box of votes. The same each time for the same number.
pub fn filled(number: u32, votes: usize) -> BallotBox {
    let vote = |random| (random % CANDIDATES as u32) as u8;
    BallotBox { number, votes: random(number).map(vote).take(votes).collect() }
}

/// Numbers that look random, for votes and the like. The same each time for the same seed.
fn random(seed: u32) -> impl Iterator<Item = u32> {
    // A linear congruential generator. Its low bits repeat themselves soon, so they are left out.
    let next = |&last: &u32| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    successors(Some(seed), next).skip(1).map(|state| state >> 16)
}
// ANCHOR_END: program

pub mod figures;
#[cfg(test)]
mod tests;
