// After a panic the turn is free, and those who wait for it are not told.
// => failed who_waits_while_a_change_panics_has_the_next_turn

use std::sync::Condvar;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    taken: Mutex<bool>,
    free: Condvar,
}

struct Turn<'a, T>(&'a Table<T>);

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        *self.0.taken.lock().expect("nobody panics with it") = false;
    }
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        let taken = Mutex::new(false);
        Table { now: RwLock::new(Arc::new(first)), taken, free: Condvar::new() }
    }

    fn look(&self) -> Arc<T> {
        self.now.read().expect("nobody panics with it").clone()
    }

    fn turn(&self) -> Turn<'_, T> {
        let taken = self.taken.lock().expect("nobody panics with it");
        let taken = self.free.wait_while(taken, |taken| *taken);
        *taken.expect("nobody panics with it") = true;
        Turn(self)
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let turn = self.turn();
        let mut copy = T::clone(&self.look());
        change(&mut copy);
        let mut copy = Arc::new(copy);
        std::mem::swap(&mut *self.now.write().expect("nobody panics with it"), &mut copy);
        drop(turn);
        self.free.notify_one();
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
