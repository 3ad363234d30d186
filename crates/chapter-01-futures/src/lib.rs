//! Chapter 1: futures. What a call of an `async fn` returns, when it runs, and
//! how it is polled.

pub mod async_trait;
pub mod block_on;
pub mod cancel;
pub mod cleanup;
pub mod combinators;
pub mod executor;
pub mod first;
pub mod hello;
pub mod lazy;
pub mod pin;
pub mod poll;
pub mod recursion;
pub mod stale_waker;
pub mod state_machine;
pub mod waker;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new(
        "first",
        "While one future waits for its answer, another goes on",
        first::main,
    )
    .minutes(10)
    .on_first_path(),
    Lesson::new(
        "lazy",
        "A future does nothing before its first poll",
        lazy::main,
    )
    .minutes(10)
    .exercises(&["fire_the_kiln"])
    .after(&["first", "chapter-00/threads"])
    .on_first_path(),
    Lesson::new(
        "poll",
        "A future that must wait keeps the waker and answers Pending",
        poll::main,
    )
    .minutes(20)
    .exercises(&["both_by_hand"])
    .after(&["lazy"])
    .on_first_path(),
    Lesson::new(
        "waker",
        "A future that keeps no waker is never polled again",
        waker::main,
    )
    .minutes(15)
    .exercises(&["gate_opens"])
    .after(&["poll"])
    .on_first_path(),
    Lesson::new(
        "stale-waker",
        "Only the waker of the latest poll counts",
        stale_waker::main,
    )
    .minutes(10)
    .after(&["waker"]),
    Lesson::new(
        "block-on",
        "A thread sleeps until its future is woken",
        block_on::main,
    )
    .minutes(10)
    .exercises(&["the_watchman_sleeps"])
    .after(&["waker"]),
    Lesson::new(
        "executor",
        "An executor polls the tasks that are woken, and sleeps when none is",
        executor::main,
    )
    .minutes(20)
    .exercises(&["raised_hands"])
    .after(&["block-on"]),
    Lesson::new(
        "combinators",
        "One future of many: all, a few at a time, or the first",
        combinators::main,
    )
    .minutes(20)
    .exercises(&["few_books_at_a_time"])
    .after(&["poll"])
    .on_first_path(),
    Lesson::new(
        "state-machine",
        "An async fn becomes an enum of the places where it can wait",
        state_machine::main,
    )
    .minutes(15)
    .exercises(&["relay_by_hand"])
    .after(&["poll"]),
    Lesson::new("pin", "A future that was polled must not move", pin::main)
        .minutes(15)
        .exercises(&["with_reminders"])
        .after(&["state-machine"]),
    Lesson::new(
        "recursion",
        "An async fn that awaits itself needs a box",
        recursion::main,
    )
    .minutes(5)
    .after(&["pin"]),
    Lesson::new(
        "cancel",
        "Dropping a future stops it at an await",
        cancel::main,
    )
    .minutes(20)
    .exercises(&["batch_by_batch"])
    .after(&["poll", "combinators"])
    .on_first_path(),
    Lesson::new(
        "cleanup",
        "A goodbye that must await needs somebody who outlives the work",
        cleanup::main,
    )
    .minutes(20)
    .exercises(&["lamp_goes_out"])
    .after(&["cancel"])
    .panics_on_purpose(|_, message| {
        message == "the letter is torn"
            || message.starts_with("cannot execute `LocalPool`")
    }),
    Lesson::new(
        "hello",
        "Hello, world, from an async fn in a trait",
        hello::main,
    )
    .minutes(10)
    .after(&["first"]),
    Lesson::new(
        "async-trait",
        "A list of many types needs each future in a box",
        async_trait::main,
    )
    .minutes(10)
    .after(&["hello", "pin"]),
];
