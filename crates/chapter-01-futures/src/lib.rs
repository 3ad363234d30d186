//! Chapter 1: futures. What waits, who polls it, and who wakes it.

pub mod hello;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] =
    &[Lesson::new("hello", "An async fn in a trait needs no box, except behind dyn", hello::main)];
