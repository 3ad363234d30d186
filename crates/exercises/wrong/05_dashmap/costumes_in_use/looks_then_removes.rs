// Looks for those that nobody has, and removes them later, whoever has them now.
// => failed who_has_a_costume_finds_the_same_one

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let mut unused = Vec::new();
    for costume in costumes.iter() {
        if Arc::strong_count(&costume) == 1 {
            unused.push(costume.key().clone());
        }
    }
    let mut given_away = 0;
    for name in unused {
        if costumes.len() > limit && costumes.remove(&name).is_some() {
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
