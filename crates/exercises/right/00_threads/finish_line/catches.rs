// Catches who sinks, in a scope.

use std::sync::Mutex;
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let arrived = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for Boat { number, sail } in boats {
            let arrived = &arrived;
            scope.spawn(move || {
                let sail = std::panic::AssertUnwindSafe(sail);
                if std::panic::catch_unwind(sail).is_ok() {
                    arrived.lock().expect("nobody sinks while pushing").push(number);
                }
            });
        }
    });
    arrived.into_inner().expect("nobody sinks while pushing")
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
