// One table behind one lock, and a copy for everybody who looks.
// => failed one_change_is_one_copy_and_looking_is_none

use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<T>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(first) }
    }

    fn look(&self) -> Arc<T> {
        Arc::new(self.now.read().unwrap_or_else(|poison| poison.into_inner()).clone())
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.now.write().unwrap_or_else(|poison| poison.into_inner()));
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
