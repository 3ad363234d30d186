// `compare_exchange_weak` in a plain loop.

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
            if seen == 0 {
                return None;
            }
            let taken = self.keys.compare_exchange_weak(
                seen,
                seen - 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            match taken {
                Ok(_) => return Some(Key { desk: self.clone() }),
                Err(now) => seen = now,
            }
        }
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
