// Removes in one step, and lists what was there before: who paid is on the list.
// => failed who_has_paid_in_time_is_not_towed

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let over: Vec<C> = meters
        .iter()
        .filter(|meter| *meter.value() <= now)
        .map(|meter| meter.key().clone())
        .collect();
    for car in &over {
        meters.remove_if(car, |_, until| *until <= now);
    }
    over
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
