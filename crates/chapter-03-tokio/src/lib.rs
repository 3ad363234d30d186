//! Chapter 3: Tokio. What a runtime does for you, and what it cannot do.

pub mod actor;
pub mod async_io;
pub mod async_lock;
pub mod blocking;
pub mod branches;
pub mod broadcast;
pub mod channels;
pub mod cost;
pub mod errors;
pub mod exit_code;
pub mod fetch;
pub mod first;
pub mod futurelock;
pub mod intervals;
pub mod join;
pub mod layers;
pub mod limits;
pub mod local;
pub mod memory;
pub mod overload;
pub mod read_file;
pub mod runtimes;
pub mod select;
pub mod server;
pub mod shutdown;
pub mod signals;
pub mod spawn;
pub mod streams;
pub mod structured;
pub mod sync_bridge;
pub mod task_errors;
pub mod testing;
pub mod timeout;
pub mod tracing;
pub mod try_join;
pub mod yields;

use lessons::Lesson;

/// The chapter's lessons in reading order.
pub const LESSONS: &[Lesson] = &[
    Lesson::new("first", "Spawn starts a task, and await waits for its value", first::main)
        .minutes(10)
        .after(&["chapter-01/lazy"])
        .on_first_path(),
    Lesson::new("join", "join! waits for several at once and works on one at a time", join::main)
        .minutes(15)
        .after(&["chapter-01/poll"])
        .on_first_path(),
    Lesson::new("spawn", "A task runs on its own, and its handle says how it ended", spawn::main)
        .minutes(20)
        .after(&["join"])
        .panics_on_purpose(|_, message| message == "attempt to divide by zero")
        .on_first_path(),
    Lesson::new("blocking", "A blocked worker stops all its tasks", blocking::main)
        .minutes(20)
        .exercises(&["look_it_up"])
        .after(&["join", "spawn"])
        .figures(blocking::figures::print)
        .on_first_path(),
    Lesson::new(
        "try-join",
        "The first error ends the rest, if the rest is yours to end",
        try_join::main,
    )
    .minutes(15)
    .exercises(&["all_say_yes"])
    .after(&["join", "spawn"])
    .panics_on_purpose(|_, message| message == "the hotel's answer makes no sense"),
    Lesson::new("timeout", "A timeout bounds a wait, and drops what it waited for", timeout::main)
        .minutes(15)
        .exercises(&["call_the_hut"])
        .after(&["spawn"])
        .on_first_path(),
    Lesson::new("testing", "On a paused clock, a test of an hour takes no time", testing::main)
        .minutes(20)
        .after(&["timeout"]),
    Lesson::new("yields", "An await yields only if it has to wait", yields::main)
        .minutes(15)
        .after(&["timeout"]),
    Lesson::new("channels", "A bounded channel makes a fast sender wait", channels::main)
        .minutes(15)
        .after(&["join", "chapter-00/channels"])
        .on_first_path(),
    Lesson::new("select", "select! drops the branches that lose: keep their futures", select::main)
        .minutes(20)
        .exercises(&["gondola_goes_up", "half_a_telegram"])
        .after(&["join", "chapter-00/channels", "chapter-01/cancel"])
        .on_first_path(),
    Lesson::new(
        "branches",
        "select! panics when every branch is off, so give it an else",
        branches::main,
    )
    .minutes(10)
    .after(&["select"])
    .panics_on_purpose(|_, message| message.starts_with("all branches are disabled")),
    Lesson::new(
        "intervals",
        "An interval keeps its rhythm, and a sleep in a loop drifts",
        intervals::main,
    )
    .minutes(15)
    .after(&["testing", "select"]),
    Lesson::new("actor", "A task that owns its state needs no lock", actor::main)
        .minutes(15)
        .exercises(&["boathouse"])
        .after(&["spawn", "channels"]),
    Lesson::new(
        "broadcast",
        "broadcast counts what a late receiver missed, watch keeps the latest",
        broadcast::main,
    )
    .minutes(10)
    .after(&["channels"]),
    Lesson::new("limits", "A fan-out needs a bound that does not grow with the list", limits::main)
        .minutes(20)
        .exercises(&["shared_oven"])
        .after(&["spawn"])
        .on_first_path(),
    Lesson::new("streams", "A stream is an iterator whose items are awaited", streams::main)
        .minutes(15)
        .after(&["limits", "chapter-01/combinators"]),
    Lesson::new("read-file", "Reading a file is work for another thread", read_file::main)
        .minutes(20)
        .after(&["blocking", "chapter-02/async-fn"])
        .figures(read_file::figures::print),
    Lesson::new("shutdown", "Take nothing new, finish what was begun, report", shutdown::main)
        .minutes(25)
        .exercises(&["closing_time"])
        .after(&["spawn", "select", "chapter-00/channels"])
        .on_first_path(),
    Lesson::new("signals", "A restart sends SIGTERM, not Ctrl-C", signals::main)
        .minutes(15)
        .after(&["select", "shutdown", "chapter-00/processes"]),
    Lesson::new("structured", "No task outlives the one who started it", structured::main)
        .minutes(15)
        .exercises(&["summer_camp"])
        .after(&["try-join", "shutdown"]),
    Lesson::new("runtimes", "A runtime runs many tasks on few threads", runtimes::main)
        .minutes(20)
        .after(&["join", "spawn"])
        .panics_on_purpose(|_, message| message.starts_with("there is no reactor running")),
    Lesson::new(
        "sync-bridge",
        "Outside of a runtime you block, inside you await",
        sync_bridge::main,
    )
    .panics_on_purpose(|_, message| message.starts_with("Cannot start a runtime"))
    .minutes(15)
    .after(&["blocking", "runtimes", "actor"]),
    Lesson::new("local", "What may not leave its thread runs in a LocalSet", local::main)
        .minutes(15)
        .after(&["runtimes", "chapter-00/send-sync"]),
    Lesson::new("cost", "A task is cheap to start; changing threads is not", cost::main)
        .figures(cost::figures::print)
        .minutes(10)
        .after(&["read-file", "runtimes"]),
    Lesson::new(
        "memory",
        "A waiting task takes the memory it holds across its await",
        memory::main,
    )
    .minutes(15)
    .after(&["runtimes", "chapter-00/processes"]),
    Lesson::new("async-lock", "To hold a lock across an await, await the lock", async_lock::main)
        .minutes(20)
        .exercises(&["last_seat_aboard"])
        .after(&["join", "spawn", "chapter-00/deadlock"]),
    Lesson::new(
        "futurelock",
        "A kept future that nobody polls may hold up the one you await",
        futurelock::main,
    )
    .minutes(15)
    .after(&["select", "async-lock"]),
    Lesson::new("errors", "An error says what failed, and where", errors::main)
        .minutes(10)
        .after(&["read-file"]),
    Lesson::new(
        "task-errors",
        "A task ends with two results, one inside the other",
        task_errors::main,
    )
    .panics_on_purpose(|_, message| message == task_errors::NO_PAPER)
    .minutes(10)
    .after(&["errors", "spawn"]),
    Lesson::new("exit-code", "A program says that it failed by its exit code", exit_code::main)
        .minutes(5)
        .after(&["errors"]),
    Lesson::new("tracing", "An event has fields, and happens inside spans", tracing::main)
        .minutes(15)
        .after(&["join"]),
    Lesson::new("layers", "A layer sees the events and spans that its filter keeps", layers::main)
        .minutes(15)
        .after(&["tracing"]),
    Lesson::new(
        "async-io",
        "A stream of bytes has no messages: a frame says where one ends",
        async_io::main,
    )
    .minutes(20)
    .exercises(&["barrel_organ"])
    .after(&["join", "testing"]),
    Lesson::new("server", "A server bounds what a client may take", server::main)
        .minutes(30)
        .exercises(&["telegraph_office", "chat_server"])
        .after(&["spawn", "timeout", "select", "shutdown", "limits"]),
    Lesson::new(
        "overload",
        "A server with too much to do refuses immediately what it cannot do in time",
        overload::main,
    )
    .minutes(20)
    .after(&["limits", "timeout", "select"]),
    Lesson::new("fetch", "Every wait is bounded, every response checked", fetch::main)
        .figures(fetch::figures::print)
        .minutes(30)
        .exercises(&["link_checker"])
        .after(&["timeout", "limits", "errors"]),
];
