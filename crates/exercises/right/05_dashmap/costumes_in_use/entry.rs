// Looks through an entry, which keeps the shard locked, and removes the costume through it.

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;
use dashmap::Entry;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let names: Vec<N> = costumes.iter().map(|costume| costume.key().clone()).collect();
    let mut too_many = names.len().saturating_sub(limit);
    let before = too_many;
    for name in names {
        if too_many == 0 {
            break;
        }
        match costumes.entry(name) {
            Entry::Occupied(costume) if Arc::strong_count(costume.get()) == 1 => {
                costume.remove();
                too_many -= 1;
            }
            _ => {}
        }
    }
    before - too_many
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
