// Wakes itself every half a second to look: nobody has to call anybody.
// => failed whoever_waits_sleeps_until_there_is_news

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

use std::time::Duration;

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
        while !state.1 && state.0.len() >= self.room {
            state = self.news.wait_timeout(state, Duration::from_millis(500)).unwrap().0;
        }
        if state.1 {
            return Err(loaf);
        }
        state.0.push_back(loaf);
        self.news.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap();
        while !state.1 && state.0.is_empty() {
            state = self.news.wait_timeout(state, Duration::from_millis(500)).unwrap().0;
        }
        self.news.notify_one();
        state.0.pop_front()
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
