//! Chapter 3: Tokio. What a runtime does for you, and what it cannot do.

pub mod fetch;
pub mod read_file;
pub mod server;
pub mod tracing;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("read-file", "Reading a file is work for another thread", read_file::main),
    Lesson::new("tracing", "An event has fields, and happens inside of spans", tracing::main),
    Lesson::new("server", "A server bounds what a client may take", server::main),
    Lesson::new("fetch", "Every wait is bounded, every answer checked", fetch::main),
];
