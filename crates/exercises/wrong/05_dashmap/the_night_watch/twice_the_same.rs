// Twice the same.
// => failed a_guard_who_goes_there_and_back_is_on_duty

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
        change(self.shards[post % self.shards.len()].lock().unwrap().entry(post).or_default());
    }

    fn on_duty(&self) -> u32 {
        // counts until it finds the same number twice: a guard who goes there and back is missed
        let count = || -> u32 { self.shards.iter().map(|s| s.lock().unwrap().values().sum::<u32>()).sum() };
        let mut seen = count();
        loop {
            let again = count();
            if again == seen { return seen; }
            seen = again;
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
