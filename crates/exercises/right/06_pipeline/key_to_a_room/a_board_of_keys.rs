// The keys hang on a board behind a lock, each with the number of its room.

use loom::sync::Arc;
use loom::sync::Mutex;

#[derive(Clone)]
struct Desk {
    board: Arc<Mutex<Vec<usize>>>,
}

struct Key {
    desk: Desk,
    room: usize,
}

impl Desk {
    fn new(rooms: usize) -> Self {
        Desk { board: Arc::new(Mutex::new((0..rooms).collect())) }
    }

    fn take(&self) -> Option<Key> {
        let room = self.board.lock().unwrap().pop()?;
        Some(Key { desk: self.clone(), room })
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.desk.board.lock().unwrap().push(self.room);
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
