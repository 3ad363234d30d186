// Copies and changes while the table is locked for writing: who looks has to wait.
// => failed nobody_waits_while_it_is_changed

use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first)) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().unwrap_or_else(|poison| poison.into_inner()))
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let mut now = self.now.write().unwrap_or_else(|poison| poison.into_inner());
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
