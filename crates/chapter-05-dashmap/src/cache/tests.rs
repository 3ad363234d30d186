use super::*;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::poll_immediate;
use std::cell::Cell;
use std::hash::Hasher;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Barrier;
use std::thread;
use tokio::time::sleep;
use witness::{Drops, Log, PATIENT, Peak, Rendezvous, paused, within};

const SECOND: Duration = Duration::from_secs(1);

/// A second of work. `peak` sees it; the first `failures` fail.
async fn work(peak: &Peak, failures: usize) -> Result<usize, Unreachable> {
    let _working = peak.enter();
    let number = peak.total();
    sleep(SECOND).await;
    if number <= failures { Err(Unreachable) } else { Ok(number) }
}

#[test]
fn looking_first_and_computing_then_makes_a_herd() {
    let (computed, kept) = paused(async || {
        let (cache, peak, all) =
            (DashMap::new(), Peak::new(), Rendezvous::new(10));
        let compute = async || {
            // They are all here before any of them goes on.
            all.meet_async().await;
            work(&peak, 0).await
        };
        join_all((0..10).map(|_| look_then_compute(&cache, "key", compute())))
            .await;
        ((peak.total(), peak.max()), cache.len())
    });
    assert_eq!((computed, kept), ((10, 10), 1));
}

#[test]
fn ten_callers_of_one_key_make_one_computation() {
    let (computed, answers) = paused(async || {
        let (cache, peak, callers) =
            (Cache::default(), Peak::new(), Peak::new());
        let ask = async || {
            let _asking = callers.enter();
            cache.get_or_compute("key", work(&peak, 0)).await
        };
        let answers = join_all((0..10).map(|_| ask())).await;
        assert_eq!(
            callers.max(),
            10,
            "all asked before the first had an answer"
        );
        assert_eq!(
            cache.get_or_compute("key", work(&peak, 0)).await,
            Ok(1),
            "and later"
        );
        (peak.total(), answers)
    });
    assert_eq!((computed, answers), (1, vec![Ok(1); 10]));
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    let (computed, kept) = paused(async || {
        let (cache, peak, all) =
            (Cache::default(), Peak::new(), Rendezvous::new(5));
        let compute = async || {
            all.meet_async().await;
            work(&peak, 0).await
        };
        join_all(
            (0..20).map(|caller| cache.get_or_compute(caller % 5, compute())),
        )
        .await;
        (peak.total(), cache.len())
    });
    assert_eq!((computed, kept), (5, 5));
}

#[test]
fn a_failed_computation_is_retried_by_the_next_caller() {
    let (computed, at_once, answers, later) = paused(async || {
        let (cache, peak) = (Cache::default(), Peak::new());
        let ask = || cache.get_or_compute("key", work(&peak, 2));
        let answers = join_all((0..4).map(|_| ask())).await;
        (peak.total(), peak.max(), answers, ask().await)
    });
    assert_eq!((computed, at_once), (3, 1));
    assert_eq!(answers, [Err(Unreachable), Err(Unreachable), Ok(3), Ok(3)]);
    assert_eq!(later, Ok(3));
}

#[test]
fn a_key_whose_computations_all_failed_leaves_nothing() {
    let (computed, left, later) = paused(async || {
        let (cache, peak) = (Cache::default(), Peak::new());
        let ask = || cache.get_or_compute("key", work(&peak, 3));
        let answers = join_all((0..3).map(|_| ask())).await;
        assert_eq!(answers, [Err(Unreachable); 3]);
        (peak.total(), cache.len(), ask().await)
    });
    assert_eq!((computed, left, later), (3, 0, Ok(4)));
}

#[test]
fn when_the_computing_caller_is_canceled_another_takes_over() {
    let (drops, answers, left) = paused(async || {
        let (cache, drops, log) = (Cache::default(), Drops::new(), Log::new());
        let ask = |caller| {
            let (guard, log) = (drops.guard(), log.clone());
            cache.get_or_compute("key", async move {
                log.push(caller);
                sleep(SECOND).await;
                guard.finish();
                Ok::<_, Unreachable>(caller)
            })
        };
        let mut first = Box::pin(ask(1));
        let mut second = Box::pin(ask(2));
        let third = ask(3);
        assert_eq!(poll_immediate(&mut first).await, None);
        assert_eq!(poll_immediate(&mut second).await, None);
        drop(first);
        assert_eq!((log.events(), drops.canceled()), (vec![1], 1));
        let answers = join_all([second, Box::pin(third)]).await;
        assert_eq!(log.events(), [1, 2]);
        (drops, answers, cache.len())
    });
    // The third's computation was dropped, too, and never began.
    assert_eq!((drops.finished(), drops.canceled()), (1, 2));
    assert_eq!((answers, left), (vec![Ok(2), Ok(2)], 1));
}

#[test]
fn canceled_callers_leave_no_empty_key() {
    let left = paused(async || {
        let (cache, peak) = (Cache::default(), Peak::new());
        let mut callers: Vec<_> = (0..3)
            .map(|_| Box::pin(cache.get_or_compute("key", work(&peak, 0))))
            .collect();
        let mut left = Vec::new();
        for caller in &mut callers {
            assert_eq!(poll_immediate(caller).await, None);
        }
        for caller in callers {
            left.push(cache.len());
            drop(caller);
        }
        left.push(cache.len());
        left
    });
    assert_eq!(left, [1, 1, 1, 0], "who is last puts out the light");
}

#[test]
fn a_computation_that_panics_leaves_nothing_either() {
    let (left, later) = paused(async || {
        let (cache, peak) = (Cache::default(), Peak::new());
        let panics = cache.get_or_compute::<Unreachable>("key", async {
            panic!("on purpose")
        });
        let panicked =
            std::panic::AssertUnwindSafe(panics).catch_unwind().await;
        assert!(panicked.is_err());
        (cache.len(), cache.get_or_compute("key", work(&peak, 0)).await)
    });
    assert_eq!((left, later), (0, Ok(1)));
}

#[test]
fn nothing_is_locked_while_a_value_is_computed() {
    paused(async || {
        let (cache, peak) = (Cache::default(), Peak::new());
        let mut computing = pin!(cache.get_or_compute("key", work(&peak, 0)));
        assert_eq!(poll_immediate(&mut computing).await, None);
        assert!(!cache.cells.try_get_mut("key").is_locked());
    });
}

thread_local! {
    static MEANWHILE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

/// A key that lets others come in just before each call on the map, when it is
/// hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Polite(usize);

impl Hash for Polite {
    fn hash<H: Hasher>(&self, state: &mut H) {
        MEANWHILE.take().unwrap_or_else(|| Box::new(thread::yield_now))();
        self.0.hash(state);
    }
}

#[test]
fn a_value_that_comes_while_a_failed_caller_leaves_is_kept() {
    let (kept, again) = within(PATIENT, || {
        let cache = Rc::new(Cache::default());
        let other = Rc::clone(&cache);
        let succeeds = move || {
            let answer = other
                .get_or_compute(Polite(1), async { Ok::<_, Unreachable>(7) });
            assert_eq!(answer.now_or_never(), Some(Ok(7)));
        };
        let fails = cache.get_or_compute(Polite(1), async {
            // The next to hash the key is this caller, when it comes to remove
            // it.
            MEANWHILE.set(Some(Box::new(succeeds)));
            Err(Unreachable)
        });
        assert_eq!(fails.now_or_never(), Some(Err(Unreachable)));
        let again = cache.get_or_compute(Polite(1), async { Err(Unreachable) });
        let again = again.now_or_never();
        (cache.len(), again)
    });
    assert_eq!((kept, again), (1, Some(Ok(7))));
}

/// Four threads ask for key after key, each time at the same instant. Returns
/// how many computations there were and how many keys are kept.
fn four_ask_at_once(
    keys: usize,
    answer: impl Fn(usize) -> Result<usize, Unreachable> + Send + Sync + 'static,
) -> (usize, usize) {
    within(PATIENT, move || {
        let (cache, peak, start) =
            (Cache::default(), Peak::new(), Barrier::new(4));
        let ask_all = || {
            for key in 0..keys {
                start.wait();
                let compute = async {
                    let _working = peak.enter();
                    answer(key)
                };
                let asked =
                    block_on(cache.get_or_compute(Polite(key), compute));
                assert_eq!(asked, answer(key));
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(ask_all);
            }
        });
        (peak.total(), cache.len())
    })
}

#[test]
fn threads_that_ask_at_the_same_instant_make_one_computation() {
    assert_eq!(four_ask_at_once(500, Ok), (500, 500));
}

#[test]
fn threads_that_fail_at_the_same_instant_leave_nothing() {
    assert_eq!(four_ask_at_once(500, |_| Err(Unreachable)), (2_000, 0));
}
