//! Chapter 2: async with the standard library alone.

pub mod async_fn;
pub mod channel;
pub mod reactor;
pub mod traits;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("async-fn", "What async fn returns", async_fn::main),
    Lesson::new("channel", "A oneshot channel by hand", channel::main),
    Lesson::new("traits", "A trait says what callers need of its futures", traits::main),
    Lesson::new("reactor", "One thread, many sockets", reactor::main),
];
