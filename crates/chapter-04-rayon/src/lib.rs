//! Chapter 4: Rayon. One job over much data, on every core.

pub mod bandwidth;
pub mod deadlock;
pub mod picture;
pub mod pools;
pub mod squares;
#[cfg(test)]
mod testing;
pub mod versus_tokio;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("squares", "Parallel pays from a certain size", squares::main),
    Lesson::new("pools", "A pool has a size, names, and an answer to panics", pools::main),
    Lesson::new("bandwidth", "Cores compute, and share one memory", bandwidth::main),
    Lesson::new("picture", "Who drew which tile", picture::main),
    Lesson::new("versus-tokio", "Tokio computes as fast, and nobody else runs", versus_tokio::main),
    Lesson::new("deadlock", "Compute first, lock after", deadlock::main),
];
