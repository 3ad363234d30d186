// Boats race, each on a thread of its own. `race` returns their numbers in the order in which they
// arrive; two boats may have the same number. A boat that sinks panics, and never arrives: the others
// do. This does not compile. Repair it.
//
// How it is judged: the boats of one test meet on the water, so all must be under way at once. In
// another the last boat arrives first, in one many arrive together. And some boats sink.
//
// Lesson: chapter-00 shared-state

use std::sync::{Arc, Mutex};
use std::thread;

struct Boat {
    number: u32,
    sail: Box<dyn FnOnce() + Send>,
}

fn race(boats: Vec<Boat>) -> Vec<u32> {
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for boat in boats {
        let arrived = Arc::clone(&arrived);
        threads.push(thread::spawn(move || {
            (boat.sail)();
            arrived.lock().expect("nobody sinks while pushing").push(boat.number);
        }));
    }
    for thread in threads {
        // An error is a boat that sank, and a boat that sank is not in the list.
        let _ = thread.join();
    }
    std::mem::take(&mut *arrived.lock().expect("nobody sinks while pushing"))
}

fn main() {
    let boat = |number| Boat { number, sail: Box::new(thread::yield_now) };
    println!("They arrive in the order {:?}", race(vec![boat(1), boat(2), boat(3)]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;
    use witness::{Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn boat(number: u32, sail: impl FnOnce() + Send + 'static) -> Boat {
        Boat { number, sail: Box::new(sail) }
    }

    #[test]
    fn all_boats_are_under_way_at_once() {
        // More than anybody would put a bound at.
        const BOATS: u32 = 300;
        let meeting = Rendezvous::new(BOATS as usize);
        let missed = Arc::new(AtomicBool::new(false));
        let boats = (1..=BOATS).map(|number| {
            let (meeting, missed) = (meeting.clone(), Arc::clone(&missed));
            boat(number, move || {
                // Who comes after a missed meeting need not wait as well.
                let late = missed.load(Ordering::Relaxed);
                if late || meeting.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                }
            })
        });
        let boats = boats.collect();
        let mut arrived = within(LIMIT, move || race(boats));
        assert!(!missed.load(Ordering::Relaxed), "a boat met nobody on the water");
        arrived.sort();
        assert!(arrived.into_iter().eq(1..=BOATS), "a boat that arrived is not in the list");
    }

    #[test]
    fn who_arrives_first_is_first_in_the_list() {
        // A boat that holds its end of the line arrives when the next has let go of it: it lets go
        // when its thread is over, and so after it has arrived.
        thread_local! {
            static LINE: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
        }
        // They are so many that several arrive within one tick of a clock.
        const BOATS: u32 = 100;
        let gave_up = Arc::new(AtomicBool::new(false));
        let wait = |line: mpsc::Receiver<()>| {
            let gave_up = Arc::clone(&gave_up);
            move || {
                let patience =
                    if gave_up.load(Ordering::Relaxed) { Duration::ZERO } else { PATIENCE };
                if line.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                    gave_up.store(true, Ordering::Relaxed);
                }
            }
        };
        let (mut boats, mut to_next) = (Vec::new(), None);
        for number in 1..=BOATS {
            let (to_this, line) = mpsc::channel::<()>();
            let (held, wait) = (to_next.replace(to_this), wait(line));
            boats.push(boat(number, move || {
                LINE.set(held);
                wait();
            }));
        }
        // Nobody is behind the last.
        drop(to_next);
        let arrived = within(LIMIT, move || race(boats));
        let expected: Vec<_> = (1..=BOATS).rev().collect();
        assert_eq!(arrived, expected, "each waited until the one behind it had arrived");
    }

    #[global_allocator]
    static ALLOCATOR: exercises::Meeting = exercises::Meeting;

    #[test]
    fn boats_that_arrive_together_are_all_in_the_list() {
        // No luck is needed: who writes down a boat needs memory, and waits there for the other,
        // unless the other cannot come because the list is locked.
        for (early, nth) in [(0, 1), (0, 2), (1, 1), (1, 2), (3, 1), (3, 2)] {
            let here: &'static AtomicUsize = Box::leak(Box::default());
            let arrives = move || exercises::meet_at_an_allocation(here, nth);
            let boats = (3..3 + early).map(|number| boat(number, || ()));
            let boats = boats.chain([boat(1, arrives), boat(2, arrives)]).collect();
            let mut arrived = within(LIMIT, move || race(boats));
            arrived.sort();
            let all = arrived.into_iter().eq(1..3 + early);
            assert!(all, "two boats arrived together, and a boat is not in the list");
        }
    }

    #[test]
    fn a_boat_that_sinks_is_not_in_the_list_and_the_others_are() {
        let boats = vec![
            boat(1, || ()),
            boat(2, || panic!("this boat sinks on purpose")),
            boat(3, || ()),
            boat(4, || panic!("this one, too")),
            boat(2, || ()),
            boat(3, || ()),
        ];
        let mut arrived = within(LIMIT, move || race(boats));
        arrived.sort();
        assert_eq!(arrived, [1, 2, 3, 3], "one 2 sank, the other arrived, and so did both 3s");
    }
}
