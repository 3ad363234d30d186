// Gives up when others were faster three times.
// => failed however_often_others_are_faster_nobody_is_sent_away

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
        for _ in 0..3 {
            let left = seen.checked_sub(1)?;
            // Acquire: all that was done before this key came back is done for us, too.
            match self.keys.compare_exchange(seen, left, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Key { desk: self.clone() }),
                Err(now) => seen = now,
            }
        }
        None
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
