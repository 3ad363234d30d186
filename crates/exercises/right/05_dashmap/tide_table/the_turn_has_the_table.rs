// The turn's mutex has the table as well, so the copy needs no look.

use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    newest: Mutex<Arc<T>>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        let first = Arc::new(first);
        Table { now: RwLock::new(Arc::clone(&first)), newest: Mutex::new(first) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().expect("nobody panics with it"))
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut copy = T::clone(&newest);
        change(&mut copy);
        let copy = Arc::new(copy);
        let new = Arc::clone(&copy);
        *self.now.write().expect("nobody panics with it") = new;
        *newest = copy;
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
