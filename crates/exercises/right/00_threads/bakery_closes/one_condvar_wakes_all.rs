// One condvar for all news, and it always wakes all.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    state: Mutex<(VecDeque<T>, bool)>,
    news: Condvar,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        Shelf { room, state: Mutex::new((VecDeque::new(), false)), news: Condvar::new() }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        loop {
            if state.1 {
                return Err(loaf);
            }
            if state.0.len() < self.room {
                state.0.push_back(loaf);
                self.news.notify_all();
                return Ok(());
            }
            state = self.news.wait(state).unwrap();
        }
    }

    fn take(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(loaf) = state.0.pop_front() {
                self.news.notify_all();
                return Some(loaf);
            }
            if state.1 {
                return None;
            }
            state = self.news.wait(state).unwrap();
        }
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.news.notify_all();
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
