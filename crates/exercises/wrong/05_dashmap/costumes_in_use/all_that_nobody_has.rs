// Gives away all that nobody has, as soon as there is one too many.
// => failed as_many_are_given_away_as_there_are_too_many

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

type Costume = String;

fn tidy<N: Hash + Eq + Clone>(costumes: &DashMap<N, Arc<Costume>>, limit: usize) -> usize {
    if costumes.len() <= limit {
        return 0;
    }
    let mut given_away = 0;
    costumes.retain(|_, costume| {
        let keep = Arc::strong_count(costume) > 1;
        given_away += usize::from(!keep);
        keep
    });
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
