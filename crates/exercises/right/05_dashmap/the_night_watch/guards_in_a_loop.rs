// Pushes the guards one by one, and sums up then.

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
        let shard = &self.shards[post % self.shards.len()];
        change(shard.lock().expect("nobody panics").entry(post).or_default());
    }

    /// Returns how many guards were at all posts together at one moment.
    fn on_duty(&self) -> u32 {
        let mut locked = Vec::new();
        for shard in &self.shards {
            locked.push(shard.lock().expect("nobody panics"));
        }
        let mut guards = 0;
        for shard in locked {
            guards += shard.values().sum::<u32>();
        }
        guards
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
