// Arc.

use dashmap::DashMap;
use std::collections::HashMap;
use std::hash::Hash;
use std::thread;

type Station<N> = Box<dyn Iterator<Item = N> + Send>;

fn count<N>(stations: Vec<Station<N>>) -> HashMap<N, u32>
where
    N: Hash + Eq + Clone + Send + Sync,
{
    use std::sync::Arc;
    let votes: Arc<DashMap<N, u32>> = Arc::new(DashMap::new());
    thread::scope(|scope| {
        for station in stations {
            let votes = Arc::clone(&votes);
            scope.spawn(move || for name in station { votes.entry(name).and_modify(|n| *n += 1).or_insert(1); });
        }
    });
    match Arc::try_unwrap(votes) { Ok(votes) => votes.into_iter().collect(), Err(_) => unreachable!() }
}

fn main() {
    let north: Station<&str> = Box::new(["Ada", "Bo", "Ada"].into_iter());
    let south: Station<&str> = Box::new(["Bo", "Ada"].into_iter());
    let votes = count(vec![north, south]);
    println!("Ada: {}, Bo: {}", votes["Ada"], votes["Bo"]);
}
