// A counter says which slot is the next.

use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
    let places: Vec<AtomicU32> = boats.iter().map(|_| AtomicU32::new(0)).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> = boats
            .into_iter()
            .map(|boat| {
                let (places, next) = (&places, &next);
                scope.spawn(move || {
                    (boat.sail)();
                    let place = next.fetch_add(1, Ordering::AcqRel);
                    places[place].store(boat.number, Ordering::Release);
                })
            })
            .collect();
        for thread in threads {
            let _ = thread.join();
        }
    });
    let arrived = next.into_inner();
    places.into_iter().take(arrived).map(|place| place.into_inner()).collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
