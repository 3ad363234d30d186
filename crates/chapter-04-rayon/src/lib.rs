//! To be written.

/// The chapter's lessons in reading order.
pub const LESSONS: &[lessons::Lesson] = &[];
