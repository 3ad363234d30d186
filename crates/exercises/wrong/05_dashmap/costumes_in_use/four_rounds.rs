// Chooses others in place of those that were taken, but four times at most.
// => failed others_go_in_place_of_each_that_is_taken

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let mut gone = 0;
    for _round in 0..4 {
        let many = costumes.len().saturating_sub(limit);
        let unused = costumes.iter().filter(|costume| Arc::strong_count(costume.value()) == 1);
        let chosen: Vec<N> = unused.take(many).map(|costume| costume.key().clone()).collect();
        for name in &chosen {
            if costumes.remove_if(name, |_, costume| Arc::strong_count(costume) == 1).is_some() {
                gone += 1;
            }
        }
    }
    gone
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
