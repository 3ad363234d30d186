// Has turns, but copies the table before its own: the copy may be old by then.
// => failed of_two_changes_none_is_lost

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
        let mut copy = T::clone(&self.look());
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut copy);
        let _old = std::mem::replace(&mut *self.now.write().unwrap(), Arc::new(copy));
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
