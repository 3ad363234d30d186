// Looks once after a wake: somebody else has taken the loaf meanwhile.
// => failed of_many_bakers_and_customers_nobody_is_left_waiting

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    state: Mutex<(VecDeque<T>, bool)>,
    put: Condvar,
    taken: Condvar,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        Shelf {
            room,
            state: Mutex::new((VecDeque::new(), false)),
            put: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        if !state.1 && state.0.len() >= self.room {
            state = self.taken.wait(state).unwrap();
        }
        if state.1 {
            return Err(loaf);
        }
        state.0.push_back(loaf);
        self.put.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        if !state.1 && state.0.is_empty() {
            state = self.put.wait(state).unwrap();
        }
        let loaf = state.0.pop_front();
        self.taken.notify_one();
        loaf
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.put.notify_all();
        self.taken.notify_all();
    }
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let shelf = Shelf::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for loaf in 1..=6 {
                    shelf.put(loaf).expect("it is open");
                }
                shelf.close();
            });
            while let Some(loaf) = shelf.take() {
                println!("bought loaf {loaf}");
            }
        });
        println!("closed; loaf 7 comes back: {:?}", shelf.put(7));
    });
}
