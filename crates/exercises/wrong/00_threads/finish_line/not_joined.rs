// Returns the list at once, and joins nobody.
// => failed all_boats_are_under_way_at_once

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
            arrived.lock().expect("nobody sinks while pushing").push(boat.number);
        }));
    }
    drop(threads);
    std::mem::take(&mut *arrived.lock().expect("nobody sinks while pushing"))
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
