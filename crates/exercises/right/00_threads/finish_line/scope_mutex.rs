// Scope and a plain Mutex; each handle is joined.

use std::sync::Mutex;
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let arrived = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let threads: Vec<_> = boats
            .into_iter()
            .map(|Boat { number, sail }| {
                let arrived = &arrived;
                scope.spawn(move || {
                    sail();
                    arrived.lock().expect("nobody sinks with the list").push(number);
                })
            })
            .collect();
        for thread in threads {
            thread.join().ok();
        }
    });
    arrived.into_inner().expect("nobody sinks with the list")
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
