// Sends out 64 boats at most: the next waits until the first has arrived.
// => failed all_boats_are_under_way_at_once

use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let (finish, arrived) = std::sync::mpsc::channel();
    let mut threads = std::collections::VecDeque::new();
    for boat in boats {
        if threads.len() == 64 {
            let first: Option<thread::JoinHandle<()>> = threads.pop_front();
            let _ = first.unwrap().join();
        }
        let finish = finish.clone();
        threads.push_back(thread::spawn(move || {
            (boat.sail)();
            let _ = finish.send(boat.number);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
    drop(finish);
    arrived.into_iter().collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
