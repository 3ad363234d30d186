// Chooses as many as are needed, looks again under the lock, and chooses anew until none is free.

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let before = costumes.len();
    loop {
        let many = costumes.len().saturating_sub(limit);
        let free = costumes.iter().filter(|costume| Arc::strong_count(costume.value()) == 1);
        let chosen: Vec<N> = free.take(many).map(|costume| costume.key().clone()).collect();
        if chosen.is_empty() {
            return before - costumes.len();
        }
        for name in &chosen {
            let _ = costumes.remove_if(name, |_, costume| Arc::strong_count(costume) == 1);
        }
    }
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
