//! `fold` gives each piece of the work an accumulator of its own, so nobody waits for a lock.

use std::error::Error;
use std::hint::black_box;
use std::iter::successors;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use tracing::info_span;

// ANCHOR: tally
/// How many candidates there are.
pub const CANDIDATES: usize = 4;

/// The votes for each candidate.
pub type Tally = [u64; CANDIDATES];

/// A ballot box.
#[derive(Clone, Debug)]
pub struct BallotBox {
    /// Which one it is.
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
    /// How often the lock was taken to change it.
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

// ANCHOR: measure
/// The fastest of `rounds` rounds for each way. In each round all take a turn, so that a busy
/// moment hits all alike.
pub fn measure<const N: usize>(rounds: usize, ways: [&(dyn Fn() + Sync); N]) -> [Duration; N] {
    let mut fastest = [Duration::MAX; N];
    for _ in 0..rounds {
        for (way, fastest) in ways.iter().zip(&mut fastest) {
            let start = Instant::now();
            way();
            *fastest = start.elapsed().min(*fastest);
        }
    }
    fastest
}
// ANCHOR_END: measure

/// Counts the same ballots on one thread, into one locked tally, and into a tally per piece.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    let boxes: Vec<BallotBox> = (0..8).map(|number| filled(number, 250_000)).collect();

    let timeline = lessons::timeline("one thread, one tally");
    let serial = tally(&boxes);
    timeline.draw();
    println!("votes: {serial:?}\n");

    let timeline = lessons::timeline("a lock per vote: all threads busy, mostly with the lock");
    let shared = pool.install(|| par_tally_locked(&boxes));
    timeline.draw();
    println!("votes: {:?}; the lock was taken {} times\n", shared.tally, shared.locked);

    let timeline = lessons::timeline("fold: a tally per piece, no lock");
    let tallies: Vec<Tally> = pool.install(|| par_tallies(&boxes).collect());
    timeline.draw();
    for tally in &tallies {
        println!("       {tally:?}");
    }
    let total = tallies.iter().copied().fold(Tally::default(), merged);
    println!("votes: {total:?}; merged from {} tallies\n", tallies.len());

    let serial = || _ = black_box(tally(black_box(&boxes)));
    let folded = || _ = black_box(par_tally(black_box(&boxes)));
    let locked = || _ = black_box(par_tally_locked(black_box(&boxes)));
    let times = pool.install(|| measure(15, [&serial, &folded, &locked, &serial]));
    println!("fastest of 15 rounds, on {} threads", pool.current_num_threads());
    for (way, time) in
        ["one thread", "fold", "a lock per vote", "one thread again"].iter().zip(times)
    {
        println!("  {way:<16} {:>8.2} ms", time.as_secs_f64() * 1e3);
    }
    println!("(if fold is no faster than one thread, other programs had the cores)");
    Ok(())
}

/// A box of votes. The same each time for the same number.
fn filled(number: u32, votes: usize) -> BallotBox {
    let vote = |random| (random % CANDIDATES as u32) as u8;
    BallotBox { number, votes: random(number).map(vote).take(votes).collect() }
}

/// Numbers that look random, for votes and the like. The same each time for the same seed.
pub(crate) fn random(seed: u32) -> impl Iterator<Item = u32> {
    // A linear congruential generator. Its low bits repeat themselves soon, so they are left out.
    let next = |&last: &u32| Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    successors(Some(seed), next).skip(1).map(|state| state >> 16)
}

#[cfg(test)]
mod tests;
