use super::figures::longest_gaps;
use super::*;
use std::sync::mpsc;
use witness::{Missed, PATIENT, Rendezvous, within};

/// For what cannot happen, however long one waits.
const SHORT: Duration = Duration::from_millis(20);

/// Runs `task` on the only worker.
fn on_the_worker<F>(task: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    within(PATIENT, || {
        let runtime = one_worker().expect("a runtime");
        runtime.block_on(runtime.spawn(task)).expect("it does not panic")
    })
}

/// Does a job that waits for a neighbor, another task of the same worker.
/// Returns whether the neighbor had its turn meanwhile.
fn meets_a_neighbor(
    way: Way<Result<(), Missed>>,
    deadline: Duration,
) -> Result<(), Missed> {
    on_the_worker(async move {
        let pair = Rendezvous::new(2);
        tokio::spawn(pair.meet_async());
        way(Box::new(move || pair.meet(deadline))).await
    })
}

#[test]
fn beside_a_blocked_task_no_neighbor_runs() {
    let [(name, blocked), ..] = ways();
    assert_eq!(name, "blocked");
    assert_eq!(
        meets_a_neighbor(blocked, SHORT),
        Err(Missed { came: 1, expected: 2 })
    );
}

#[test]
fn beside_a_job_elsewhere_the_neighbor_runs() {
    for (name, way) in ways().into_iter().skip(1) {
        assert_eq!(meets_a_neighbor(way, PATIENT), Ok(()), "{name}");
    }
}

/// The names of the thread that did the job, and of the one that went on with
/// the task.
fn threads(way: Way<String>) -> [String; 2] {
    let name = || thread::current().name().expect("all have names").to_owned();
    on_the_worker(async move { [way(Box::new(name)).await, name()] })
}

#[test]
fn each_way_has_its_own_thread_for_the_job() {
    let threads = ways().map(|(way, run)| (way, threads(run)));
    let expected = [
        ("blocked", ["worker", "worker"]),
        ("spawn_blocking", ["pool 1", "worker"]),
        ("own thread", ["own thread", "worker"]),
        ("block_in_place", ["worker", "worker"]),
    ];
    assert_eq!(
        threads,
        expected.map(|(way, names)| (way, names.map(str::to_owned)))
    );
}

#[test]
fn in_place_a_thread_of_the_pool_takes_over_the_worker_s_tasks() {
    let neighbor = on_the_worker(async {
        let (tell, told) = mpsc::channel();
        tokio::spawn(async move {
            tell.send(thread::current().name().map(str::to_owned))
        });
        in_place(move || told.recv_timeout(PATIENT)).await
    });
    assert_eq!(neighbor, Ok(Some("pool 1".to_owned())));
}

#[test]
fn in_place_the_rest_of_the_same_task_stands_still() {
    let met = on_the_worker(async {
        let pair = Rendezvous::new(2);
        let job = {
            let pair = pair.clone();
            in_place(move || pair.meet(SHORT))
        };
        tokio::join!(job, async {
            tokio::time::timeout(SHORT, pair.meet_async()).await
        })
        .0
    });
    assert_eq!(met, Err(Missed { came: 1, expected: 2 }));
}

#[test]
#[should_panic(
    expected = "can call blocking only when running on the multi-threaded runtime"
)]
fn in_place_needs_a_runtime_with_workers() {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(runtime.spawn(in_place(|| ()))).expect("it panics");
}

#[test]
fn a_job_that_has_begun_is_not_aborted() {
    assert_eq!(
        on_the_worker(aborted(|| "done")).expect("it was not aborted"),
        "done"
    );
}

#[test]
fn a_job_that_has_not_begun_is() {
    within(PATIENT, || {
        let one = Builder::new_current_thread().max_blocking_threads(1).build();
        let runtime = one.expect("a runtime");
        let (release, released) = mpsc::channel::<()>();
        let _busy = runtime.spawn_blocking(move || released.recv());
        let (tell, told) = mpsc::channel();
        let waits = runtime.spawn_blocking(move || tell.send("begun"));
        waits.abort();
        drop(release);
        let error = runtime.block_on(waits).expect_err("it was aborted");
        assert!(error.is_cancelled());
        assert!(told.recv().is_err(), "it was dropped without a word");
    });
}

#[test]
fn the_gap_of_a_blocked_worker_is_at_least_as_long_as_the_job() {
    let gaps =
        within(PATIENT, || longest_gaps(&one_worker().expect("a runtime")));
    let names = [
        "nobody blocks",
        "blocked",
        "spawn_blocking",
        "own thread",
        "block_in_place",
    ];
    assert!(gaps.iter().map(|(name, _)| *name).eq(names), "{gaps:?}");
    // That the other gaps are short cannot be asserted: a busy machine makes
    // gaps, too.
    assert!(gaps[1].1 >= JOB, "{gaps:?}");
}
