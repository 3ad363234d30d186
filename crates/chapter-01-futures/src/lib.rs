//! Chapter 1: futures. What a call of an `async fn` returns, when it runs, and how it is polled.

pub mod executor;
pub mod hello;
pub mod lazy;
pub mod poll;
pub mod waker;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("hello", "An async fn in a trait needs no box, except behind dyn", hello::main),
    Lesson::new("lazy", "A future does nothing before its first poll", lazy::main),
    Lesson::new("poll", "A future that waits is woken, and sleeps in no poll", poll::main),
    Lesson::new("waker", "Who keeps no waker is never polled again", waker::main),
    Lesson::new(
        "executor",
        "An executor polls what is woken, and sleeps when nothing is",
        executor::main,
    ),
];
