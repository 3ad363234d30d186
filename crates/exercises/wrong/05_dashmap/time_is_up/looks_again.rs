// Looks once more before it removes: the gap is smaller, and still there.
// => failed who_has_paid_in_time_is_not_towed

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let over = |entry: &u64| *entry <= now;
    let mut cars: Vec<C> = meters.iter().map(|entry| entry.key().clone()).collect();
    cars.retain(|car| meters.get(car).is_some_and(|until| over(&until)));
    cars.retain(|car| meters.get(car).is_some_and(|until| over(&until)));
    for car in &cars {
        meters.remove(car);
    }
    cars
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
