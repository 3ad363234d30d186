// Passes over a shard that somebody has locked just then.
// => failed a_shard_that_is_locked_is_waited_for

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;
use dashmap::Entry;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let names: Vec<N> = costumes.iter().map(|costume| costume.key().clone()).collect();
    let too_many = names.len().saturating_sub(limit);
    let mut given_away = 0;
    for name in names {
        if given_away < too_many
            && let Some(Entry::Occupied(costume)) = costumes.try_entry(name)
            && Arc::strong_count(costume.get()) == 1
        {
            costume.remove();
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
