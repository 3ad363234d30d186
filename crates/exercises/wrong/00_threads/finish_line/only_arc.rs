// Shares the list with an Arc and leaves the RefCell in it.
// => did not compile E0277

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let arrived = Arc::new(RefCell::new(Vec::new()));
    let mut threads = Vec::new();
    for boat in boats {
        let arrived = Arc::clone(&arrived);
        threads.push(thread::spawn(move || {
            (boat.sail)();
            arrived.borrow_mut().push(boat.number);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    arrived.take()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
