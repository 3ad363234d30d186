//! Chapter 2: async with the standard library alone.

pub mod async_fn;
pub mod boxed;
pub mod channel;
pub mod closures;
pub mod first;
pub mod reactor;
pub mod read_file;
pub mod tasks;
pub mod timeout;
pub mod traits;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new(
        "first",
        "Rust brings futures, and leaves it to you to poll them",
        first::main,
    )
    .minutes(10)
    .after(&["chapter-01/poll"])
    .on_first_path(),
    Lesson::new(
        "async-fn",
        "An async fn returns a future, and two that are joined overlap",
        async_fn::main,
    )
    .minutes(20)
    .exercises(&["two_hides_one_list"])
    .after(&["first", "chapter-01/waker"])
    .on_first_path(),
    Lesson::new(
        "read-file",
        "A thread reads the file and hands it back",
        read_file::main,
    )
    .minutes(20)
    .exercises(&["file_from_another_thread"])
    .after(&["async-fn"])
    .panics_on_purpose(|_, message| {
        ["a path to read", "a file that can be read"]
            .iter()
            .any(|own| message.starts_with(own))
    }),
    Lesson::new(
        "tasks",
        "One thread keeps the time for all tasks",
        tasks::main,
    )
    .minutes(25)
    .exercises(&["night_porter"])
    .after(&["async-fn"]),
    Lesson::new(
        "timeout",
        "A timeout drops the work that was too slow",
        timeout::main,
    )
    .minutes(20)
    .exercises(&["before_the_ferry_leaves", "until_the_watch_is_over"])
    .after(&["read-file", "tasks"]),
    Lesson::new(
        "channel",
        "A oneshot channel hands one value to a future",
        channel::main,
    )
    .minutes(20)
    .exercises(&["one_pigeon", "a_flare_goes_up", "one_pen_for_all"])
    .after(&["read-file"]),
    Lesson::new(
        "traits",
        "A trait says what callers need of its futures",
        traits::main,
    )
    .minutes(15)
    .after(&["channel"]),
    Lesson::new(
        "closures",
        "An async closure hides the type of its future",
        closures::main,
    )
    .minutes(10)
    .after(&["traits"]),
    Lesson::new(
        "boxed",
        "In a box, futures of many types become one type",
        boxed::main,
    )
    .minutes(10)
    .exercises(&["stations_of_any_kind"])
    .after(&["chapter-01/async-trait", "traits"]),
    Lesson::new("reactor", "One thread serves many sockets", reactor::main)
        .minutes(25)
        .exercises(&["operator_on_many_lines"])
        .after(&["async-fn"]),
];
