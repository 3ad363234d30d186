// Needs no shared list, for it pushes after each join: in the order of the start.
// => failed who_arrives_first_is_first_in_the_list

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let mut threads = Vec::new();
    for boat in boats {
        threads.push(thread::spawn(move || {
            (boat.sail)();
            boat.number
        }));
    }
    threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
