// One bit for each room, and 63 rooms at most.
// => failed there_may_be_many_rooms

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone)]
struct Desk {
    free: Arc<AtomicU64>,
}

struct Key {
    desk: Desk,
    bit: u64,
}

impl Desk {
    fn new(rooms: usize) -> Self {
        Desk { free: Arc::new(AtomicU64::new((1 << rooms.min(63)) - 1)) }
    }

    fn take(&self) -> Option<Key> {
        let mut free = self.free.load(Ordering::SeqCst);
        while free != 0 {
            let bit = 1 << free.trailing_zeros();
            let less = free & !bit;
            match self.free.compare_exchange(free, less, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Some(Key { desk: self.clone(), bit }),
                Err(now) => free = now,
            }
        }
        None
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.desk.free.fetch_or(self.bit, Ordering::SeqCst);
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
