//! Many locks let threads in side by side.

// ANCHOR: program
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::error::Error;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use dashmap::DashMap;

use stage::{count_stock, four_apart, print_cleared, print_reachable};

// ANCHOR: shared_map
/// A map that threads share. Each call is one locked step.
pub trait SharedMap<K, V>: Sync {
    /// Returns a copy of the value.
    fn get(&self, key: &K) -> Option<V>;
    /// Inserts a value, and returns the one that was there.
    fn insert(&self, key: K, value: V) -> Option<V>;
    /// Changes a value, which starts at its default.
    fn update(&self, key: K, change: impl FnOnce(&mut V));
    /// Removes a value, and returns it.
    fn remove(&self, key: &K) -> Option<V>;
    /// Whether another thread would have to wait for this key now.
    fn is_locked(&self, key: &K) -> bool;
    /// Returns everything as one map.
    fn into_map(self) -> HashMap<K, V>;
}
// ANCHOR_END: shared_map

// ANCHOR: sharded
/// A map in shards. The hash of a key says which shard it belongs to.
#[derive(Debug)]
pub struct Sharded<K, V> {
    hasher: RandomState,
    shards: Vec<RwLock<HashMap<K, V>>>,
}

impl<K: Hash + Eq, V> Sharded<K, V> {
    /// Returns an empty map of `shards` shards.
    pub fn new(shards: usize) -> Self {
        let shards = (0..shards).map(|_| RwLock::default()).collect();
        Sharded { hasher: RandomState::new(), shards }
    }

    /// The number of the shard that `key` belongs to, whether it is there or
    /// not.
    pub fn shard_of(&self, key: &K) -> usize {
        self.hasher.hash_one(key) as usize % self.shards.len()
    }

    fn shard(&self, key: &K) -> &RwLock<HashMap<K, V>> {
        &self.shards[self.shard_of(key)]
    }
}
// ANCHOR_END: sharded

// ANCHOR: by_hand
impl<K, V> SharedMap<K, V> for Sharded<K, V>
where
    K: Hash + Eq + Send + Sync,
    V: Clone + Default + Send + Sync,
{
    fn get(&self, key: &K) -> Option<V> {
        self.shard(key).read().expect(SOUND).get(key).cloned()
    }

    fn insert(&self, key: K, value: V) -> Option<V> {
        self.shard(&key).write().expect(SOUND).insert(key, value)
    }

    fn update(&self, key: K, change: impl FnOnce(&mut V)) {
        change(self.shard(&key).write().expect(SOUND).entry(key).or_default());
    }

    fn remove(&self, key: &K) -> Option<V> {
        self.shard(key).write().expect(SOUND).remove(key)
    }

    fn is_locked(&self, key: &K) -> bool {
        self.shard(key).try_write().is_err()
    }

    fn into_map(self) -> HashMap<K, V> {
        let shards = self.shards.into_iter();
        shards.flat_map(|shard| shard.into_inner().expect(SOUND)).collect()
    }
}
// ANCHOR_END: by_hand

const SOUND: &str = "no thread panics while it holds the lock";

// ANCHOR: dashmap
impl<K, V> SharedMap<K, V> for DashMap<K, V>
where
    K: Hash + Eq + Send + Sync,
    V: Clone + Default + Send + Sync,
{
    fn get(&self, key: &K) -> Option<V> {
        DashMap::get(self, key).map(|value| value.clone())
    }

    fn insert(&self, key: K, value: V) -> Option<V> {
        DashMap::insert(self, key, value)
    }

    fn update(&self, key: K, change: impl FnOnce(&mut V)) {
        change(&mut self.entry(key).or_default());
    }

    fn remove(&self, key: &K) -> Option<V> {
        DashMap::remove(self, key).map(|(_, value)| value)
    }

    fn is_locked(&self, key: &K) -> bool {
        self.try_get_mut(key).is_locked()
    }

    fn into_map(self) -> HashMap<K, V> {
        self.into_iter().collect()
    }
}
// ANCHOR_END: dashmap

// ANCHOR: lock_per_key
/// A map with a lock for each key. The map around them needs one, too.
#[derive(Debug, Default)]
pub struct LockPerKey<K, V> {
    locks: RwLock<HashMap<K, Arc<Mutex<V>>>>,
}

impl<K: Hash + Eq, V: Clone + Default> LockPerKey<K, V> {
    /// Changes a value. `gap` runs when its lock is found, and not taken yet.
    pub fn update(
        &self,
        key: K,
        gap: impl FnOnce(),
        change: impl FnOnce(&mut V),
    ) {
        let found = Arc::clone(
            self.locks.write().expect(SOUND).entry(key).or_default(),
        );
        gap();
        change(&mut found.lock().expect(SOUND));
    }

    /// Removes a value, and returns it.
    pub fn remove(&self, key: &K) -> Option<V> {
        let found = self.locks.write().expect(SOUND).remove(key)?;
        Some(found.lock().expect(SOUND).clone())
    }
}
// ANCHOR_END: lock_per_key

// ANCHOR: cleared
/// Ten of article 1 are there, and five are delivered. When the lock is found
/// and not taken yet, another thread clears the article away. Returns what was
/// cleared and what is left.
pub fn cleared_in_the_gap(stock: &LockPerKey<u32, u64>) -> [Option<u64>; 2] {
    stock.update(1, || (), |entry| *entry = 10);
    let mut cleared = None;
    let clear = || {
        let second =
            thread::scope(|scope| scope.spawn(|| stock.remove(&1)).join());
        cleared = second.expect("clearing does not panic");
    };
    stock.update(1, clear, |entry| *entry += 5);
    [cleared, stock.remove(&1)]
}

/// The same where there is no gap: the other thread comes during the delivery,
/// and has to wait.
pub fn cleared_meanwhile(stock: &impl SharedMap<u32, u64>) -> [Option<u64>; 2] {
    stock.insert(1, 10);
    let cleared = thread::scope(|scope| {
        let mut second = None;
        stock.update(1, |entry| {
            second = Some(scope.spawn(|| stock.remove(&1)));
            *entry += 5;
        });
        second.expect("the change ran").join().expect("clearing does not panic")
    });
    [cleared, stock.remove(&1)]
}
// ANCHOR_END: cleared

/// Counts stock with one shard and with 64, shows what shards let through, and
/// clears an article away during a delivery.
pub fn main() -> Result<(), Box<dyn Error>> {
    let count = || {
        thread::sleep(Duration::from_millis(10));
        12
    };
    let timeline = timeline::timeline("1 shard: the threads take turns");
    count_stock(&Sharded::new(1), [0, 1, 2, 3], count);
    timeline.draw();

    println!();
    let timeline = timeline::timeline(
        "64 shards, a different one for each article: all at once",
    );
    let stock = Sharded::new(64);
    count_stock(&stock, four_apart(&stock), count);
    timeline.draw();

    println!();
    print_reachable();
    print_cleared();
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
