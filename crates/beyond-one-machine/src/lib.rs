//! Beyond one machine: the same index from many workers, on NATS JetStream.

use lessons::Lesson;

/// The lessons in reading order.
pub const LESSONS: &[Lesson] = &[];
