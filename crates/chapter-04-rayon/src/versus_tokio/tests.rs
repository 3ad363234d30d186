use super::*;
use std::sync::mpsc;
use tokio::runtime::Runtime;
use witness::{PATIENT, Peak, Rendezvous, within};

const WAYS: [Way; 5] =
    [Way::OneThread, Way::TokioTasks, Way::SpawnBlocking, Way::ScopedThreads, Way::Rayon];

fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .expect("room for a few threads")
}

/// Does the jobs on a runtime with so many workers, and as many other threads.
fn done<T, J>(workers: usize, way: Way, jobs: Vec<J>) -> Vec<T>
where
    T: Send + 'static,
    J: FnOnce() -> T + Send + 'static,
{
    within(PATIENT, move || {
        let pool = named("rayon", workers).build().expect("room for a few threads");
        runtime(workers).block_on(compute(way, &pool, jobs))
    })
}

#[test]
fn all_ways_agree_in_order() {
    for way in WAYS {
        for workers in [1, 2, 7] {
            let jobs = (0..5).map(|login| move || login * login).collect();
            assert_eq!(done(workers, way, jobs), [0, 1, 4, 9, 16], "{way:?}");
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
    for way in [Way::TokioTasks, Way::SpawnBlocking, Way::ScopedThreads, Way::Rayon] {
        assert_eq!(done(2, way, meeting(PATIENT / 2)), [true, true], "{way:?}");
    }
    let short = Duration::from_millis(10);
    assert_eq!(done(2, Way::OneThread, meeting(short)), [false, false]);
}

/// Whether a task of the runtime, which has one worker, answers a job while that runs. The jobs
/// are asked for on the same worker: to block it while they run would be noticed.
fn neighbor_answers(way: Way, deadline: Duration) -> bool {
    within(PATIENT, move || {
        let (ask, asked) = oneshot::channel();
        let (answer, answered) = mpsc::channel();
        let job = move || {
            ask.send(()).expect("the neighbor is there");
            answered.recv_timeout(deadline).is_ok()
        };
        let pool = named("rayon", 1).build().expect("room for a thread");
        runtime(1).block_on(async {
            tokio::spawn(async move {
                asked.await.expect("the job asks");
                // An error says that it was too late.
                let _ = answer.send(());
            });
            let asking = tokio::spawn(async move { compute(way, &pool, vec![job]).await });
            asking.await.expect("no job panics") == [true]
        })
    })
}

#[test]
fn a_neighbor_can_run_beside_every_job_but_a_tokio_task() {
    assert!(!neighbor_answers(Way::TokioTasks, Duration::from_millis(50)));
    for way in [Way::OneThread, Way::SpawnBlocking, Way::ScopedThreads, Way::Rayon] {
        assert!(neighbor_answers(way, PATIENT / 2), "{way:?}");
    }
}

#[test]
fn spawn_blocking_takes_a_thread_per_job_and_the_others_keep_to_theirs() {
    let all = Rendezvous::new(8);
    let job = || {
        let all = all.clone();
        move || all.meet(PATIENT / 2).is_ok()
    };
    let met = done(2, Way::SpawnBlocking, (0..8).map(|_| job()).collect());
    assert_eq!(met, [true; 8]);

    for way in [Way::OneThread, Way::TokioTasks, Way::ScopedThreads, Way::Rayon] {
        let peak = Peak::new();
        let job = |_| {
            let peak = peak.clone();
            move || {
                let _in_flight = peak.enter();
                thread::sleep(Duration::from_millis(1));
            }
        };
        done(2, way, (0..8).map(job).collect());
        assert!(peak.max() <= if way == Way::OneThread { 1 } else { 2 }, "{way:?}");
        assert_eq!(peak.total(), 8);
    }
}

#[test]
fn a_task_that_computes_shows_as_a_gap() {
    let long = Duration::from_millis(30);
    let gap = within(PATIENT, move || {
        let compute = as_tasks(vec![move || thread::sleep(long)]);
        runtime(1).block_on(observed(PERIOD, compute)).1.gap
    });
    assert!(gap >= long, "{gap:?}");
}

#[test]
fn a_line_has_the_fastest_time_the_median_gap_and_the_most_threads() {
    let [one, two, three] = [1, 2, 3].map(Duration::from_secs);
    let seen = |took, gap| Observed { took, gap };
    let rounds = [(seen(two, three), 2), (seen(one, one), 4), (seen(three, two), 3)];
    let line = Line::new("Rayon", &rounds);
    assert_eq!(line, Line { name: "Rayon", took: one, gap: two, threads: 4 });
}
