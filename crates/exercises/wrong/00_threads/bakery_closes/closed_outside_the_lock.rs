// The flag is outside of the lock: closing comes between the look and the sleep.
// => failed no_closing_is_missed_by_somebody_who_is_about_to_wait

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    state: Mutex<State<T>>,
    closed: std::sync::atomic::AtomicBool,
    /// For bakers: a loaf was taken.
    room_again: Condvar,
    /// For customers: a loaf was put.
    loaf_again: Condvar,
}

struct State<T> {
    loaves: VecDeque<T>,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        let state = Mutex::new(State { loaves: VecDeque::new() });
        Shelf { room, closed: false.into(), state, room_again: Condvar::new(), loaf_again: Condvar::new() }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let full = |state: &mut State<T>| !self.closed.load(std::sync::atomic::Ordering::SeqCst) && state.loaves.len() >= self.room;
        let state = self.state.lock().expect("nobody panics here");
        let mut state = self.room_again.wait_while(state, full).expect("nobody panics here");
        if self.closed.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(loaf);
        }
        state.loaves.push_back(loaf);
        self.loaf_again.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let empty = |state: &mut State<T>| !self.closed.load(std::sync::atomic::Ordering::SeqCst) && state.loaves.is_empty();
        let state = self.state.lock().expect("nobody panics here");
        let mut state = self.loaf_again.wait_while(state, empty).expect("nobody panics here");
        let loaf = state.loaves.pop_front();
        self.room_again.notify_one();
        loaf
    }

    fn close(&self) {
        self.closed.store(true, std::sync::atomic::Ordering::SeqCst);
        self.room_again.notify_all();
        self.loaf_again.notify_all();
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
