//! Chapter 1: futures. What a call of an `async fn` returns, when it runs, and how it is polled.

pub mod cancel;
pub mod combinators;
pub mod executor;
pub mod hello;
pub mod lazy;
pub mod pin;
pub mod poll;
pub mod waker;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("hello", "Hello, world, from an async fn in a trait", hello::main).minutes(10),
    Lesson::new("lazy", "A future does nothing before its first poll", lazy::main).minutes(10),
    Lesson::new("poll", "A future that waits is woken, and sleeps in no poll", poll::main)
        .minutes(20),
    Lesson::new("waker", "A future that keeps no waker is never polled again", waker::main)
        .minutes(15),
    Lesson::new(
        "executor",
        "An executor polls what is woken, and sleeps when nothing is",
        executor::main,
    )
    .minutes(30),
    Lesson::new(
        "combinators",
        "One future of many: all, a few at a time, or the first",
        combinators::main,
    )
    .minutes(20),
    Lesson::new("pin", "A future that was polled must not move", pin::main).minutes(20),
    Lesson::new("cancel", "Dropping a future stops it at an await", cancel::main).minutes(20),
];
