// Looks shard by shard, until it has seen the same twice.
// => failed a_guard_who_goes_there_and_back_is_on_duty

use loom::sync::Mutex;
use std::collections::HashMap;

/// Guards by post. Post `n` is in shard `n % shards.len()`.
struct Watch {
    shards: Vec<Mutex<HashMap<usize, u32>>>,
}

impl Watch {
    fn new(shards: usize) -> Self {
        Watch { shards: (0..shards).map(|_| Mutex::default()).collect() }
    }

    fn at(&self, post: usize, change: impl FnOnce(&mut u32)) {
        let mut shard = self.shards[post % self.shards.len()].lock().unwrap();
        change(shard.entry(post).or_insert(0));
    }

    fn look(&self) -> Vec<HashMap<usize, u32>> {
        self.shards.iter().map(|shard| shard.lock().unwrap().clone()).collect()
    }

    fn on_duty(&self) -> u32 {
        let mut before = self.look();
        loop {
            let after = self.look();
            if after == before {
                return after.iter().flat_map(|shard| shard.values()).sum();
            }
            before = after;
        }
    }
}

fn main() {
    loom::model(|| {
        let watch = Watch::new(2);
        watch.at(1, |guards| *guards += 2);
        watch.at(4, |guards| *guards += 1);
        watch.at(1, |guards| *guards -= 1);
        assert_eq!(watch.on_duty(), 2);
    });
    println!("two guards are on duty");
}
