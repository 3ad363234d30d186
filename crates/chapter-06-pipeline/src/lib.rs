//! Chapter 6.

pub mod program;

/// The chapter's lessons in reading order.
pub const LESSONS: &[lessons::Lesson] = &[];
