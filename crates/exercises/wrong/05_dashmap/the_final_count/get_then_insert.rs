// Get then insert.
// => failed two_first_votes_for_one_name_are_two

use dashmap::DashMap;
use std::collections::HashMap;
use std::hash::Hash;
use std::thread;

type Station<N> = Box<dyn Iterator<Item = N> + Send>;

fn count<N>(stations: Vec<Station<N>>) -> HashMap<N, u32>
where
    N: Hash + Eq + Clone + Send + Sync,
{
    let votes: DashMap<N, u32> = DashMap::new();
    thread::scope(|scope| {
        for station in stations {
            scope.spawn(|| {
                for name in station {
                    // a vote is lost if two see that there is none yet
                    if let Some(mut n) = votes.get_mut(&name) { *n += 1; continue; }
                    votes.insert(name, 1);
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
