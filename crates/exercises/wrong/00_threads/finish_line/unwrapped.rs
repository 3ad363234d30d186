// Unwraps what join returns: the first boat that sinks ends the race for all.
// => failed a_boat_that_sinks_is_not_in_the_list_and_the_others_are

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for boat in boats {
        let arrived = Arc::clone(&arrived);
        threads.push(thread::spawn(move || {
            (boat.sail)();
            arrived.lock().unwrap().push(boat.number);
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    std::mem::take(&mut *arrived.lock().unwrap())
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
