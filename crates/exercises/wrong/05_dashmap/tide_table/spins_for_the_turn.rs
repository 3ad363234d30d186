// Turns with a flag, and who waits for one looks at it again and again.
// => failed who_waits_for_the_turn_sleeps

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    taken: AtomicBool,
}

struct Turn<'a>(&'a AtomicBool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first)), taken: AtomicBool::new(false) }
    }

    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().unwrap())
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        while self.taken.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        let _turn = Turn(&self.taken);
        let mut copy = T::clone(&self.look());
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
