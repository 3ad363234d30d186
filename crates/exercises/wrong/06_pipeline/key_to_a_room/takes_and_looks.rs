// Takes first and brings back what was not there. Meanwhile others are sent away.
// => failed nobody_is_sent_away_while_a_key_is_there

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
        let seen = self.keys.fetch_sub(1, Ordering::Acquire);
        if seen == 0 || seen > usize::MAX / 2 {
            self.keys.fetch_add(1, Ordering::Relaxed);
            return None;
        }
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
