// Takes a costume out to see whether it is in use, and puts it back.
// => failed others_go_in_place_of_each_that_is_taken

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let unused = costumes.iter().filter(|costume| Arc::strong_count(costume.value()) == 1);
    let unused: Vec<N> = unused.map(|costume| costume.key().clone()).collect();
    let many = costumes.len().saturating_sub(limit);
    let mut given_away = 0;
    for name in unused {
        if given_away == many {
            break;
        }
        let Some((name, costume)) = costumes.remove(&name) else { continue };
        match Arc::try_unwrap(costume) {
            Ok(_) => given_away += 1,
            Err(in_use) => drop(costumes.insert(name, in_use)),
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
