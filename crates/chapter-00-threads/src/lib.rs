//! Chapter 0: threads. What concurrency and parallelism are, before anything is asynchronous.

pub mod atomics;
pub mod channels;
pub mod overlap;
pub mod processes;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("overlap", "Concurrency is structure, parallelism is execution", overlap::main),
    Lesson::new("channels", "A bounded channel slows down who is too fast", channels::main),
    Lesson::new("atomics", "Release and Acquire publish what was written before", atomics::main),
    Lesson::new(
        "processes",
        "A child process keeps its memory and its crash to itself",
        processes::main,
    ),
];
