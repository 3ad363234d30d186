//! Chapter 4: Rayon. One job over much data, on every core.

pub mod bandwidth;
pub mod deadlock;
pub mod fallible;
pub mod false_sharing;
pub mod first;
pub mod floats;
pub mod fold;
pub mod granularity;
pub mod join;
pub mod panics;
pub mod par_bridge;
pub mod picture;
pub mod pools;
pub mod scope;
pub mod simd;
pub mod squares;
pub mod sum;
#[cfg(test)]
mod testing;
pub mod versus_tokio;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("first", "One word makes an iterator parallel", first::main)
        .minutes(10)
        .after(&["chapter-00/first"])
        .on_first_path(),
    Lesson::new("squares", "Parallel pays from a certain size", squares::main)
        .minutes(20)
        .after(&["chapter-00/threads"])
        .figures(squares::figures::print),
    Lesson::new("sum", "The result must not depend on the grouping", sum::main)
        .minutes(20)
        .after(&["first"])
        .panics_on_purpose(|_, message| {
            message == "attempt to add with overflow"
        })
        .on_first_path(),
    Lesson::new(
        "floats",
        "Floats add up the same once you fix the grouping",
        floats::main,
    )
    .minutes(10)
    .exercises(&["same_bits"])
    .after(&["sum"]),
    Lesson::new(
        "fold",
        "One accumulator per piece, not a lock per item",
        fold::main,
    )
    .minutes(20)
    .exercises(&["storm_record", "log_book"])
    .after(&["sum", "chapter-00/shared-state"])
    .figures(fold::figures::print)
    .on_first_path(),
    Lesson::new(
        "fallible",
        "The first error ends the work, a panic does not",
        fallible::main,
    )
    .minutes(15)
    .exercises(&["any_free_berth"])
    .after(&["sum"])
    .panics_on_purpose(|_, message| message.contains("NoWeight"))
    .on_first_path(),
    Lesson::new(
        "par-bridge",
        "An iterator that cannot be split can feed many threads",
        par_bridge::main,
    )
    .minutes(20)
    .exercises(&["tape_of_old_songs"])
    .after(&["fallible", "chapter-00/channels"]),
    Lesson::new("join", "Divide and conquer, down to a cutoff", join::main)
        .minutes(25)
        .exercises(&["knock_out"])
        .after(&["first"])
        .figures(join::figures::print)
        .on_first_path(),
    Lesson::new(
        "scope",
        "Tasks in a scope borrow, and spawn more tasks",
        scope::main,
    )
    .minutes(25)
    .exercises(&["bats_in_the_cave"])
    .after(&["join", "chapter-00/atomics"]),
    Lesson::new(
        "pools",
        "A pool has a size, and names for its threads",
        pools::main,
    )
    .minutes(10)
    .after(&["squares"]),
    Lesson::new(
        "panics",
        "A panic in a spawned job has nobody to go to",
        panics::main,
    )
    .minutes(20)
    .exercises(&["the_print_shop"])
    .after(&["pools", "chapter-00/channels", "chapter-00/processes"])
    .panics_on_purpose(|thread, _| thread.starts_with("photo ")),
    Lesson::new(
        "granularity",
        "Uneven work needs pieces to steal",
        granularity::main,
    )
    .minutes(20)
    .exercises(&["crusted_pots", "the_walk_so_far"])
    .after(&["squares", "join"])
    .figures(granularity::figures::print),
    Lesson::new(
        "simd",
        "One core can do several additions at once",
        simd::main,
    )
    .minutes(20)
    .after(&["sum", "floats"])
    .figures(simd::figures::print),
    Lesson::new(
        "false-sharing",
        "Counters on one cache line slow each other down",
        false_sharing::main,
    )
    .minutes(20)
    .after(&["join", "chapter-00/atomics"])
    .figures(false_sharing::figures::print),
    Lesson::new(
        "bandwidth",
        "Cores compute, and share one memory",
        bandwidth::main,
    )
    .minutes(25)
    .after(&["squares"])
    .figures(bandwidth::figures::print),
    Lesson::new(
        "picture",
        "Work stealing can be seen in a picture",
        picture::main,
    )
    .minutes(20)
    .after(&["granularity", "chapter-00/threads"]),
    Lesson::new(
        "versus-tokio",
        "Tokio computes as fast, but nobody else runs",
        versus_tokio::main,
    )
    .minutes(25)
    .after(&["panics", "chapter-03/spawn", "chapter-03/blocking"])
    .figures(versus_tokio::figures::print),
    Lesson::new("deadlock", "Compute first, lock after", deadlock::main)
        .minutes(20)
        .exercises(&["museum_ledger"])
        .after(&["join", "chapter-00/deadlock"]),
];
