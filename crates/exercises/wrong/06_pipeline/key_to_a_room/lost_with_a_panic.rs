// A key does not come back from a guest who panics.
// => failed a_key_comes_back_from_a_guest_who_panics

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
        let take = self.keys.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| n.checked_sub(1));
        take.ok().map(|_| Key { desk: self.clone() })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.desk.keys.fetch_add(1, Ordering::AcqRel);
        }
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
