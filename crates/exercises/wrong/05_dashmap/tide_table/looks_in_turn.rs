// Who looks waits for the turn, too.
// => failed nobody_waits_while_it_is_changed

use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: Mutex<Arc<T>>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: Mutex::new(Arc::new(first)) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let mut copy = T::clone(&now);
        change(&mut copy);
        *now = Arc::new(copy);
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
