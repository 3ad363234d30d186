//! Chapter 4: Rayon. One job over much data, on every core.

pub mod deadlock;
pub mod pools;
pub mod squares;
pub mod versus_tokio;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("squares", "Parallel pays from a certain size", squares::main),
    Lesson::new("pools", "A pool has a size, names, and an answer to panics", pools::main),
    Lesson::new("versus-tokio", "Tokio computes as fast, and nobody else runs", versus_tokio::main),
    Lesson::new("deadlock", "Compute first, lock after", deadlock::main),
];
