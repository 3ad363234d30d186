//! Beyond one machine: the same index from many workers, on NATS JetStream.

pub mod cli;
pub mod index_over_workers;
pub mod program;

use lessons::Lesson;

/// The lessons in reading order.
pub const LESSONS: &[Lesson] = &[Lesson::new(
    "index-over-workers",
    "Many workers make the index of one when each sends whole documents",
    index_over_workers::main,
)
.minutes(30)];
