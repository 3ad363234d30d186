//! Chapter 5: DashMap. A map that threads share, behind one lock or many.

pub mod cache;
pub mod counting;
pub mod entry;
pub mod guards;
pub mod iteration;
pub mod one_lock;
pub mod sharding;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("one-lock", "One lock is enough if you hold it briefly", one_lock::main),
    Lesson::new("sharding", "Many locks let threads in side by side", sharding::main),
    Lesson::new("entry", "One locked step loses nothing", entry::main),
    Lesson::new("guards", "A guard is a held lock", guards::main),
    Lesson::new("iteration", "An iteration is no snapshot", iteration::main),
    Lesson::new("counting", "To count fast, share nothing until the end", counting::main),
    Lesson::new("cache", "One computes while the others wait", cache::main),
];
