// A list of the threads that wait, and `park` in place of a condvar.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

use std::thread::{self, Thread};

struct State<T> {
    loaves: VecDeque<T>,
    closed: bool,
    waiting: Vec<Thread>,
}

struct Shelf<T> {
    room: usize,
    state: Mutex<State<T>>,
}

impl<T> Shelf<T> {
    fn new(room: usize) -> Self {
        let state = State { loaves: VecDeque::new(), closed: false, waiting: Vec::new() };
        Shelf { room, state: Mutex::new(state) }
    }

    /// Tries until `step` says something; wakes all who wait when it has.
    fn until<R>(&self, mut step: impl FnMut(&mut State<T>) -> Option<R>) -> R {
        loop {
            let mut state = self.state.lock().unwrap();
            if let Some(done) = step(&mut state) {
                let waiting = std::mem::take(&mut state.waiting);
                drop(state);
                waiting.iter().for_each(Thread::unpark);
                return done;
            }
            state.waiting.push(thread::current());
            drop(state);
            thread::park();
        }
    }

    fn put(&self, loaf: T) -> Result<(), T> {
        let mut loaf = Some(loaf);
        self.until(|state| {
            if state.closed {
                return loaf.take().map(Err);
            }
            if state.loaves.len() >= self.room {
                return None;
            }
            state.loaves.extend(loaf.take());
            Some(Ok(()))
        })
    }

    fn take(&self) -> Option<T> {
        self.until(|state| match state.loaves.pop_front() {
            None if !state.closed => None,
            loaf => Some(loaf),
        })
    }

    fn close(&self) {
        self.until(|state| {
            state.closed = true;
            Some(())
        });
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
