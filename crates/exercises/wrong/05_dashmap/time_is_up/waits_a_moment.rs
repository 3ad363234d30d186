// Waits for a locked shard for a tenth of a second, and then leaves the car there.
// => failed a_shard_that_is_locked_for_a_moment_is_waited_for

use dashmap::DashMap;
use std::hash::Hash;

fn tow<C: Hash + Eq + Clone>(meters: &DashMap<C, u64>, now: u64) -> Vec<C> {
    let over = meters.iter().filter(|entry| *entry.value() <= now);
    let over: Vec<C> = over.map(|entry| entry.key().clone()).collect();
    let mut towed = Vec::new();
    for car in over {
        for _ in 0..100 {
            match meters.try_entry(car.clone()) {
                Some(dashmap::Entry::Occupied(place)) => {
                    if *place.get() <= now {
                        towed.push(place.remove_entry().0);
                    }
                    break;
                }
                Some(dashmap::Entry::Vacant(_)) => break,
                None => std::thread::sleep(std::time::Duration::from_millis(1)),
            }
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
