// Looks and takes in two steps: two guests see the last key, and both take it.
// => failed never_more_guests_than_rooms

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
        if self.keys.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.keys.fetch_sub(1, Ordering::Acquire);
        Some(Key { desk: self.clone() })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // Release: whoever takes this key next sees what we have done.
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
