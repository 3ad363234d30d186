// Chooses as many as have to go. If some were taken meanwhile, no others go in their place.
// => failed others_go_in_place_of_those_that_were_taken

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let too_many = costumes.len().saturating_sub(limit);
    let mut chosen = Vec::new();
    for costume in costumes.iter() {
        if chosen.len() < too_many && Arc::strong_count(&costume) == 1 {
            chosen.push(costume.key().clone());
        }
    }
    let unused = |_: &N, costume: &Arc<Costume>| Arc::strong_count(costume) == 1;
    chosen.iter().filter_map(|name| costumes.remove_if(name, unused)).count()
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
