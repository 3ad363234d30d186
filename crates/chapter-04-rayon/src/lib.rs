//! Chapter 4: Rayon. One job over much data, on every core.

pub mod bandwidth;
pub mod deadlock;
pub mod fold;
pub mod granularity;
pub mod join;
pub mod picture;
pub mod pools;
pub mod scope;
pub mod squares;
pub mod sum;
#[cfg(test)]
mod testing;
pub mod versus_tokio;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("squares", "Parallel pays from a certain size", squares::main).minutes(20),
    Lesson::new("sum", "An operation that may be grouped in any way", sum::main).minutes(25),
    Lesson::new("fold", "One accumulator per piece, not a lock per item", fold::main).minutes(20),
    Lesson::new("join", "Divide and conquer, down to a cutoff", join::main).minutes(25),
    Lesson::new("scope", "Tasks that borrow, and spawn more tasks", scope::main).minutes(25),
    Lesson::new("pools", "A pool has a size, names, and an answer to panics", pools::main)
        .minutes(25),
    Lesson::new("granularity", "Uneven work, and pieces to steal", granularity::main).minutes(20),
    Lesson::new("bandwidth", "Cores compute, and share one memory", bandwidth::main).minutes(25),
    Lesson::new("picture", "Who drew which tile", picture::main).minutes(20),
    Lesson::new("versus-tokio", "Tokio computes as fast, and nobody else runs", versus_tokio::main)
        .minutes(25),
    Lesson::new("deadlock", "Compute first, lock after", deadlock::main).minutes(20),
];
