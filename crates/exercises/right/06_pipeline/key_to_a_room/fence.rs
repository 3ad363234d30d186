// Fence.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

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
        let mut seen = self.keys.load(Ordering::Relaxed);
        loop {
            let left = seen.checked_sub(1)?;
            match self.keys.compare_exchange(seen, left, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        loom::sync::atomic::fence(Ordering::Acquire);
        Some(Key { desk: self.clone() })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.desk.keys.fetch_add(1, Ordering::Release);
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
