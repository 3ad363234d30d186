// Goes through all names, and removes one if nobody has it at that moment.

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let names: Vec<N> = costumes.iter().map(|costume| costume.key().clone()).collect();
    let mut given_away = 0;
    for name in names {
        if costumes.len() <= limit {
            break;
        }
        let gone = costumes.remove_if(&name, |_, costume| Arc::strong_count(costume) == 1);
        given_away += gone.iter().len();
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
