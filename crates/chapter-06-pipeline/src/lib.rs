//! Chapter 6: the full program, and the lessons that lead up to it.
//!
//! [`program`] is the program: a full-text indexer that fetches on Tokio,
//! digests on Rayon and collects in DashMap. The binary's commands `index`,
//! `search` and `serve` parse arguments, call it and print ([`cli`]). The
//! lessons take it apart.

pub mod answers;
pub mod backpressure;
pub mod batching;
pub mod bridge;
pub mod cli;
pub mod faults;
pub mod limit;
pub mod pipeline;
pub mod program;
pub mod small;
pub mod staged;
pub mod workloads;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new(
        "small",
        "Tokio waits, Rayon computes, DashMap collects",
        small::main,
    )
    .minutes(15)
    .after(&["chapter-03/limits", "chapter-04/first", "chapter-05/first"])
    .on_first_path(),
    Lesson::new(
        "staged",
        "Two stages overlap when no page waits for all others",
        staged::main,
    )
    .minutes(15)
    .exercises(&["sift_while_they_dig"])
    .after(&["chapter-03/limits", "chapter-04/squares"]),
    Lesson::new(
        "bridge",
        "Work that computes crosses from Tokio to Rayon and comes back",
        bridge::main,
    )
    .minutes(25)
    .exercises(&[
        "machine_keeps_its_place",
        "orders_to_the_kitchen",
        "scribes_stop",
    ])
    .after(&["small", "chapter-03/limits", "chapter-03/blocking"]),
    Lesson::new(
        "backpressure",
        "Memory follows the bound, not the input",
        backpressure::main,
    )
    .minutes(15)
    .exercises(&["magic_lantern", "parcel_belt"])
    .after(&["staged", "bridge"]),
    Lesson::new(
        "workloads",
        "The work decides which tool is best",
        workloads::main,
    )
    .minutes(20)
    .after(&["bridge", "chapter-03/blocking", "chapter-04/bandwidth"]),
    Lesson::new(
        "batching",
        "Requests that are cheap together wait for each other, a little",
        batching::main,
    )
    .minutes(15)
    .exercises(&["ferry_by_weight"])
    .after(&["chapter-03/actor", "chapter-03/timeout"]),
    Lesson::new(
        "faults",
        "Every fault is a row in the report, the rest is exact",
        faults::main,
    )
    .minutes(20)
    .exercises(&["every_lamp_is_back"])
    .after(&["bridge", "chapter-03/spawn", "chapter-03/fetch"]),
    Lesson::new(
        "limit",
        "A pipeline takes at least as long as its slower stage alone",
        limit::main,
    )
    .minutes(20)
    .after(&["staged", "backpressure"]),
    Lesson::new(
        "pipeline",
        "The full program indexes the Rust documentation",
        pipeline::main,
    )
    .minutes(30)
    .exercises(&["key_to_a_room", "atlas_of_birds"])
    .after(&["bridge", "backpressure", "faults"]),
    Lesson::new(
        "answers",
        "Each answer is computed once, on the pool, whoever asks",
        answers::main,
    )
    .minutes(20)
    .exercises(&["ask_the_owl"])
    .after(&[
        "bridge",
        "pipeline",
        "chapter-03/server",
        "chapter-05/cache",
    ]),
];
