//! Tasks, threads and processes, measured in turn.

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use lessons::measure::{Table, all_in_turn, fastest, human, thousands, time};
use tokio::runtime::Builder;

use super::tasks;

/// Measures the time to start and end a task, a thread and a process.
pub fn print() -> Result<(), Box<dyn Error>> {
    println!();
    let one = Builder::new_current_thread().build()?;
    let two = Builder::new_multi_thread().worker_threads(2).build()?;
    let times = measure(&[
        ("tasks, current_thread", 100_000, &|count, at_once| {
            tasks(&one, count, at_once)
        }),
        ("tasks, two workers", 100_000, &|count, at_once| {
            tasks(&two, count, at_once)
        }),
        ("threads", 1_000, &threads),
        ("processes", 30, &processes),
    ]);
    print!("{times}");
    Ok(())
}

/// What is measured: a name, how many are started at once, and how to start and
/// end that many, at once or one after another.
type Kind<'a> = (&'static str, u64, &'a dyn Fn(u64, bool));

/// The time for each. One after another, a tenth of them.
fn measure(kinds: &[Kind<'_>]) -> Table<3> {
    let mut arms: Vec<Box<dyn FnMut() -> Duration + '_>> = Vec::new();
    for &(_, count, run) in kinds {
        for (count, at_once) in [(count, true), (count / 10, false)] {
            arms.push(Box::new(move || {
                time(|| run(count, at_once)) / count as u32
            }));
        }
    }
    let times = all_in_turn(5, &mut arms);
    let mut table = Table::new([
        "time for each, start to end",
        "all at once",
        "one after another",
    ]);
    for ((name, count, _), times) in kinds.iter().zip(times.chunks(2)) {
        let [at_once, one_by_one] =
            [0, 1].map(|way| human(fastest(&times[way])));
        table.row([
            format!("{} {name}", thousands(*count)),
            at_once,
            one_by_one,
        ]);
    }
    table
}

fn threads(count: u64, at_once: bool) {
    let start = || thread::spawn(|| ());
    start_and_wait(count, at_once, start, |it| {
        it.join().expect("it does nothing")
    });
}

fn processes(count: u64, at_once: bool) {
    let program = env::current_exe().expect("this program has a path");
    let start = || {
        let mut child = Command::new(&program);
        // To print the list of lessons is the least that this program can do.
        child.arg("--list").stdin(Stdio::null()).stdout(Stdio::null());
        child.spawn().expect("this program can be started")
    };
    start_and_wait(count, at_once, start, |mut it| {
        assert!(it.wait().expect("it was started").success());
    });
}

/// The two ways for what is started and waited for without `async`.
pub(super) fn start_and_wait<H>(
    count: u64,
    at_once: bool,
    start: impl Fn() -> H,
    wait: impl Fn(H),
) {
    let started = (0..count).map(|_| start());
    if at_once {
        started.collect::<Vec<_>>().into_iter().for_each(wait);
    } else {
        started.for_each(wait);
    }
}
