//! Chapter 0: threads. What concurrency and parallelism are, before anything is asynchronous.

pub mod atomics;
pub mod channels;
pub mod deadlock;
pub mod overlap;
pub mod processes;
pub mod shared_state;
pub mod threads;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("overlap", "Concurrency is structure, parallelism is execution", overlap::main)
        .minutes(15),
    Lesson::new("threads", "A thread ends in a value, and join hands it over", threads::main)
        .minutes(20),
    Lesson::new("channels", "A bounded channel slows down whoever is too fast", channels::main)
        .minutes(20),
    Lesson::new("shared-state", "A lock keeps a step whole if held throughout", shared_state::main)
        .minutes(25),
    Lesson::new("atomics", "Release and Acquire publish what was written before", atomics::main)
        .minutes(25),
    Lesson::new("deadlock", "Two locks in two orders make a circle of waiting", deadlock::main)
        .minutes(20),
    Lesson::new(
        "processes",
        "A child process keeps its memory and its crash to itself",
        processes::main,
    )
    .minutes(20),
];
