// Takes each car out, looks at the time, and puts back those that have paid.
// => failed a_car_with_time_left_is_there_all_the_time

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let over = meters.iter().filter(|entry| *entry.value() <= now);
    let over: Vec<C> = over.map(|entry| entry.key().clone()).collect();
    let mut towed = Vec::new();
    for car in over {
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
