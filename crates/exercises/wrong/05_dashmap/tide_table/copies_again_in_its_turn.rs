// Copies before its turn, and again if somebody else was faster.
// => failed who_waits_for_the_turn_makes_one_copy_as_well

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
        Arc::clone(&self.now.read().expect("nobody panics with it"))
    }

    fn change(&self, change: impl FnOnce(&mut T)) {
        let mut seen = self.look();
        let mut copy = T::clone(&seen);
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.look();
        if !Arc::ptr_eq(&seen, &now) {
            copy = T::clone(&now);
            seen = now;
        }
        change(&mut copy);
        *self.now.write().expect("nobody panics with it") = Arc::new(copy);
        drop(seen);
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
