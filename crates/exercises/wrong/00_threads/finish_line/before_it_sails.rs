// Enters each boat when it sets sail: those that sink are in the list.
// => failed who_arrives_first_is_first_in_the_list

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
            arrived.lock().expect("nobody sinks while pushing").push(boat.number);
            (boat.sail)();
        }));
    }
    for thread in threads {
        // An error is a boat that sank, and a boat that sank is not in the list.
        let _ = thread.join();
    }
    std::mem::take(&mut *arrived.lock().expect("nobody sinks while pushing"))
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
