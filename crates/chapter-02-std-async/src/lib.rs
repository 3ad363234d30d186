//! Chapter 2: async with the standard library alone.

pub mod async_fn;
pub mod read_file;
pub mod tasks;
pub mod timeout;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("async-fn", "What async fn returns", async_fn::main),
    Lesson::new("read-file", "A file is read by a thread that hands it back", read_file::main),
    Lesson::new("tasks", "One thread keeps the time for all tasks", tasks::main),
    Lesson::new("timeout", "A timeout drops the work that was too slow", timeout::main),
];
