// Lets the first four shards go before it locks the others.
// => failed in_nine_shards_too_a_guard_is_on_duty

use loom::sync::Mutex;
use std::collections::HashMap;

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

    fn on_duty(&self) -> u32 {
        let mut sum = 0;
        for some in self.shards.chunks(4) {
            let locked: Vec<_> = some.iter().map(|shard| shard.lock().unwrap()).collect();
            sum += locked.iter().map(|shard| shard.values().sum::<u32>()).sum::<u32>();
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
