//! Chapter 3: Tokio. Tasks on a runtime, and what the runtime does for them.

pub mod read_file;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] =
    &[Lesson::new("read-file", "Reading a file is work for another thread", read_file::main)];
