//! One caller computes and the others wait: while many ask for a key, it is computed once.

use std::error::Error;
use std::fmt;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use futures::future::join_all;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: herd
/// Looks the key up, and computes it if it is missing. All who ask before the first is done find
/// it missing.
pub async fn look_then_compute<K: Hash + Eq, V: Clone, E>(
    cache: &DashMap<K, V>,
    key: K,
    compute: impl Future<Output = Result<V, E>>,
) -> Result<V, E> {
    if let Some(value) = cache.get(&key) {
        return Ok(value.clone());
    }
    let value = compute.await?;
    cache.insert(key, value.clone());
    Ok(value)
}
// ANCHOR_END: herd

// ANCHOR: cache
/// A cache in which each key is computed by one caller at a time.
#[derive(Debug)]
pub struct Cache<K: Hash + Eq, V> {
    cells: DashMap<K, Arc<OnceCell<V>>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// Returns the value of `key`. Of all who ask while it is missing, one runs its `compute`. If
    /// that fails or is canceled, the next one runs its own.
    pub async fn get_or_compute<E>(
        &self,
        key: K,
        compute: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let share = Share { cells: &self.cells, cell: self.cell(&key), key };
        share.cell.get_or_try_init(|| compute).await.cloned()
    }

    /// The cell of `key`, a new one if there is none. The guard does not leave this function.
    fn cell(&self, key: &K) -> Arc<OnceCell<V>> {
        if let Some(cell) = self.cells.get(key) {
            return Arc::clone(&cell);
        }
        Arc::clone(&self.cells.entry(key.clone()).or_default())
    }
}
// ANCHOR_END: cache

// ANCHOR: share
/// A caller's share in a cell. The last one to leave an empty cell removes it from the map.
struct Share<'a, K: Hash + Eq, V> {
    cells: &'a DashMap<K, Arc<OnceCell<V>>>,
    cell: Arc<OnceCell<V>>,
    key: K,
}

impl<K: Hash + Eq, V> Drop for Share<'_, K, V> {
    fn drop(&mut self) {
        if self.cell.initialized() {
            return;
        }
        drop(mem::take(&mut self.cell));
        // If the map's share is the only one left now, nobody computes and nobody waits. It stays
        // so until this is done: who wants a share must come to the map, and its shard is locked.
        self.cells.remove_if_mut(&self.key, |_, cell| {
            Arc::get_mut(cell).is_some_and(|cell| !cell.initialized())
        });
    }
}
// ANCHOR_END: share

impl<K: Hash + Eq, V> Default for Cache<K, V> {
    fn default() -> Self {
        Cache { cells: DashMap::new() }
    }
}

impl<K: Hash + Eq, V> Cache<K, V> {
    /// How many keys there are, with a value or being computed.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

/// What a computation failed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host is unreachable")
    }
}

impl Error for Unreachable {}

/// A host that says which of its pages a program may fetch.
#[derive(Debug, Default)]
pub struct Host {
    failures: usize,
    fetches: AtomicUsize,
}

impl Host {
    /// Fetches the rules for `caller`. The host's first `failures` answers are errors.
    pub async fn rules(&self, caller: usize) -> Result<&'static str, Unreachable> {
        let before = self.fetches.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(20)).instrument(info_span!("fetch", caller)).await;
        if before < self.failures { Err(Unreachable) } else { Ok("all pages but /private") }
    }
}

// ANCHOR: ask
/// Asks the cache for the rules.
pub async fn ask(
    cache: &Cache<&'static str, &'static str>,
    host: &Host,
    caller: usize,
) -> Result<&'static str, Unreachable> {
    let span = info_span!("ask", caller);
    cache.get_or_compute("docs.example", host.rules(caller)).instrument(span).await
}
// ANCHOR_END: ask

/// Lets four callers ask for the rules of one host: without single flight, with it, and with it
/// when the first fetch fails or is canceled.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline = lessons::timeline("look, then compute: four callers, four fetches");
    let (cache, host) = (DashMap::new(), Host::default());
    let all_missed = tokio::sync::Barrier::new(4);
    let fetch = async |caller| {
        all_missed.wait().await;
        host.rules(caller).await
    };
    let ask_herd = |caller| {
        let rules = look_then_compute(&cache, "docs.example", fetch(caller));
        rules.instrument(info_span!("ask", caller))
    };
    join_all((1..=4).map(ask_herd)).await;
    timeline.draw();
    println!("fetches: {}\n", host.fetches.into_inner());

    let timeline = lessons::timeline("one computes, three wait: one fetch");
    let (cache, host) = (Cache::default(), Host::default());
    join_all((1..=4).map(|caller| ask(&cache, &host, caller))).await;
    timeline.draw();
    println!("fetches: {}\n", host.fetches.into_inner());

    let timeline = lessons::timeline("the first fetch fails: the next caller fetches");
    let (cache, host) = (Cache::default(), Host { failures: 1, ..Host::default() });
    let answers = join_all((1..=4).map(|caller| ask(&cache, &host, caller))).await;
    timeline.draw();
    let errors = answers.iter().filter(|answer| answer.is_err()).count();
    println!("fetches: {}, errors: {errors}\n", host.fetches.into_inner());

    let timeline = lessons::timeline("the first caller gives up: the next caller fetches");
    let (cache, host) = (Cache::default(), Host::default());
    let impatient = timeout(Duration::from_millis(10), ask(&cache, &host, 1));
    let (first, others) =
        futures::join!(impatient, join_all((2..=4).map(|caller| ask(&cache, &host, caller))));
    timeline.draw();
    let answers = others.iter().filter(|answer| answer.is_ok()).count();
    println!("first: {}", if first.is_ok() { "answered" } else { "canceled" });
    println!("fetches: {}, answers: {answers}\n", host.fetches.into_inner());

    let (cache, host) = (Cache::default(), Host { failures: 1, ..Host::default() });
    let answer = ask(&cache, &host, 1).await;
    println!("alone, and the fetch fails: {answer:?}; keys left: {}", cache.len());
    Ok(())
}

#[cfg(test)]
mod tests {
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
    use tokio::runtime::Builder;
    use witness::{Drops, Log, Peak, Rendezvous, within};

    const PATIENT: Duration = Duration::from_secs(60);
    const SECOND: Duration = Duration::from_secs(1);

    /// Runs on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(PATIENT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

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
            let (cache, peak, all) = (DashMap::new(), Peak::new(), Rendezvous::new(10));
            let compute = async || {
                // They are all here before any of them goes on.
                all.meet_async().await;
                work(&peak, 0).await
            };
            join_all((0..10).map(|_| look_then_compute(&cache, "key", compute()))).await;
            ((peak.total(), peak.max()), cache.len())
        });
        assert_eq!((computed, kept), ((10, 10), 1));
    }

    #[test]
    fn ten_callers_of_one_key_make_one_computation() {
        let (computed, answers) = paused(async || {
            let (cache, peak, callers) = (Cache::default(), Peak::new(), Peak::new());
            let ask = async || {
                let _asking = callers.enter();
                cache.get_or_compute("key", work(&peak, 0)).await
            };
            let answers = join_all((0..10).map(|_| ask())).await;
            assert_eq!(callers.max(), 10, "all asked before the first had an answer");
            assert_eq!(cache.get_or_compute("key", work(&peak, 0)).await, Ok(1), "and later");
            (peak.total(), answers)
        });
        assert_eq!((computed, answers), (1, vec![Ok(1); 10]));
    }

    #[test]
    fn different_keys_do_not_wait_for_each_other() {
        let (computed, kept) = paused(async || {
            let (cache, peak, all) = (Cache::default(), Peak::new(), Rendezvous::new(5));
            let compute = async || {
                all.meet_async().await;
                work(&peak, 0).await
            };
            join_all((0..20).map(|caller| cache.get_or_compute(caller % 5, compute()))).await;
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
            let mut callers: Vec<_> =
                (0..3).map(|_| Box::pin(cache.get_or_compute("key", work(&peak, 0)))).collect();
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
            let panics = cache.get_or_compute::<Unreachable>("key", async { panic!("on purpose") });
            let panicked = std::panic::AssertUnwindSafe(panics).catch_unwind().await;
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

    /// A key that lets others come in just before each call on the map, when it is hashed.
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
                let answer = other.get_or_compute(Polite(1), async { Ok::<_, Unreachable>(7) });
                assert_eq!(answer.now_or_never(), Some(Ok(7)));
            };
            let fails = cache.get_or_compute(Polite(1), async {
                // The next to hash the key is this caller, when it comes to remove it.
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

    /// Four threads ask for key after key, each time at the same instant. Returns how many
    /// computations there were and how many keys are kept.
    fn four_ask_at_once(
        keys: usize,
        answer: impl Fn(usize) -> Result<usize, Unreachable> + Send + Sync + 'static,
    ) -> (usize, usize) {
        within(PATIENT, move || {
            let (cache, peak, start) = (Cache::default(), Peak::new(), Barrier::new(4));
            let ask_all = || {
                for key in 0..keys {
                    start.wait();
                    let compute = async {
                        let _working = peak.enter();
                        answer(key)
                    };
                    let asked = block_on(cache.get_or_compute(Polite(key), compute));
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
}
