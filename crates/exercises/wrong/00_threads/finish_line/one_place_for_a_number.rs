// Keeps a place for each number: of two boats with one number, one is lost.
// => failed a_boat_that_sinks_is_not_in_the_list_and_the_others_are

use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    let places = Mutex::new(BTreeMap::new());
    let arrivals = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for boat in boats {
            let (places, arrivals) = (&places, &arrivals);
            threads.push(scope.spawn(move || {
                (boat.sail)();
                let place = arrivals.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                places.lock().unwrap().insert(boat.number, place);
            }));
        }
        for thread in threads {
            let _ = thread.join();
        }
    });
    let mut order: Vec<(usize, u32)> =
        places.into_inner().unwrap().into_iter().map(|(number, place)| (place, number)).collect();
    order.sort();
    order.into_iter().map(|(_, number)| number).collect()
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}
