//! Chapter 6: the full program, and the lessons that lead up to it.
//!
//! [`program`] is the program: a full-text indexer that fetches on Tokio, digests on Rayon and
//! collects in DashMap. The binary's commands `index` and `search` parse arguments, call it and
//! print ([`cli`]). The lessons take it apart.

pub mod backpressure;
pub mod batching;
pub mod bridge;
pub mod cli;
pub mod faults;
pub mod limit;
pub mod pipeline;
pub mod program;
pub mod staged;
pub mod workloads;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("staged", "Two stages that never overlap, and two that do", staged::main)
        .minutes(15),
    Lesson::new("bridge", "From Tokio to Rayon and back", bridge::main).minutes(25),
    Lesson::new("backpressure", "Memory that follows the bound, not the input", backpressure::main)
        .minutes(15),
    Lesson::new("workloads", "Which tool for which work, measured", workloads::main).minutes(20),
    Lesson::new("batching", "Requests that are cheap together wait for each other", batching::main)
        .minutes(15),
    Lesson::new("faults", "Every fault is a row in the report, the rest is exact", faults::main)
        .minutes(20),
    Lesson::new("limit", "How close the program comes to what the machine can do", limit::main)
        .minutes(20),
    Lesson::new("pipeline", "The full program on the Rust documentation", pipeline::main)
        .minutes(30),
];
