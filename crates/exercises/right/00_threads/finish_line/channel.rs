// A channel is the list.

use std::cell::RefCell;
use std::rc::Rc;
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let (tx, rx) = std::sync::mpsc::channel();
    let threads: Vec<_> = boats
        .into_iter()
        .map(|boat| {
            let tx = tx.clone();
            thread::spawn(move || {
                (boat.sail)();
                let _ = tx.send(boat.number);
            })
        })
        .collect();
    drop(tx);
    let arrived = rx.iter().collect();
    for thread in threads {
        let _ = thread.join();
    }
    arrived
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
