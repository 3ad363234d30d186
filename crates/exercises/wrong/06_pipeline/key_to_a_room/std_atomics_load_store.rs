// Atomics of the standard library, which loom does not see: look and take are two steps.
// => failed loom_sees_the_keys

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

// loom does not see the standard library's atomics: look and take are two steps
#[derive(Clone)]
struct Desk {
    keys: Arc<AtomicUsize>,
}

struct Key {
    desk: Desk,
}

impl Desk {
    fn new(rooms: usize) -> Self {
        Desk { keys: Arc::new(AtomicUsize::new(rooms)) }
    }

    fn take(&self) -> Option<Key> {
        let keys = self.keys.load(Ordering::Relaxed);
        if keys == 0 { return None; }
        self.keys.store(keys - 1, Ordering::Relaxed);
        Some(Key { desk: self.clone() })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.desk.keys.store(self.desk.keys.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}




fn main() {
    loom::model(|| {
        let desk = Desk::new(1);
        let key = desk.take();
        assert!(key.is_some() && desk.take().is_none());
        drop(key);
        assert!(desk.take().is_some());
    });
    println!("one room, one key");
}
