// The last boat sails on the caller's thread.
// => failed who_arrives_first_is_first_in_the_list

use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(mut boats: Vec<Boat>) -> Vec<u32> {
    use std::sync::{Arc, Mutex};
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let sail = |arrived: Arc<Mutex<Vec<u32>>>, boat: Boat| {
        (boat.sail)();
        arrived.lock().unwrap().push(boat.number);
    };
    let last = boats.pop();
    let mut threads = Vec::new();
    for boat in boats {
        let arrived = Arc::clone(&arrived);
        threads.push(thread::spawn(move || sail(arrived, boat)));
    }
    if let Some(boat) = last {
        let arrived = Arc::clone(&arrived);
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sail(arrived, boat)));
    }
    for thread in threads {
        let _ = thread.join();
    }
    let numbers = std::mem::take(&mut *arrived.lock().unwrap());
    numbers
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
