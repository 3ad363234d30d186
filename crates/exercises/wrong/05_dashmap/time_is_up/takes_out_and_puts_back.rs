// Takes each car out to look at its time, and puts it back: meanwhile its driver finds nothing to pay for.
// => failed a_car_with_time_left_is_there_all_the_time

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let cars: Vec<C> = meters.iter().map(|entry| entry.key().clone()).collect();
    let mut towed = Vec::new();
    for car in cars {
        match meters.remove(&car) {
            Some((car, until)) if until > now => {
                meters.insert(car, until);
            }
            Some((car, _)) => towed.push(car),
            None => {}
        }
    }
    towed
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
