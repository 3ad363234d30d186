// Retain.

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let mut towed = vec![];
    meters.retain(|car, &mut until| {
        let keep = until > now;
        if !keep { towed.push(car.clone()); }
        keep
    });
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
