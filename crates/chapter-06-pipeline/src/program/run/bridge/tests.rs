use super::*;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::Semaphore;
use witness::{Rendezvous, within};

const LIMIT: Duration = Duration::from_secs(30);

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

#[test]
fn the_runtime_goes_on_while_the_work_runs() {
    within(LIMIT, || {
        let bridge = Bridge::new(1).expect("a pool");
        let rendezvous = Rendezvous::new(2);
        let there = rendezvous.clone();
        block_on(async {
            // The work waits for a task of the same, single-threaded runtime.
            // Run on the runtime's thread it would wait forever.
            let work = bridge.run(move || there.meet(LIMIT).is_ok());
            let (met, ()) = tokio::join!(work, rendezvous.meet_async());
            assert_eq!(met, Ok(true));
        });
    });
}

#[test]
#[cfg(target_os = "linux")]
fn its_threads_have_a_lower_priority_and_no_other_has() {
    let own = || {
        rustix::process::getpriority_process(None)
            .expect("it is this thread's own")
    };
    let before = own();
    let bridge = Bridge::new(2).expect("a pool");
    for nice in bridge.pool().broadcast(|_| own()) {
        assert_eq!(nice, (before + NICER).min(19));
    }
    assert_eq!(own(), before);
}

#[test]
fn a_panic_is_a_value_and_the_pool_survives() {
    within(LIMIT, || {
        let bridge = Bridge::new(1).expect("a pool");
        block_on(async {
            let poisoned = bridge
                .run(|| -> u32 { panic!("page {} is poisoned", 7) })
                .await;
            assert_eq!(poisoned, Err(Panicked("page 7 is poisoned".into())));
            assert_eq!(bridge.run(|| 42).await, Ok(42));
        });
    });
}

#[test]
fn work_that_nobody_waits_for_is_not_begun_and_its_permit_comes_back() {
    within(LIMIT, || {
        let bridge = Bridge::new(1).expect("a pool");
        let permits = Arc::new(Semaphore::new(1));
        let ran = Arc::new(AtomicBool::new(false));
        let (release, wait) = mpsc::channel::<()>();
        block_on(async {
            bridge.pool().spawn(move || {
                let _ = wait.recv();
            });
            let permit =
                Arc::clone(&permits).try_acquire_owned().expect("it is free");
            let seen = Arc::clone(&ran);
            let mut waiting = Box::pin(bridge.run(move || {
                let _permit = permit;
                seen.store(true, Ordering::Relaxed);
            }));
            assert!(futures::poll!(&mut waiting).is_pending());
            drop(waiting);
            assert_eq!(bridge.waiting(), 1);
            assert_eq!(
                permits.available_permits(),
                0,
                "the permit is with the work, not with the waiter"
            );
            drop(release);
            let _permit = permits.acquire().await.expect("it is never closed");
        });
        assert!(!ran.load(Ordering::Relaxed));
    });
}
