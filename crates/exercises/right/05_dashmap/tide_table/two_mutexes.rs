// One mutex for the table, which is held for a moment only, and one for the turn.

use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: Mutex<Arc<T>>,
    turn: Mutex<()>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: Mutex::new(Arc::new(first)), turn: Mutex::default() }
    }

    fn look(&self) -> Arc<T> {
        self.now.lock().expect("nobody panics with it").clone()
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.look();
        let mut copy = T::clone(&old);
        change(&mut copy);
        let copy = Arc::new(copy);
        let mut now = self.now.lock().expect("nobody panics with it");
        *now = copy;
        // `old` is one more owner, so nothing was thrown away yet.
        drop(now);
        drop(old);
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let table = Table::new(vec!["high water at 6:10"]);
        let before = table.look();
        table.change(|tides| tides.push("low water at 12:25"));
        println!("before: {before:?}");
        println!("now:    {:?}", table.look());
    });
}
