// The old table is dropped by the assignment, while the lock is held.
// => failed nobody_waits_while_the_old_one_is_thrown_away

use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    turn: Mutex<()>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first)), turn: Mutex::new(()) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().unwrap())
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut copy = T::clone(&self.look());
        change(&mut copy);
        *self.now.write().unwrap() = Arc::new(copy);
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
