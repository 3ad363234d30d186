// Who waits when the bakery closes and finds room puts the loaf there.
// => failed closing_gives_every_waiting_baker_the_loaf_back

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

struct Shelf<T> {
    room: usize,
    state: Mutex<State<T>>,
    /// For bakers: a loaf was taken.
    room_again: Condvar,
    /// For customers: a loaf was put.
    loaf_again: Condvar,
}

struct State<T> {
    loaves: VecDeque<T>,
    closed: bool,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        let state = Mutex::new(State { loaves: VecDeque::new(), closed: false });
        Shelf { room, state, room_again: Condvar::new(), loaf_again: Condvar::new() }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let full = |state: &mut State<T>| !state.closed && state.loaves.len() >= self.room;
        let state = self.state.lock().expect("nobody panics here");
        let mut state = self.room_again.wait_while(state, full).expect("nobody panics here");
        if state.closed && state.loaves.len() >= self.room {
            return Err(loaf);
        }
        state.loaves.push_back(loaf);
        self.loaf_again.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<T> {
        let empty = |state: &mut State<T>| !state.closed && state.loaves.is_empty();
        let state = self.state.lock().expect("nobody panics here");
        let mut state = self.loaf_again.wait_while(state, empty).expect("nobody panics here");
        let loaf = state.loaves.pop_front();
        self.room_again.notify_one();
        loaf
    }

    fn close(&self) {
        self.state.lock().expect("nobody panics here").closed = true;
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
