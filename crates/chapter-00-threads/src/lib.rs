//! Chapter 0: threads. What concurrency and parallelism are, before anything is
//! asynchronous.

pub mod atomics;
pub mod channels;
pub mod compare_exchange;
pub mod condvar;
pub mod deadlock;
pub mod first;
pub mod once;
pub mod overlap;
pub mod poison;
pub mod process_cost;
pub mod processes;
pub mod rwlock;
pub mod scope;
pub mod select_channels;
pub mod send_sync;
pub mod shared_state;
pub mod threads;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("first", "Spawn starts a thread, and join waits for its value", first::main)
        .minutes(10)
        .on_first_path(),
    Lesson::new("overlap", "Concurrency is structure, parallelism is execution", overlap::main)
        .minutes(15)
        .after(&["first"])
        .on_first_path(),
    Lesson::new("threads", "A thread ends in a value, and join hands it over", threads::main)
        .minutes(15)
        .exercises(&["all_at_once"])
        .after(&["overlap"])
        .panics_on_purpose(|thread, _| ["south", "accountant"].contains(&thread))
        .on_first_path(),
    Lesson::new("scope", "A thread owns what it uses, or borrows it in a scope", scope::main)
        .minutes(10)
        .exercises(&["two_readers"])
        .after(&["threads"])
        .on_first_path(),
    Lesson::new("channels", "A bounded channel slows down whoever is too fast", channels::main)
        .minutes(20)
        .exercises(&["press_and_binder"])
        .after(&["scope"])
        .figures(channels::figures::print)
        .on_first_path(),
    Lesson::new(
        "shared-state",
        "A lock keeps a step whole if it is held throughout",
        shared_state::main,
    )
    .minutes(20)
    .exercises(&["finish_line", "paint_the_fence"])
    .after(&["scope"])
    .on_first_path(),
    Lesson::new(
        "send-sync",
        "Send says what may change threads, and Sync what many may use at once",
        send_sync::main,
    )
    .minutes(20)
    .after(&["threads", "shared-state"])
    .on_first_path(),
    Lesson::new(
        "select-channels",
        "Many may receive from one channel, and select! waits for several",
        select_channels::main,
    )
    .minutes(20)
    .after(&["channels", "send-sync"]),
    Lesson::new("rwlock", "Many may read at once, and a writer is alone", rwlock::main)
        .minutes(10)
        .after(&["shared-state"]),
    Lesson::new(
        "condvar",
        "A condvar waits for a change, and looks again when woken",
        condvar::main,
    )
    .minutes(15)
    .exercises(&["bakery_closes"])
    .after(&["shared-state"]),
    Lesson::new("poison", "A panic in the middle of a step poisons the lock", poison::main)
        .minutes(10)
        .after(&["shared-state"])
        .panics_on_purpose(|thread, _| thread.starts_with("seller")),
    Lesson::new(
        "once",
        "A OnceLock is filled once, by the first who asks, and the others wait",
        once::main,
    )
    .minutes(15)
    .exercises(&["one_call_for_all"])
    .after(&["poison"]),
    Lesson::new("atomics", "Release and Acquire publish what was written before", atomics::main)
        .minutes(25)
        .exercises(&["points_in_one_step"])
        .after(&["shared-state"]),
    Lesson::new(
        "compare-exchange",
        "A compare_exchange changes what you saw, unless somebody else has changed it",
        compare_exchange::main,
    )
    .minutes(20)
    .after(&["atomics"]),
    Lesson::new("deadlock", "Two locks in two orders make a circle of waiting", deadlock::main)
        .minutes(20)
        .exercises(&["two_sections"])
        .after(&["shared-state"]),
    Lesson::new(
        "processes",
        "A child process keeps its memory and its crash to itself",
        processes::main,
    )
    .minutes(15)
    .exercises(&["three_pipes"])
    .after(&["channels", "atomics"]),
    Lesson::new(
        "process-cost",
        "A child process costs many times what a thread costs",
        process_cost::main,
    )
    .minutes(10)
    .after(&["processes"]),
];
