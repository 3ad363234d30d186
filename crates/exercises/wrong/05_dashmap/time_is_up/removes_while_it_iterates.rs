// Removes cars in the loop: the iterator holds the shard that `remove` waits for.
// => failed cars_whose_time_is_up_are_towed

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let mut over = Vec::new();
    for entry in meters.iter() {
        if *entry.value() <= now {
            meters.remove(entry.key());
            over.push(entry.key().clone());
        }
    }
    over
}

fn main() {
    let meters = DashMap::new();
    for (car, until) in [("blue van", 600), ("red bus", 615), ("old bike", 590)] {
        meters.insert(car, until);
    }
    let mut towed = tow(&meters, 600);
    towed.sort();
    println!("towed: {towed:?}, still there: {}", meters.len());
}
