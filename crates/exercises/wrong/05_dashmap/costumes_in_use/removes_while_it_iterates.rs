// Removes a costume while the iterator has its shard locked: it waits for itself.
// => failed as_many_are_given_away_as_there_are_too_many

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let too_many = costumes.len().saturating_sub(limit);
    let mut given_away = 0;
    for costume in costumes.iter() {
        if given_away < too_many && Arc::strong_count(&costume) == 1 {
            costumes.remove(costume.key());
            given_away += 1;
        }
    }
    given_away
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let costumes = DashMap::new();
        for name in ["king", "fool", "ghost", "witch"] {
            costumes.insert(name, Arc::new(format!("the costume of a {name}")));
        }
        let on_stage = costumes.get("ghost").map(|costume| Arc::clone(&costume));
        println!("given away: {}", tidy(&costumes, 2));
        println!("left: {}, and on the stage is {on_stage:?}", costumes.len());
    });
}
