// Hand over hand late.
// => failed in_three_shards_too_a_guard_is_on_duty

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
        // hand over hand: lock the next, then count and let go of the last
        let mut shards = self.shards.iter();
        let Some(first) = shards.next() else { return 0 };
        let (mut held, mut sum) = (first.lock().unwrap(), 0);
        for shard in shards {
            let next = shard.lock().unwrap();
            sum += held.values().sum::<u32>();
            held = next;
        }
        sum + held.values().sum::<u32>()
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
