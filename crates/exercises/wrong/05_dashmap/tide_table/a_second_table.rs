// Changes a table of its own and hangs up a copy: a change that panics stays in it, half done.
// => failed a_change_that_panics_is_none

use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    draft: Mutex<T>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first.clone())), draft: Mutex::new(first) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().unwrap())
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let mut draft = self.draft.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut draft);
        let _old = std::mem::replace(&mut *self.now.write().unwrap(), Arc::new(draft.clone()));
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
