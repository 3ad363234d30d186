// Recursive.

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
        let mut posts = self.shards[post % self.shards.len()].lock().expect("no panic");
        change(posts.entry(post).or_default())
    }

    fn on_duty(&self) -> u32 {
        fn all(shards: &[Mutex<HashMap<usize, u32>>]) -> u32 {
            let Some((first, others)) = shards.split_last() else { return 0 };
            let first = first.lock().unwrap();
            all(others) + first.values().sum::<u32>()
        }
        all(&self.shards)
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
