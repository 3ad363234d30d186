//! One computes while the others wait.

// ANCHOR: program
use std::error::Error;
use std::hash::Hash;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use futures::future::join_all;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tracing::{Instrument, info_span};

use stage::four_who_look_first;
pub use stage::{Host, Unreachable};

// ANCHOR: herd
/// Looks the key up, and computes it if it is missing. All who ask before the
/// first is done find it missing.
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
    /// Returns the value of `key`. Of all who ask while it is missing, one runs
    /// its `compute`. If that fails or is canceled, the next one runs its own.
    pub async fn get_or_compute<E>(
        &self,
        key: K,
        compute: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let share = Share { cells: &self.cells, cell: self.cell(&key), key };
        share.cell.get_or_try_init(|| compute).await.cloned()
    }

    /// The cell of `key`, a new one if there is none. The guard does not leave
    /// this function.
    fn cell(&self, key: &K) -> Arc<OnceCell<V>> {
        if let Some(cell) = self.cells.get(key) {
            return Arc::clone(&cell);
        }
        Arc::clone(&self.cells.entry(key.clone()).or_default())
    }
}
// ANCHOR_END: cache

// ANCHOR: share
/// A caller's share in a cell. The last one to leave an empty cell removes it
/// from the map.
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
        // If the map's share is the only one left now, nobody computes and
        // nobody waits. It stays so until this is done: a new share comes from
        // the map, and its shard is locked.
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
    /// The number of keys with a value or being computed.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
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
    cache
        .get_or_compute("docs.example", host.rules(caller))
        .instrument(span)
        .await
}
// ANCHOR_END: ask

/// Lets four callers ask for the rules of one host: without single flight, with
/// it, and with it when the first fetch fails or is canceled.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let timeline =
        timeline::timeline("look, then compute: four callers, four fetches");
    let fetches = four_who_look_first().await;
    timeline.draw();
    println!("fetches: {fetches}\n");

    let timeline = timeline::timeline("one computes, three wait: one fetch");
    let (cache, host) = (Cache::default(), Host::default());
    join_all((1..=4).map(|caller| ask(&cache, &host, caller))).await;
    timeline.draw();
    println!("fetches: {}\n", host.fetches());

    let timeline =
        timeline::timeline("the first fetch fails: the next caller fetches");
    let (cache, host) = (Cache::default(), Host::failing(1));
    let answers =
        join_all((1..=4).map(|caller| ask(&cache, &host, caller))).await;
    timeline.draw();
    let errors = answers.iter().filter(|answer| answer.is_err()).count();
    println!("fetches: {}, errors: {errors}\n", host.fetches());

    let timeline = timeline::timeline(
        "the first caller gives up: the next caller fetches",
    );
    let (cache, host) = (Cache::default(), Host::default());
    let impatient = timeout(Duration::from_millis(10), ask(&cache, &host, 1));
    let others = join_all((2..=4).map(|caller| ask(&cache, &host, caller)));
    let (first, others) = futures::join!(impatient, others);
    timeline.draw();
    let answers = others.iter().filter(|answer| answer.is_ok()).count();
    println!("first: {}", if first.is_ok() { "answered" } else { "canceled" });
    println!("fetches: {}, answers: {answers}\n", host.fetches());

    let (cache, host) = (Cache::default(), Host::failing(1));
    let answer = ask(&cache, &host, 1).await;
    println!(
        "alone, and the fetch fails: {answer:?}; keys left: {}",
        cache.len()
    );
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
