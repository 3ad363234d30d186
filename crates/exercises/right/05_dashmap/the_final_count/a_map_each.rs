// Each station counts for itself, and enters its sums in the end.

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
        for station in stations {
            scope.spawn(move || {
                let mut own = HashMap::new();
                for name in station {
                    *own.entry(name).or_insert(0) += 1;
                }
                for (name, votes) in own {
                    *shared.entry(name).or_insert(0) += votes;
                }
            });
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
