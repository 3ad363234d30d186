//! Chapter 5: DashMap. Maps that threads share, and what their locks cost.

pub mod one_lock;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] =
    &[Lesson::new("one-lock", "One lock is enough if you hold it briefly", one_lock::main)];
