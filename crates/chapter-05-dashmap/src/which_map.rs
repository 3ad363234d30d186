//! Maps differ in what they promise.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::sync::{RwLock, mpsc};
use std::thread;
use std::time::Duration;

use dashmap::DashMap;
use papaya::Operation;
use quick_cache::sync::{Cache, EntryAction, EntryResult};

// ANCHOR: shared_map
/// A map that threads share. Each call is one step.
pub trait SharedMap: Sync {
    /// A copy of the value.
    fn get(&self, key: u32) -> Option<u64>;
    /// Inserts a value in place of the one that was there.
    fn insert(&self, key: u32, value: u64);
    /// Changes a value. A missing one begins as 0.
    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64);
    /// Removes a value, and returns it.
    fn remove(&self, key: u32) -> Option<u64>;
}
// ANCHOR_END: shared_map

const SOUND: &str = "nobody panics with the lock";

// ANCHOR: locked
impl SharedMap for RwLock<HashMap<u32, u64>> {
    fn get(&self, key: u32) -> Option<u64> {
        self.read().expect(SOUND).get(&key).copied()
    }

    fn insert(&self, key: u32, value: u64) {
        self.write().expect(SOUND).insert(key, value);
    }

    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64) {
        let mut map = self.write().expect(SOUND);
        let value = map.entry(key).or_default();
        *value = change(*value);
    }

    fn remove(&self, key: u32) -> Option<u64> {
        self.write().expect(SOUND).remove(&key)
    }
}

impl SharedMap for DashMap<u32, u64> {
    fn get(&self, key: u32) -> Option<u64> {
        DashMap::get(self, &key).map(|value| *value)
    }

    fn insert(&self, key: u32, value: u64) {
        DashMap::insert(self, key, value);
    }

    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64) {
        let mut value = self.entry(key).or_default();
        *value = change(*value);
    }

    fn remove(&self, key: u32) -> Option<u64> {
        DashMap::remove(self, &key).map(|(_, value)| value)
    }
}

impl SharedMap for scc::HashMap<u32, u64> {
    fn get(&self, key: u32) -> Option<u64> {
        self.read_sync(&key, |_, value| *value)
    }

    fn insert(&self, key: u32, value: u64) {
        self.upsert_sync(key, value);
    }

    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64) {
        let mut entry = self.entry_sync(key).or_default();
        *entry = change(*entry);
    }

    fn remove(&self, key: u32) -> Option<u64> {
        self.remove_sync(&key).map(|(_, value)| value)
    }
}
// ANCHOR_END: locked

// ANCHOR: papaya
impl SharedMap for papaya::HashMap<u32, u64> {
    fn get(&self, key: u32) -> Option<u64> {
        self.pin().get(&key).copied()
    }

    fn insert(&self, key: u32, value: u64) {
        self.pin().insert(key, value);
    }

    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64) {
        self.pin().compute(key, |entry| {
            let value = entry.map_or(0, |(_, value)| *value);
            Operation::Insert::<u64, ()>(change(value))
        });
    }

    fn remove(&self, key: u32) -> Option<u64> {
        self.pin().remove(&key).copied()
    }
}
// ANCHOR_END: papaya

// ANCHOR: cache
impl SharedMap for Cache<u32, u64> {
    fn get(&self, key: u32) -> Option<u64> {
        Cache::get(self, &key)
    }

    fn insert(&self, key: u32, value: u64) {
        Cache::insert(self, key, value);
    }

    fn change(&self, key: u32, change: &mut dyn FnMut(u64) -> u64) {
        let found = self.entry(&key, None, |_, value| {
            *value = change(*value);
            EntryAction::Retain(())
        });
        if let EntryResult::Vacant(place) = found {
            // An error says that it was removed before it was there.
            let _ = place.insert(change(0));
        }
    }

    fn remove(&self, key: u32) -> Option<u64> {
        Cache::remove(self, &key).map(|(_, value)| value)
    }
}
// ANCHOR_END: cache

/// Asks each map what another thread can do while a value is being changed, and
/// what it keeps.
pub fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "while one thread changes a value, another reads it or changes it, too"
    );
    println!(
        "{:<18}{:>12}{:>16}{:>16}",
        "", "the reader", "runs of the", "kept of 1,000"
    );
    println!("{:<18}{:>12}{:>16}{:>16}", "", "", "first change", "");
    for (name, map) in maps(100) {
        let reader =
            if reads_meanwhile(&*map, PATIENCE) { "reads" } else { "waits" };
        let runs = runs_of_a_change(&*map, PATIENCE);
        (0..1_000).for_each(|key| map.insert(key, 1));
        let kept = (0..1_000).filter(|&key| map.get(key).is_some()).count();
        println!("{name:<18}{reader:>12}{runs:>16}{kept:>16}");
    }
    Ok(())
}

/// All maps, each with its name. The cache keeps about `capacity` values, the
/// others all of them.
pub fn maps(capacity: usize) -> [(&'static str, Box<dyn SharedMap>); 5] {
    [
        ("RwLock<HashMap>", Box::<RwLock<HashMap<u32, u64>>>::default()),
        ("DashMap", Box::<DashMap<u32, u64>>::default()),
        ("scc", Box::<scc::HashMap<u32, u64>>::default()),
        ("papaya", Box::<papaya::HashMap<u32, u64>>::default()),
        ("quick_cache", Box::new(Cache::<u32, u64>::new(capacity))),
    ]
}

// ANCHOR: meanwhile
/// Whether another thread can read a value that is just being changed, before
/// `patience` is over.
pub fn reads_meanwhile(map: &dyn SharedMap, patience: Duration) -> bool {
    map.insert(1, 7);
    let mut reads = false;
    thread::scope(|scope| {
        map.change(1, &mut |value| {
            let (answer, answered) = mpsc::channel();
            scope.spawn(move || answer.send(map.get(1)));
            reads = answered.recv_timeout(patience) == Ok(Some(7));
            value + 1
        });
    });
    reads
}

/// How often a change runs if another thread changes the same value meanwhile,
/// and both count. The first run lets the other change come in before it, for
/// at most `patience`.
///
/// # Panics
/// If one of the two is lost.
pub fn runs_of_a_change(map: &dyn SharedMap, patience: Duration) -> usize {
    map.insert(1, 7);
    let mut runs = 0;
    thread::scope(|scope| {
        map.change(1, &mut |value| {
            runs += 1;
            if runs == 1 {
                let (done, is_done) = mpsc::channel();
                scope.spawn(move || {
                    map.change(1, &mut |value| value + 10);
                    done.send(())
                });
                // A map that locks lets the other in only after this one: then
                // time runs out.
                let _ = is_done.recv_timeout(patience);
            }
            value + 1
        });
    });
    assert_eq!(map.get(1), Some(18), "both changes count");
    runs
}
// ANCHOR_END: meanwhile

/// How long to wait before a wait is called one.
const PATIENCE: Duration = Duration::from_millis(100);
// ANCHOR_END: program

#[cfg(test)]
mod tests;
