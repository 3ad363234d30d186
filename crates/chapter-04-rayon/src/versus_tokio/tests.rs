use super::*;
use crate::testing::pool;
use std::sync::mpsc;
use tokio::runtime::Runtime;
use witness::{PATIENT, Peak, Rendezvous, beside_a_ticker, within};

const PLACES: [Place; 5] = [
    Place::OneThread,
    Place::TokioTasks,
    Place::SpawnBlocking,
    Place::ScopedThreads,
    Place::Rayon,
];

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .expect("room for a few threads")
}

/// Does the jobs on a runtime with `workers` workers, and as many other
/// threads.
fn done<T, J>(workers: usize, place: Place, jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    within(PATIENT, move || {
        runtime(workers).block_on(compute(place, &pool(workers), jobs))
    })
}

#[test]
fn all_places_agree_in_order() {
    for place in PLACES {
        for workers in [1, 2, 7] {
            let jobs = (0..5).map(|login| move || login * login).collect();
            assert_eq!(
                done(workers, place, jobs),
                [0, 1, 4, 9, 16],
                "{place:?}"
            );
        }
    }
}

#[test]
fn on_two_threads_two_jobs_run_at_the_same_instant_and_tokio_is_no_exception() {
    let meeting = |deadline| {
        let pair = Rendezvous::new(2);
        let job = || {
            let pair = pair.clone();
            move || pair.meet(deadline).is_ok()
        };
        vec![job(), job()]
    };
    for place in [
        Place::TokioTasks,
        Place::SpawnBlocking,
        Place::ScopedThreads,
        Place::Rayon,
    ] {
        assert_eq!(
            done(2, place, meeting(PATIENT / 2)),
            [true, true],
            "{place:?}"
        );
    }
    let short = Duration::from_millis(10);
    assert_eq!(done(2, Place::OneThread, meeting(short)), [false, false]);
}

/// Whether a task of the runtime, which has one worker, answers a job while
/// that runs. The jobs are asked for on the same worker: to block it while they
/// run would be noticed.
fn neighbor_answers(place: Place, deadline: Duration) -> bool {
    within(PATIENT, move || {
        let (ask, asked) = oneshot::channel();
        let (answer, answered) = mpsc::channel();
        let job = move || {
            ask.send(()).expect("the neighbor is there");
            answered.recv_timeout(deadline).is_ok()
        };
        let pool = pool(1);
        runtime(1).block_on(async {
            tokio::spawn(async move {
                asked.await.expect("the job asks");
                // An error says that it was too late.
                let _ = answer.send(());
            });
            let asking =
                tokio::spawn(
                    async move { compute(place, &pool, vec![job]).await },
                );
            asking.await.expect("no job panics") == [true]
        })
    })
}

#[test]
fn a_neighbor_can_run_beside_every_job_but_a_tokio_task() {
    assert!(!neighbor_answers(Place::TokioTasks, Duration::from_millis(50)));
    for place in [
        Place::OneThread,
        Place::SpawnBlocking,
        Place::ScopedThreads,
        Place::Rayon,
    ] {
        assert!(neighbor_answers(place, PATIENT / 2), "{place:?}");
    }
}

#[test]
fn spawn_blocking_takes_a_thread_per_job_and_the_others_keep_to_theirs() {
    let all = Rendezvous::new(8);
    let job = || {
        let all = all.clone();
        move || all.meet(PATIENT / 2).is_ok()
    };
    let met = done(2, Place::SpawnBlocking, (0..8).map(|_| job()).collect());
    assert_eq!(met, [true; 8]);

    for place in [
        Place::OneThread,
        Place::TokioTasks,
        Place::ScopedThreads,
        Place::Rayon,
    ] {
        let peak = Peak::new();
        let job = |_| {
            let peak = peak.clone();
            move || {
                let _in_flight = peak.enter();
                thread::sleep(Duration::from_millis(1));
            }
        };
        done(2, place, (0..8).map(job).collect());
        assert!(
            peak.max() <= if place == Place::OneThread { 1 } else { 2 },
            "{place:?}"
        );
        assert_eq!(peak.total(), 8);
    }
}

#[test]
fn a_task_that_computes_shows_as_a_gap() {
    let long = Duration::from_millis(30);
    let gap = within(PATIENT, move || {
        let compute = as_tasks(vec![move || thread::sleep(long)]);
        runtime(1).block_on(beside_a_ticker(PERIOD, compute)).longest_gap
    });
    assert!(gap >= long, "{gap:?}");
}
