// The place is a load and a store: two boats can get one place, and one that came later can stand before.
// => failed TODO

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let place = Arc::new(AtomicUsize::new(0));
    let mut threads = Vec::new();
    for boat in boats {
        let place = Arc::clone(&place);
        threads.push(thread::spawn(move || {
            (boat.sail)();
            let mine = place.load(Ordering::SeqCst);
            place.store(mine + 1, Ordering::SeqCst);
            (mine, boat.number)
        }));
    }
    let mut arrived: Vec<_> = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
    arrived.sort();
    arrived.into_iter().map(|(_, number)| number).collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
