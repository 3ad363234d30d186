// Moves a copy of the list into each thread: all arrive, each in a list of its own.
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
    let arrived = Vec::new();
    let mut threads = Vec::new();
    for boat in boats {
        let mut arrived = arrived.clone();
        threads.push(thread::spawn(move || {
            (boat.sail)();
            arrived.push(boat.number);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    arrived
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
