// Sorts by the millisecond of arrival: who arrives within the same one stays in the order of the start.
// => failed who_arrives_first_is_first_in_the_list

use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let start = std::time::Instant::now();
    let mut threads = Vec::new();
    for boat in boats {
        threads.push(thread::spawn(move || {
            (boat.sail)();
            (start.elapsed().as_millis(), boat.number)
        }));
    }
    let mut arrived: Vec<(u128, u32)> =
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
    arrived.sort_by_key(|&(time, _)| time);
    arrived.into_iter().map(|(_, number)| number).collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
