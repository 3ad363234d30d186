// No condvar: looks, lets others have the lock, and looks again.
// => failed whoever_waits_sleeps_until_there_is_news

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    state: Mutex<(VecDeque<T>, bool)>,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        Shelf { room, state: Mutex::new((VecDeque::new(), false)) }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        loop {
            let mut state = self.state.lock().unwrap();
            if state.1 {
                return Err(loaf);
            }
            if state.0.len() < self.room {
                state.0.push_back(loaf);
                return Ok(());
            }
            drop(state);
            std::thread::yield_now();
        }
    }

    fn take(&self) -> Option<T> {
        loop {
            let mut state = self.state.lock().unwrap();
            let loaf = state.0.pop_front();
            if loaf.is_some() || state.1 {
                return loaf;
            }
            drop(state);
            std::thread::yield_now();
        }
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
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
