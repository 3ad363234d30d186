// Takes the list out, adds, and puts it back: two that arrive together lose one.
// => failed boats_that_arrive_together_are_all_in_the_list

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    use std::sync::{Arc, Mutex};
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for boat in boats {
        let arrived = Arc::clone(&arrived);
        threads.push(thread::spawn(move || {
            (boat.sail)();
            let mut list = arrived.lock().unwrap().clone();
            list.push(boat.number);
            *arrived.lock().unwrap() = list;
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    let list = arrived.lock().unwrap().clone();
    list
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
