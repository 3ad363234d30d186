// Puts all posts into the first shard: a map behind one lock.
// => failed changes_in_two_shards_can_be_under_way_at_once

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

    /// Calls `change` with the number of guards at a post, 0 if nobody is there, and keeps what it
    /// becomes. One locked step, and only one shard is locked.
    fn at(&self, post: usize, change: impl FnOnce(&mut u32)) {
        let shard = &self.shards[0];
        change(shard.lock().expect("nobody panics").entry(post).or_default());
    }

    /// Returns how many guards were at all posts together at one moment.
    fn on_duty(&self) -> u32 {
        // All guards first: nobody can come or go while they are counted.
        let shards: Vec<_> =
            self.shards.iter().map(|shard| shard.lock().expect("nobody panics")).collect();
        shards.iter().flat_map(|shard| shard.values()).sum()
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
