// Joins each station, and passes over one that has panicked.
// => failed a_station_that_panics_is_not_passed_over

use dashmap::DashMap;
use std::collections::HashMap;
use std::hash::Hash;
use std::thread;

type Station<N> = Box<dyn Iterator<Item = N> + Send>;

fn count<N>(stations: Vec<Station<N>>) -> HashMap<N, u32>
where
    N: Hash + Eq + Clone + Send + Sync,
{
    let votes = DashMap::new();
    let shared = &votes;
    thread::scope(|scope| {
        let mut open = Vec::new();
        for station in stations {
            open.push(scope.spawn(move || {
                for name in station {
                    *shared.entry(name).or_insert(0) += 1;
                }
            }));
        }
        for station in open {
            let _ = station.join();
        }
    });
    votes.into_iter().collect()
}

fn main() {
    let north: Station<&str> = Box::new(["Ada", "Bo", "Ada"].into_iter());
    let south: Station<&str> = Box::new(["Bo", "Ada"].into_iter());
    let votes = count(vec![north, south]);
    println!("Ada: {}, Bo: {}", votes["Ada"], votes["Bo"]);
}
