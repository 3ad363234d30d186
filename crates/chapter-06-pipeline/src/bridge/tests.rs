use super::stage::round_trips;
use super::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use witness::{PATIENT, Peak, Rendezvous, within};

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("it takes no thread").block_on(future)
}

/// Whether a task of the runtime answers a job while that runs.
fn neighbor_answers(deadline: Duration, over: bool) -> bool {
    within(PATIENT, move || {
        let (ask, asked) = oneshot::channel();
        let (answer, answered) = mpsc::channel();
        let job = move || {
            ask.send(()).expect("the neighbor is there");
            answered.recv_timeout(deadline).is_ok()
        };
        let bridge = Bridge::new(1).expect("a thread");
        block_on(async {
            tokio::spawn(async move {
                asked.await.expect("the job asks");
                // An error says that it was too late.
                let _ = answer.send(());
            });
            match over {
                true => over_the_bridge(&bridge, vec![job]).await == [Ok(true)],
                false => on_the_runtime(vec![job]).await == [true],
            }
        })
    })
}

#[test]
fn a_neighbor_runs_beside_the_bridge_and_not_beside_par_iter() {
    assert!(neighbor_answers(PATIENT / 2, true));
    assert!(!neighbor_answers(Duration::from_millis(30), false));
}

#[test]
fn a_job_that_keeps_the_runtimes_thread_shows_as_a_gap() {
    let gap = within(PATIENT, || {
        let job = || thread::sleep(Duration::from_millis(30));
        block_on(beside_a_ticker(PERIOD, on_the_runtime(vec![job]))).longest_gap
    });
    assert!(gap >= Duration::from_millis(30), "{gap:?}");
}

#[test]
fn one_page_is_poisoned_and_the_others_are_exact() {
    within(PATIENT, || {
        let (bridge, all) =
            (Bridge::new(2).expect("two threads"), pages(100, 30));
        let answers = block_on(over_the_bridge(&bridge, jobs(&all, Some(41))));
        for (page, (answer, html)) in answers.into_iter().zip(&all).enumerate()
        {
            match (page, answer) {
                (41, Err(Panicked(said))) => {
                    assert_eq!(said, "page 41 is poisoned")
                }
                (_, answer) => {
                    assert_eq!(answer, Ok(words(html)), "page {page}")
                }
            }
        }
        assert_eq!(bridge.pool().broadcast(|_| ()).len(), 2);
    });
}

/// Drops the waiter of a work that has begun, and then asks for the permit.
/// Returns whether it was free while the work went on.
fn free_too_early(inside: bool) -> bool {
    within(PATIENT, move || {
        let (bridge, permits) =
            (Bridge::new(1).expect("a thread"), Arc::new(Semaphore::new(1)));
        let both = Rendezvous::new(2);
        let there = both.clone();
        let (release, wait) = mpsc::channel::<()>();
        let work = move || {
            there.meet(PATIENT / 2).expect("it is waited for");
            // An error says that the sender is gone, which is the signal.
            let _ = wait.recv();
        };
        block_on(async {
            let meet = both.meet_async();
            match inside {
                true => tokio::select! {
                    _ = permit_with_the_work(&bridge, &permits, work) => unreachable!("it waits"),
                    () = meet => {}
                },
                false => tokio::select! {
                    _ = permit_with_the_waiter(&bridge, &permits, work) => unreachable!("it waits"),
                    () = meet => {}
                },
            }
            let early = permits.available_permits() == 1;
            drop(release);
            // In either way it is free in the end, or this hangs.
            let _permit = permits.acquire().await.expect("it is never closed");
            early
        })
    })
}

#[test]
fn a_permit_inside_the_work_is_taken_until_the_work_is_done() {
    assert!(free_too_early(false));
    assert!(!free_too_early(true));
}

#[test]
fn work_that_nobody_waits_for_anymore_never_begins_and_frees_its_permit() {
    within(PATIENT, || {
        let (bridge, permits) =
            (Bridge::new(1).expect("a thread"), Arc::new(Semaphore::new(1)));
        let (release, wait) = mpsc::channel::<()>();
        bridge.pool().spawn(move || _ = wait.recv());
        let began = Arc::new(AtomicBool::new(false));
        let note = Arc::clone(&began);
        let work = move || note.store(true, Ordering::Relaxed);
        block_on(async {
            let mut waiting =
                Box::pin(permit_with_the_work(&bridge, &permits, work));
            assert!(futures::poll!(&mut waiting).is_pending());
            drop(waiting);
            assert_eq!((bridge.waiting(), permits.available_permits()), (1, 0));
            drop(release);
            let _permit = permits.acquire().await.expect("it is never closed");
        });
        assert!(!began.load(Ordering::Relaxed));
    });
}

#[test]
fn every_trip_is_made() {
    within(PATIENT, || {
        let (bridge, done) =
            (Bridge::new(2).expect("two threads"), Peak::new());
        let job = || {
            let (under_way, done) = (done.enter(), done.clone());
            let work = bridge.run(move || assert!(done.now() <= 32));
            async move {
                assert_eq!(work.await, Ok(()));
                drop(under_way);
            }
        };
        block_on(round_trips(200, job));
        assert_eq!((done.max(), done.total()), (32, 200));
    });
}
