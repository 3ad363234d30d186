//! Chapter 5: DashMap. A map that threads share, behind one lock or many.

pub mod cache;
pub mod counting;
pub mod entry;
pub mod first;
pub mod guards;
pub mod iteration;
pub mod one_lock;
pub mod sharding;
pub mod snapshot;
pub mod which_map;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("first", "Several threads fill one map", first::main)
        .minutes(10)
        .after(&["chapter-00/first"])
        .on_first_path(),
    Lesson::new(
        "one-lock",
        "One lock is enough if you hold it briefly",
        one_lock::main,
    )
    .minutes(20)
    .after(&["chapter-00/threads", "chapter-00/shared-state"])
    .on_first_path(),
    Lesson::new(
        "sharding",
        "Many locks let threads in side by side",
        sharding::main,
    )
    .minutes(25)
    .exercises(&["the_night_watch"])
    .after(&["one-lock"]),
    Lesson::new("entry", "One locked step loses nothing", entry::main)
        .minutes(20)
        .exercises(&["claim_a_plot"])
        .after(&["chapter-00/threads"])
        .on_first_path(),
    Lesson::new("guards", "A guard is a held lock", guards::main)
        .minutes(25)
        .exercises(&["forward_the_letter", "from_jar_to_jar"])
        .after(&["entry", "chapter-01/poll"])
        .on_first_path(),
    Lesson::new("iteration", "An iteration is no snapshot", iteration::main)
        .minutes(20)
        .exercises(&["time_is_up"])
        .after(&["guards", "chapter-04/squares"]),
    Lesson::new(
        "counting",
        "To count fast, share nothing until the end",
        counting::main,
    )
    .minutes(25)
    .exercises(&["the_final_count", "rings_of_the_birds"])
    .after(&["entry", "chapter-04/fold", "chapter-04/pools"])
    .figures(counting::figures::print),
    Lesson::new("cache", "One computes while the others wait", cache::main)
        .minutes(25)
        .exercises(&["one_draws_the_map"])
        .after(&["sharding", "entry", "guards", "chapter-01/cancel"]),
    Lesson::new("snapshot", "Readers of a snapshot never wait", snapshot::main)
        .minutes(20)
        .exercises(&["tide_table"])
        .after(&["one-lock", "chapter-00/rwlock"]),
    Lesson::new(
        "which-map",
        "Maps differ in what they promise",
        which_map::main,
    )
    .minutes(20)
    .exercises(&["costumes_in_use"])
    .after(&["sharding", "guards", "cache"]),
];
