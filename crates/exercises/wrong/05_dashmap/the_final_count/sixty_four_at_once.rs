// At most 64 stations at once; each further one waits until these have closed.
// => failed all_stations_are_open_at_the_same_time

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
    let mut stations = stations.into_iter().peekable();
    while stations.peek().is_some() {
        thread::scope(|scope| {
            for station in stations.by_ref().take(64) {
                scope.spawn(move || {
                    for name in station {
                        *shared.entry(name).or_insert(0) += 1;
                    }
                });
            }
        });
    }
    votes.into_iter().collect()
}

fn main() {
    let north: Station<&str> = Box::new(["Ada", "Bo", "Ada"].into_iter());
    let south: Station<&str> = Box::new(["Bo", "Ada"].into_iter());
    let votes = count(vec![north, south]);
    println!("Ada: {}, Bo: {}", votes["Ada"], votes["Bo"]);
}
