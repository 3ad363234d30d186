// One condvar for both sides, and it wakes one: a baker's news reaches another baker.
// => failed of_many_bakers_and_customers_nobody_is_left_waiting

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
        let state = self.state.lock().unwrap();
        let mut state = self.news.wait_while(state, |s| !s.1 && s.0.len() >= self.room).unwrap();
        if state.1 {
            return Err(loaf);
        }
        state.0.push_back(loaf);
        self.news.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let state = self.state.lock().unwrap();
        let mut state = self.news.wait_while(state, |s| !s.1 && s.0.is_empty()).unwrap();
        let loaf = state.0.pop_front();
        self.news.notify_one();
        loaf
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
