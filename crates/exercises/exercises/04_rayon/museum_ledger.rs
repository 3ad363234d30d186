// A museum is valued, room by room, on many threads. `value_of` returns what a room is worth: what
// the ledger says, if the room is in it. If not, the room's objects are appraised and the sum is
// entered. As it is, a thread can wait here for itself, forever.
//
// What is wanted: a room's objects are appraised in parallel, and the ledger is not locked
// meanwhile. If two threads value one room at the same time, both return what was entered first. Who
// finds the ledger locked by somebody else waits: that is for a moment only.
//
// How it is judged: while an object is appraised, the test tries the lock. A thread that waits in
// Rayon for one room is given the next. Two threads value one room, and find different values. And
// the test has the lock when somebody wants to look or to enter.
//
// Lesson: chapter-04 deadlock

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The values of the rooms, by their names.
type Ledger = Mutex<BTreeMap<&'static str, u64>>;

fn value_of(
    room: &'static str,
    objects: &[u64],
    ledger: &Ledger,
    appraise: impl Fn(&u64) -> u64 + Send + Sync,
) -> u64 {
    // TODO: what does this thread hold while it waits for the appraisals?
    let mut ledger = ledger.lock().expect("no panic while it is locked");
    if let Some(value) = ledger.get(room) {
        return *value;
    }
    let value = objects.par_iter().map(appraise).sum();
    ledger.insert(room, value);
    value
}

fn main() {
    let ledger = Ledger::default();
    for (room, objects) in [("Coins", vec![1, 2, 3]), ("Clocks", vec![40, 50]), ("Coins", vec![])] {
        println!("{room}: {}", value_of(room, &objects, &ledger, |object| object * 10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exercises::stopped_anywhere;
    use rayon::{ThreadPool, ThreadPoolBuilder};
    use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;
    use witness::{Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn two_threads() -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(2).build().expect("there is room for two threads")
    }

    /// Waits for the others, unless somebody has waited in vain already.
    fn meet(meeting: &Rendezvous, missed: &AtomicBool) {
        if !missed.load(Relaxed) {
            missed.fetch_or(meeting.meet(PATIENCE).is_err(), Relaxed);
        }
    }

    #[test]
    fn the_ledger_is_free_during_an_appraisal() {
        let free = within(LIMIT, || {
            let (ledger, free) = (Ledger::default(), AtomicBool::new(false));
            value_of("Coins", &[1], &ledger, |object| {
                free.store(ledger.try_lock().is_ok(), Relaxed);
                *object
            });
            free.into_inner()
        });
        assert!(free, "the ledger was locked while an object was appraised");
    }

    #[test]
    fn two_objects_are_appraised_at_once() {
        let (value, missed) = within(LIMIT, || {
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let appraise = |object: &u64| {
                meet(&pair, &missed);
                object + 1
            };
            let ledger = Ledger::default();
            let value = two_threads().install(|| value_of("Coins", &[1, 2], &ledger, appraise));
            (value, missed.into_inner())
        });
        assert!(!missed, "one object was appraised after the other");
        assert_eq!(value, 5);
    }

    #[test]
    fn who_waits_for_one_room_can_take_the_next() {
        let (ledger, stuck, missed) = who_waits_takes("Clocks");
        assert!(!missed, "the objects of a room were not appraised at once");
        assert!(!stuck, "a thread was given the next room, and would have waited for itself");
        assert_eq!(ledger, BTreeMap::from([("Coins", 3), ("Clocks", 40)]));
    }

    #[test]
    fn who_waits_for_one_room_can_take_the_same_again() {
        let (ledger, stuck, missed) = who_waits_takes("Coins");
        assert!(!missed && !stuck, "a thread that waited for a room could not take it again");
        assert!(ledger.keys().copied().eq(["Coins"]), "rooms in the ledger: {ledger:?}");
    }

    /// A thread waits in Rayon for the coins, and is given the `next` room meanwhile. Returns what
    /// the ledger says, and whether the ledger was locked, and whether somebody did not come.
    fn who_waits_takes(next: &'static str) -> (BTreeMap<&'static str, u64>, bool, bool) {
        within(LIMIT, move || {
            let (ledger, stuck) = (Ledger::default(), AtomicBool::new(false));
            let (both_here, taken_up) = (Rendezvous::new(3), Rendezvous::new(2));
            let missed = AtomicBool::new(false);
            let coins = |object: &u64| {
                meet(&both_here, &missed);
                // One thread stays here. The other waits for it in Rayon, and takes what comes.
                if *object == 2 {
                    meet(&taken_up, &missed);
                }
                *object
            };
            two_threads().in_place_scope(|scope| {
                scope.spawn(|_| _ = value_of("Coins", &[1, 2], &ledger, coins));
                meet(&both_here, &missed);
                scope.spawn(|_| {
                    meet(&taken_up, &missed);
                    if ledger.try_lock().is_ok() {
                        value_of(next, &[40], &ledger, |object| *object);
                    } else {
                        stuck.store(true, Relaxed);
                    }
                });
            });
            (ledger.into_inner().expect("no panic"), stuck.into_inner(), missed.into_inner())
        })
    }

    #[test]
    fn a_room_in_the_ledger_is_not_appraised_again() {
        let value = within(LIMIT, || {
            let ledger = Ledger::from(BTreeMap::from([("Coins", 30)]));
            value_of("Coins", &[1, 2], &ledger, |_| panic!("the room is in the ledger"))
        });
        assert_eq!(value, 30);
    }

    /// Has another thread lock the ledger for a while, and returns when it is locked.
    fn lock_for_a_while(ledger: &Arc<Ledger>) {
        let (ledger, (locked, is_locked)) = (Arc::clone(ledger), mpsc::channel());
        thread::spawn(move || {
            let _ledger = ledger.lock().expect("no panic while it is locked");
            let _ = locked.send(());
            thread::sleep(Duration::from_millis(400));
        });
        is_locked
            .recv_timeout(PATIENCE)
            .expect("the ledger was locked while an object was appraised");
    }

    #[test]
    fn who_finds_the_ledger_locked_enters_it_later() {
        let (value, entered) = within(LIMIT, || {
            let ledger = Arc::new(Ledger::default());
            let value = value_of("Coins", &[7], &ledger, |object| {
                lock_for_a_while(&ledger);
                *object
            });
            (value, ledger.lock().expect("no panic").get("Coins").copied())
        });
        assert_eq!((value, entered), (7, Some(7)), "what was returned, and what the ledger says");
    }

    #[test]
    fn who_finds_the_ledger_locked_looks_later() {
        let value = within(LIMIT, || {
            let ledger = Arc::new(Ledger::from(BTreeMap::from([("Coins", 30)])));
            lock_for_a_while(&ledger);
            value_of("Coins", &[1, 2], &ledger, |_| panic!("the room is in the ledger"))
        });
        assert_eq!(value, 30);
    }

    #[test]
    fn three_hundred_objects_are_all_appraised() {
        let objects: Vec<u64> = (0..300).collect();
        let ledger = Arc::new(Ledger::default());
        let ours = Arc::clone(&ledger);
        let value = within(LIMIT, move || value_of("Coins", &objects, &ours, |object| object + 1));
        assert_eq!(value, (1..=300).sum());
        assert_eq!(
            within(LIMIT, move || value_of("Hall", &[], &ledger, |_| 1)),
            0,
            "an empty room"
        );
    }

    #[test]
    fn two_who_value_one_room_agree() {
        let (values, entered, missed) = within(LIMIT, || {
            let (pair, missed) = (Rendezvous::new(2), AtomicBool::new(false));
            let (ledger, price) = (Ledger::default(), AtomicU64::new(0));
            // Each asks a higher price.
            let appraise = |_: &u64| {
                meet(&pair, &missed);
                price.fetch_add(1, Relaxed)
            };
            let value = || value_of("Coins", &[1], &ledger, appraise);
            let values = two_threads().install(|| rayon::join(value, value));
            (values, ledger.into_inner().expect("no panic")["Coins"], missed.into_inner())
        });
        assert!(!missed, "two threads could not appraise the same room at the same time");
        assert_eq!(values, (entered, entered), "what was returned, and what the ledger says");
    }

    #[test]
    fn nine_objects_are_appraised_at_once() {
        let missed = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(9).build();
            let pool = pool.expect("there is room for nine threads");
            let (all, missed) = (Rendezvous::new(9), AtomicBool::new(false));
            let appraise = |object: &u64| {
                meet(&all, &missed);
                *object
            };
            pool.install(|| value_of("Coins", &[1; 9], &Ledger::default(), appraise));
            missed.into_inner()
        });
        assert!(!missed, "nine objects, on nine threads, were never appraised at once");
    }

    #[test]
    fn a_room_that_is_worth_nothing_is_entered_too() {
        let entered = within(LIMIT, || {
            let ledger = Ledger::default();
            value_of("Hall", &[1, 2], &ledger, |_| 0);
            value_of("Attic", &[], &ledger, |_| 1);
            ledger.into_inner().expect("no panic")
        });
        assert_eq!(entered, BTreeMap::from([("Attic", 0), ("Hall", 0)]));
    }

    #[test]
    fn what_was_entered_first_stays() {
        let (told, entered) = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(1).build();
            let pool = pool.expect("there is room for a thread");
            let rooms: Vec<&'static str> = (0..3_000).map(|it| &*it.to_string().leak()).collect();
            let (ledger, now) = (Ledger::default(), AtomicUsize::new(0));
            let mut seen = BTreeMap::new();
            // Somebody else enters each room at 7: every other one while it is appraised, the rest
            // whenever the thread is stopped. What they see then must stay.
            let told: Vec<u64> = pool.install(|| {
                let work = || {
                    let value = |(nth, room): (usize, &&'static str)| {
                        now.store(nth, Relaxed);
                        value_of(room, &[1], &ledger, |_| {
                            if nth % 2 == 0 {
                                ledger.lock().expect("no panic").entry(room).or_insert(7);
                            }
                            1_000
                        })
                    };
                    rooms.iter().enumerate().map(value).collect()
                };
                stopped_anywhere(work, || {
                    let nth = now.load(Relaxed);
                    if let Ok(mut ledger) = ledger.try_lock() {
                        if nth % 2 == 1 {
                            ledger.entry(rooms[nth]).or_insert(7);
                        }
                        if let Some(value) = ledger.get(rooms[nth]) {
                            seen.entry(nth).or_insert_with(Vec::new).push(*value);
                        }
                    }
                })
            });
            let ledger = ledger.into_inner().expect("no panic");
            let entered: Vec<u64> = rooms.iter().map(|room| ledger[room]).collect();
            for (nth, seen) in seen {
                let stays = seen.iter().all(|value| *value == entered[nth]);
                assert!(stays, "the ledger said {seen:?}, and then {}", entered[nth]);
            }
            (told, entered)
        });
        let agree = told == entered;
        assert!(agree, "somebody was told another value than the one that was entered first");
    }
}
