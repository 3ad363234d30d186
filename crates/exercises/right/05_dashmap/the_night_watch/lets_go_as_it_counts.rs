// Locks all shards, and lets each go as soon as it is counted.

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
        let shard = &self.shards[post % self.shards.len()];
        change(shard.lock().unwrap().entry(post).or_default());
    }

    fn on_duty(&self) -> u32 {
        let mut locked = Vec::new();
        for shard in &self.shards {
            locked.push(shard.lock().unwrap());
        }
        let mut sum = 0;
        while let Some(shard) = locked.pop() {
            sum += shard.values().sum::<u32>();
        }
        sum
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
