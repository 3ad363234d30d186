// Naps for a while until it is its turn.
// => failed who_waits_for_the_turn_sleeps

use std::mem;
use std::sync::PoisonError;
use std::sync::{Arc, Mutex, RwLock};

struct Table<T> {
    now: RwLock<Arc<T>>,
    /// Who has it may change the table.
    turn: Mutex<()>,
}

impl<T: Clone> Table<T> {
    fn new(first: T) -> Self {
        Table { now: RwLock::new(Arc::new(first)), turn: Mutex::new(()) }
    }

    /// Returns the table as it is now.
    fn look(&self) -> Arc<T> {
        Arc::clone(&self.now.read().expect("nobody panics with it"))
    }

    /// Puts a changed copy in place of the table.
    fn change(&self, change: impl FnOnce(&mut T)) {
        // A change that panicked has spoiled nothing but its own copy.
        let _turn = loop {
            match self.turn.try_lock() {
                Ok(turn) => break turn,
                Err(std::sync::TryLockError::Poisoned(turn)) => break turn.into_inner(),
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(300)),
            }
        };
        let mut copy = T::clone(&self.look());
        change(&mut copy);
        let copy = Arc::new(copy);
        // The lock is held for this statement. The old table is dropped after it.
        let _old = mem::replace(&mut *self.now.write().expect("nobody panics with it"), copy);
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
