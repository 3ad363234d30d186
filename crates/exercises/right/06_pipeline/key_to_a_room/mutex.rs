// Mutex.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone)]
struct Desk {
    keys: Arc<loom::sync::Mutex<usize>>,
}

struct Key {
    desk: Desk,
}

impl Desk {
    fn new(rooms: usize) -> Self {
        Desk { keys: Arc::new(loom::sync::Mutex::new(rooms)) }
    }

    fn take(&self) -> Option<Key> {
        let mut keys = self.keys.lock().unwrap();
        *keys = keys.checked_sub(1)?;
        Some(Key { desk: self.clone() })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        *self.desk.keys.lock().unwrap() += 1;
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
