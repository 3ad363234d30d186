//! A runtime runs many tasks on few threads: on one, or on several, and then in parallel.

use std::error::Error;
use std::panic;
use std::thread::{self, ThreadId};
use std::time::Duration;
use std::{io, iter};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tracing::{Instrument, info_span};
use witness::Missed;

use crate::join;

// ANCHOR: runtimes
/// A runtime without threads of its own: its tasks run on the thread that is in `block_on`.
pub fn current_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}

/// A runtime whose tasks run on `workers` threads of its own.
pub fn multi_thread(workers: usize) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).thread_name("worker").enable_time().build()
}
// ANCHOR_END: runtimes

// ANCHOR: run
/// Makes a task of each job, and waits for all of them in `block_on`. Returns their sums.
///
/// A job works in portions: each `next` is one.
pub fn run<J>(runtime: &Runtime, jobs: impl IntoIterator<Item = (u32, J)>) -> Vec<u64>
where
    J: Iterator<Item = u64> + Send + 'static,
{
    let all = async {
        let mut tasks = Vec::new();
        for (number, job) in jobs {
            tasks.push(tokio::spawn(in_portions(job).instrument(info_span!("task", number))));
        }
        let mut sums = Vec::new();
        for task in tasks {
            sums.push(task.await.expect("no job panics"));
        }
        sums
    };
    runtime.block_on(all.instrument(info_span!("block_on")))
}

/// Does one portion after another. After each, other tasks that are ready go first.
async fn in_portions(job: impl Iterator<Item = u64>) -> u64 {
    let mut sum = 0;
    for portion in job {
        sum += portion;
        yield_now().await;
    }
    sum
}
// ANCHOR_END: run

/// A job of three portions, some milliseconds each: how many steps do numbers take down to 1?
pub fn collatz() -> impl Iterator<Item = u64> + Send {
    let steps = |n: u64| {
        iter::successors(Some(n), |n| Some(if n % 2 == 0 { n / 2 } else { 3 * n + 1 }))
            .take_while(|&n| n != 1)
            .count() as u64
    };
    (1..=3).map(move |portion| (portion * 20_000..(portion + 1) * 20_000).map(steps).sum())
}

// ANCHOR: meet
/// Two tasks that were to meet.
#[derive(Debug)]
pub struct Meeting {
    /// The thread that ran the future given to `block_on`.
    pub block_on: ThreadId,
    /// The thread of each task, and whether they met.
    pub tasks: [(ThreadId, Result<(), Missed>); 2],
}

/// Spawns the two halves of `join`'s meeting: each blocks its thread until the other is there too,
/// up to `deadline`.
pub fn meet(runtime: &Runtime, deadline: Duration) -> Meeting {
    runtime.block_on(async {
        let [first, second] = join::meeting(deadline)
            .map(|half| tokio::spawn(async { (thread::current().id(), half()) }));
        let ends = [first.await, second.await];
        let tasks = ends.map(|end| end.expect("neither panics"));
        Meeting { block_on: thread::current().id(), tasks }
    })
}
// ANCHOR_END: meet

// ANCHOR: coupled
/// Awaits Tokio's timer in the `block_on` of another crate. Returns the message of its panic, if
/// it did panic.
pub fn sleep_under_futures(inside: Option<&Handle>) -> Result<(), String> {
    let _guard = inside.map(Handle::enter);
    let slept = panic::catch_unwind(|| {
        futures::executor::block_on(async { tokio::time::sleep(Duration::ZERO).await })
    });
    slept.map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().unwrap_or(&"no message").to_string(),
    })
}

/// Awaits Tokio's channel in the same `block_on`.
pub fn channel_under_futures(message: &'static str) -> &'static str {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || sender.send(message));
    futures::executor::block_on(receiver).expect("the thread sends")
}
// ANCHOR_END: coupled

/// Runs the same jobs on one thread and on two workers, lets two tasks try to meet on each kind of
/// runtime, and leaves Tokio for another `block_on`.
pub fn main() -> Result<(), Box<dyn Error>> {
    let jobs = || (1..=5).map(|number| (number, collatz()));

    let timeline = lessons::timeline("current_thread: five tasks, one thread, and it is main");
    run(&current_thread()?, jobs());
    timeline.draw();
    println!();
    let timeline = lessons::timeline("multi_thread: five tasks, two workers, and main is parked");
    run(&multi_thread(2)?, jobs());
    timeline.draw();

    println!("\ntwo tasks that each block until the other is there");
    println!("  {:<25}{:<14}{:<26}they", "runtime", "block_on ran", "the tasks ran");
    let (short, long) = (Duration::from_millis(50), Duration::from_secs(10));
    for (name, runtime, deadline) in [
        ("current_thread", current_thread()?, short),
        ("multi_thread, 1 worker", multi_thread(1)?, short),
        ("multi_thread, 2 workers", multi_thread(2)?, long),
    ] {
        let Meeting { block_on, tasks: [first, second] } = meet(&runtime, deadline);
        let block_on = format!("{block_on:?}");
        let tasks = format!("{:?}, {:?}", first.0, second.0);
        let met = if first.1.and(second.1).is_ok() { "met" } else { "missed" };
        println!("  {name:<25}{block_on:<14}{tasks:<26}{met}");
    }

    println!("\nunder the block_on of the futures crate");
    println!("  tokio's oneshot: {}", channel_under_futures("received"));
    let runtime = multi_thread(1)?;
    for (timer, inside) in
        [("tokio's sleep", None), ("the same, inside a runtime", Some(runtime.handle()))]
    {
        match sleep_under_futures(inside) {
            Ok(()) => println!("  {timer}: slept"),
            Err(panic) => println!("  {timer} panics:\n    {panic}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PATIENT;
    use witness::{Log, Threads, within};

    /// For a meeting that cannot take place.
    const SHORT: Duration = Duration::from_millis(10);
    const MISSED: Result<(), Missed> = Err(Missed { came: 1, expected: 2 });

    #[test]
    fn two_tasks_meet_on_two_workers() {
        let (caller, meeting) = within(PATIENT, || {
            (thread::current().id(), meet(&multi_thread(2).expect("two threads"), PATIENT / 4))
        });
        let [first, second] = meeting.tasks;
        assert_eq!((first.1, second.1), (Ok(()), Ok(())));
        assert_ne!(first.0, second.0);
        // The thread that called block_on polled its future, and neither task.
        assert_eq!(meeting.block_on, caller);
        assert!(caller != first.0 && caller != second.0);
    }

    #[test]
    fn two_tasks_cannot_meet_on_one_worker() {
        let (caller, meeting) = within(PATIENT, || {
            (thread::current().id(), meet(&multi_thread(1).expect("one thread"), SHORT))
        });
        let [first, second] = meeting.tasks;
        assert_eq!((first.1, second.1), (MISSED, MISSED));
        assert_eq!(first.0, second.0);
        assert_eq!(meeting.block_on, caller);
        assert_ne!(first.0, caller);
    }

    #[test]
    fn two_tasks_cannot_meet_on_the_current_thread() {
        let (caller, meeting) = within(PATIENT, || {
            (thread::current().id(), meet(&current_thread().expect("no thread"), SHORT))
        });
        assert_eq!(meeting.block_on, caller);
        assert_eq!(meeting.tasks, [(caller, MISSED); 2]);
    }

    /// Jobs of three portions that note who does which portion, and where.
    fn noted<'a>(
        names: &'a [u32],
        log: &Log<(u32, u64)>,
        threads: &Threads,
    ) -> impl Iterator<Item = (u32, impl Iterator<Item = u64> + Send + use<>)> + use<'a> {
        let (log, threads) = (log.clone(), threads.clone());
        names.iter().map(move |&name| {
            let (log, threads) = (log.clone(), threads.clone());
            let job = (1..=3).inspect(move |&portion| {
                log.push((name, portion));
                threads.note();
            });
            (name, job)
        })
    }

    #[test]
    fn one_thread_does_a_portion_of_each_task_before_the_next_of_any() {
        let (log, threads) = (Log::new(), Threads::new());
        let (noted_log, noted_threads) = (log.clone(), threads.clone());
        let (caller, sums) = within(PATIENT, move || {
            let runtime = current_thread().expect("no thread");
            let jobs = noted(&[7, 8], &noted_log, &noted_threads);
            (thread::current().id(), run(&runtime, jobs))
        });
        assert_eq!(sums, [6, 6]);
        // In each round Tokio may choose the order.
        let portions: Vec<_> = log.events().into_iter().map(|(_, portion)| portion).collect();
        assert_eq!(portions, [1, 1, 2, 2, 3, 3]);
        assert_eq!(threads.ids(), [caller]);
    }

    #[test]
    fn many_tasks_run_on_the_workers_and_on_no_other_thread() {
        let (log, threads) = (Log::new(), Threads::new());
        let (noted_log, noted_threads) = (log.clone(), threads.clone());
        let sums = within(PATIENT, move || {
            let names: Vec<_> = (0..1_000).collect();
            let runtime = multi_thread(2).expect("two threads");
            run(&runtime, noted(&names, &noted_log, &noted_threads))
        });
        assert_eq!(sums, [6; 1_000]);
        assert_eq!(log.len(), 3_000);
        assert!(threads.count() <= 2);
        assert!(threads.names().iter().all(|name| name == "worker"), "{:?}", threads.names());
    }

    #[test]
    fn on_one_thread_tasks_are_concurrent_and_not_parallel() {
        let recording = within(PATIENT, || {
            let timeline = lessons::timeline("test");
            let runtime = current_thread().expect("no thread");
            // A timeline records the whole process, so these have numbers of their own.
            run(&runtime, [(71, 1..=3), (72, 1..=3)]);
            timeline.finish()
        });
        let [one, two] = ["task number=71", "task number=72"]
            .map(|label| recording.row(label).expect("the task was recorded"));
        assert!(one.overlaps(two) && !one.ran_beside(two));
        assert_eq!(one.threads(), two.threads());
    }

    #[test]
    fn tokios_timer_panics_outside_of_its_runtime() {
        let panic = within(PATIENT, || sleep_under_futures(None)).expect_err("no runtime");
        assert!(panic.contains("must be called from the context of a Tokio"), "{panic}");
    }

    #[test]
    fn inside_a_runtime_another_executor_may_poll_the_timer() {
        let slept = within(PATIENT, || {
            let runtime = multi_thread(1).expect("one thread");
            sleep_under_futures(Some(runtime.handle()))
        });
        assert_eq!(slept, Ok(()));
    }

    #[test]
    fn tokios_channel_needs_no_runtime() {
        assert_eq!(within(PATIENT, || channel_under_futures("hello")), "hello");
    }
}
