// Sets the time of all cars to be towed to 0, and tows those that still have it.
// => failed who_has_paid_in_time_is_not_towed

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let mut marked = Vec::new();
    for mut entry in meters.iter_mut() {
        if *entry.value() <= now {
            *entry.value_mut() = 0;
            marked.push(entry.key().clone());
        }
    }
    marked
        .iter()
        .filter_map(|car| meters.remove_if(car, |_, until| *until == 0))
        .map(|(car, _)| car)
        .collect()
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
