// Looks in one pass, remembers addresses, and gives away in a second pass without another look.
// => failed who_looks_at_a_costume_may_take_it

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let many = costumes.len().saturating_sub(limit);
    let mut unused: Vec<*const Costume> = Vec::new();
    for costume in costumes.iter() {
        if unused.len() < many && Arc::strong_count(costume.value()) == 1 {
            unused.push(Arc::as_ptr(costume.value()));
        }
    }
    let mut gone = 0;
    costumes.retain(|_, costume| {
        let keep = !unused.contains(&Arc::as_ptr(costume));
        if !keep {
            gone += 1;
        }
        keep
    });
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
