// Try entry skips.
// => failed a_shard_that_is_locked_for_a_moment_is_waited_for

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let over: Vec<C> = meters.iter().filter(|m| *m.value() <= now).map(|m| m.key().clone()).collect();
    let mut towed = Vec::new();
    for car in over {
        // if its shard is locked, the car is forgotten
        if let Some(dashmap::Entry::Occupied(held)) = meters.try_entry(car) {
            if *held.get() <= now { towed.push(held.remove_entry().0); }
        }
    }
    towed
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let meters = DashMap::new();
        for (car, until) in [("blue van", 600), ("red bus", 615), ("old bike", 590)] {
            meters.insert(car, until);
        }
        let mut towed = tow(&meters, 600);
        towed.sort();
        println!("towed: {towed:?}, still there: {}", meters.len());
    });
}
