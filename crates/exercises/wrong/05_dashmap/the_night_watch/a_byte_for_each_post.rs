// Keeps 255 guards at each post, at most.
// => failed each_post_has_a_count_of_its_own

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
        let mut guards = shard.get(&post).copied().unwrap_or(0);
        change(&mut guards);
        shard.insert(post, guards.min(u32::from(u8::MAX)));
    }

    fn on_duty(&self) -> u32 {
        let locked: Vec<_> = self.shards.iter().map(|shard| shard.lock().unwrap()).collect();
        locked.iter().flat_map(|shard| shard.values()).sum()
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
