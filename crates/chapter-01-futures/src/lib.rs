//! Chapter 1: futures. What waits, who polls it, and who wakes it.

pub mod hello;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[Lesson::new("hello", "Hello", hello::main)];
