//! Chapter 4: Rayon. One job over much data, on every core.

pub mod pools;
pub mod squares;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("squares", "Parallel pays from a certain size", squares::main),
    Lesson::new("pools", "A pool has a size, names, and an answer to panics", pools::main),
];
