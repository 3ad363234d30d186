//! Chapter 3: Tokio. What a runtime does for you, and what it cannot do.

pub mod blocking;
pub mod channels;
pub mod limits;
pub mod read_file;
pub mod shutdown;
#[cfg(test)]
mod testing;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("read-file", "Reading a file is work for another thread", read_file::main),
    Lesson::new("shutdown", "Take nothing new, finish what was begun, report", shutdown::main),
    Lesson::new("channels", "Choose a channel by who must get which value", channels::main),
    Lesson::new("limits", "A fan-out needs a bound, however long the list", limits::main),
    Lesson::new("blocking", "A blocked worker stops all its tasks", blocking::main),
];
