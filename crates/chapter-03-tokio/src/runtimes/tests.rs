use super::*;
use witness::{Log, PATIENT, Threads, within};

/// For a meeting that cannot take place.
const SHORT: Duration = Duration::from_millis(10);

#[test]
fn two_tasks_meet_on_two_workers() {
    let (caller, meeting) = within(PATIENT, || {
        (
            thread::current().id(),
            meet(&multi_thread(2).expect("two threads"), PATIENT / 4),
        )
    });
    let [first, second] = meeting.tasks;
    assert_eq!((first.1, second.1), (true, true));
    assert_ne!(first.0, second.0);
    // The thread that called block_on polled its future, and neither task.
    assert_eq!(meeting.block_on, caller);
    assert!(caller != first.0 && caller != second.0);
}

#[test]
fn two_tasks_cannot_meet_on_one_worker() {
    let (caller, meeting) = within(PATIENT, || {
        (
            thread::current().id(),
            meet(&multi_thread(1).expect("one thread"), SHORT),
        )
    });
    let [first, second] = meeting.tasks;
    assert_eq!((first.1, second.1), (false, false));
    assert_eq!(first.0, second.0);
    assert_eq!(meeting.block_on, caller);
    assert_ne!(first.0, caller);
}

#[test]
fn two_tasks_cannot_meet_on_the_current_thread() {
    let (caller, meeting) = within(PATIENT, || {
        (
            thread::current().id(),
            meet(&current_thread().expect("no thread"), SHORT),
        )
    });
    assert_eq!(meeting.block_on, caller);
    assert_eq!(meeting.tasks, [(caller, false); 2]);
}

/// Jobs of three portions that note who does which portion, and where.
fn noted<'a>(
    names: &'a [u32],
    log: &Log<(u32, u64)>,
    threads: &Threads,
) -> impl Iterator<Item = (u32, impl Iterator<Item = u64> + Send + use<>)> + use<'a>
{
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
    let portions: Vec<_> =
        log.events().into_iter().map(|(_, portion)| portion).collect();
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
    assert!(
        threads.names().iter().all(|name| name == "worker"),
        "{:?}",
        threads.names()
    );
}

#[test]
fn on_one_thread_tasks_are_concurrent_and_not_parallel() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        let runtime = current_thread().expect("no thread");
        // A timeline records the whole process, so these have numbers of their
        // own.
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
    let panic =
        within(PATIENT, || sleep_under_futures(None)).expect_err("no runtime");
    assert!(
        panic.contains("must be called from the context of a Tokio"),
        "{panic}"
    );
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
