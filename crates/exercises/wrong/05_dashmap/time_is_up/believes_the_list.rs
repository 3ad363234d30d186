// Removes in one step, but only if the time is up, and returns the old list all the same.
// => failed who_has_paid_in_time_is_not_towed

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let mut over = Vec::new();
    for entry in meters.iter() {
        if *entry.value() <= now {
            over.push(entry.key().clone());
        }
    }
    for car in &over {
        meters.remove_if(car, |_, until| *until <= now);
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
