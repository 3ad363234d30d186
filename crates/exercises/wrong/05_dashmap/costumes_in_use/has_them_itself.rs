// Takes a share of each for its list, and then somebody has each of them: itself.
// => failed as_many_are_given_away_as_there_are_too_many

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    let all: Vec<(N, Arc<Costume>)> = costumes
        .iter()
        .map(|costume| (costume.key().clone(), Arc::clone(costume.value())))
        .collect();
    let too_many = all.len().saturating_sub(limit);
    let mut given_away = 0;
    for (name, _costume) in &all {
        if given_away < too_many
            && costumes.remove_if(name, |_, costume| Arc::strong_count(costume) == 1).is_some()
        {
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
