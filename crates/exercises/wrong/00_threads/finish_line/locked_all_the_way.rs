// Locks the list first, so that one boat has it all the way, and takes it down when it sinks.
// => failed all_boats_are_under_way_at_once

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
            let mut arrived = arrived.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            (boat.sail)();
            arrived.push(boat.number);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    std::mem::take(&mut *arrived.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
