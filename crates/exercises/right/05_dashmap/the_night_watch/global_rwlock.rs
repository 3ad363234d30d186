// Global rwlock.

use loom::sync::Mutex;
use std::collections::HashMap;

struct Watch {
    all: loom::sync::RwLock<()>,
    shards: Vec<Mutex<HashMap<usize, u32>>>,
}

impl Watch {
    fn new(shards: usize) -> Self {
        Watch { all: loom::sync::RwLock::new(()), shards: (0..shards).map(|_| Mutex::default()).collect() }
    }

    fn at(&self, post: usize, change: impl FnOnce(&mut u32)) {
        let _one = self.all.read().unwrap();
        let mut shard = self.shards[post % self.shards.len()].lock().unwrap();
        change(shard.entry(post).or_insert(0));
    }

    fn on_duty(&self) -> u32 {
        let _all = self.all.write().unwrap();
        self.shards.iter().map(|s| s.lock().unwrap().values().sum::<u32>()).sum()
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
