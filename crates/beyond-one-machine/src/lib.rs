//! Beyond one machine: the same index from many workers, on NATS JetStream.

pub mod backpressure;
pub mod cli;
pub mod index_over_workers;
pub mod program;
pub mod queue;
pub mod scale;
pub mod slow;
#[cfg(test)]
mod testing;
pub mod twice;

use std::error::Error;

use lessons::Lesson;

/// The lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new(
        "queue",
        "A job stays in the queue until somebody says that it is done",
        || queue::main().map_err(|error| error as Box<dyn Error>),
    )
    .minutes(20)
    .after(&["chapter-00/processes", "chapter-06/small"]),
    Lesson::new(
        "twice",
        "At least once is sometimes twice: let the second time change nothing",
        || twice::main().map_err(|error| error as Box<dyn Error>),
    )
    .minutes(20)
    .after(&["queue"]),
    Lesson::new(
        "slow",
        "A worker that needs longer says so, and a job that never succeeds is given up",
        || slow::main().map_err(|error| error as Box<dyn Error>),
    )
    .minutes(20)
    .after(&["twice", "chapter-03/select"]),
    Lesson::new(
        "backpressure",
        "A bounded stream refuses, and the publisher waits: nothing grows",
        || backpressure::main().map_err(|error| error as Box<dyn Error>),
    )
    .minutes(20)
    .after(&["queue", "chapter-06/backpressure"]),
    Lesson::new(
        "scale",
        "More workers help up to a limit, and the limit is one for all of them",
        || scale::main().map_err(|error| error as Box<dyn Error>),
    )
    .minutes(20)
    .after(&["backpressure", "chapter-03/limits", "chapter-03/shutdown"]),
    Lesson::new(
        "index-over-workers",
        "Many workers make the index of one when each sends whole documents",
        index_over_workers::main,
    )
    .minutes(30)
    .after(&["twice", "slow", "scale", "chapter-06/pipeline"]),
];
