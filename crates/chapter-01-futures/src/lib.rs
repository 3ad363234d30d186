//! Chapter 1: futures. What a call of an `async fn` returns, and when it needs a box.

pub mod hello;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] =
    &[Lesson::new("hello", "An async fn in a trait needs no box, except behind dyn", hello::main)];
