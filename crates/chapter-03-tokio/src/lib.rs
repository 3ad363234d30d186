//! Chapter 3: Tokio. What a runtime does for you, and what it cannot do.

pub mod async_lock;
pub mod cost;
pub mod errors;
pub mod read_file;
pub mod runtimes;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("read-file", "Reading a file is work for another thread", read_file::main),
    Lesson::new("runtimes", "A runtime runs many tasks on few threads", runtimes::main),
    Lesson::new("cost", "A task costs what it holds, and little time in bulk", cost::main),
    Lesson::new("async-lock", "A lock across an await is awaited itself", async_lock::main),
    Lesson::new("errors", "An error reaches whoever decides, and the exit code", errors::main),
];
