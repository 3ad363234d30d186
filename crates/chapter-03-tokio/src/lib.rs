//! Chapter 3: Tokio. What a runtime does for you, and what it cannot do.

pub mod join;
pub mod read_file;
pub mod select;
pub mod spawn;
pub mod timeout;
pub mod try_join;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("read-file", "Reading a file is work for another thread", read_file::main),
    Lesson::new("join", "join! waits for several at once and works on one at a time", join::main),
    Lesson::new("spawn", "A task runs on its own, and its handle says how it ended", spawn::main),
    Lesson::new(
        "try-join",
        "The first error ends the rest, if the rest is yours to end",
        try_join::main,
    ),
    Lesson::new("timeout", "A timeout bounds a wait, and drops what it waited for", timeout::main),
    Lesson::new("select", "select! drops the branches that lose: keep their futures", select::main),
];
