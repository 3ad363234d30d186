// Closing wakes one of each side, and all the others wait on.
// => failed closing_sends_every_waiting_customer_home

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
        let state = self.state.lock().unwrap();
        let mut state = self.taken.wait_while(state, |s| !s.1 && s.0.len() >= self.room).unwrap();
        if state.1 {
            return Err(loaf);
        }
        state.0.push_back(loaf);
        self.put.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let state = self.state.lock().unwrap();
        let mut state = self.put.wait_while(state, |s| !s.1 && s.0.is_empty()).unwrap();
        let loaf = state.0.pop_front();
        if loaf.is_some() {
            self.taken.notify_one();
        }
        loaf
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.put.notify_one();
        self.taken.notify_one();
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
