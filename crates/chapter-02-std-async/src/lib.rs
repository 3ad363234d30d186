//! Chapter 2: async with the standard library alone.

pub mod async_fn;
pub mod channel;
pub mod reactor;
pub mod read_file;
pub mod tasks;
pub mod timeout;
pub mod traits;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("async-fn", "What async fn returns", async_fn::main).minutes(20),
    Lesson::new("read-file", "A file is read by a thread that hands it back", read_file::main)
        .minutes(20),
    Lesson::new("tasks", "One thread keeps the time for all tasks", tasks::main).minutes(25),
    Lesson::new("timeout", "A timeout drops the work that was too slow", timeout::main).minutes(20),
    Lesson::new("channel", "A oneshot channel by hand", channel::main).minutes(20),
    Lesson::new("traits", "A trait says what callers need of its futures", traits::main)
        .minutes(20),
    Lesson::new("reactor", "One thread, many sockets", reactor::main).minutes(25),
];
