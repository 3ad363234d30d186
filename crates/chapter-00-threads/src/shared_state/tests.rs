use super::*;
use std::sync::TryLockError;
use witness::{PATIENT, Rendezvous, within};

fn hall(free: u32, sold: u32) -> Mutex<Hall> {
    Mutex::new(Hall { free, sold })
}

fn books(hall: Mutex<Hall>) -> (u32, u32) {
    let Hall { free, sold } = hall.into_inner().expect("nobody has panicked");
    (free, sold)
}

#[test]
fn in_two_steps_the_last_seat_is_sold_twice() {
    let (tickets, books) = within(PATIENT, || {
        let (hall, both) = (hall(1, 0), Rendezvous::new(2));
        let print = || both.meet(PATIENT / 2).expect("the other one prints, too");
        (two_sellers(1, |_| sell_in_two_steps(&hall, print)), books(hall))
    });
    assert_eq!((tickets, books), (2, (0, 1)));
}

#[test]
fn in_two_steps_every_second_sale_is_lost() {
    let (tickets, books) = within(PATIENT, || {
        let (hall, both) = (hall(200, 0), Rendezvous::new(2));
        let print = || both.meet(PATIENT / 2).expect("the other one prints, too");
        (two_sellers(100, |_| sell_in_two_steps(&hall, print)), books(hall))
    });
    assert_eq!((tickets, books), (200, (100, 100)));
}

#[test]
fn in_one_step_no_sale_is_lost_and_no_seat_sold_twice() {
    let (tickets, books) = within(PATIENT, || {
        let hall = hall(500, 0);
        (two_sellers(300, |_| sell(&hall, thread::yield_now)), books(hall))
    });
    assert_eq!((tickets, books), (500, (0, 500)));
}

#[test]
fn only_in_one_step_is_the_lock_held_while_printing() {
    let locked = |hall: &Mutex<Hall>| matches!(hall.try_lock(), Err(TryLockError::WouldBlock));
    let hall = hall(2, 0);
    assert!(sell(&hall, || assert!(locked(&hall))));
    assert!(sell_in_two_steps(&hall, || assert!(!locked(&hall))));
    assert!(!locked(&hall));
}

#[test]
fn all_boards_hold_the_lock_at_once_and_nobody_can_write() {
    let mut seen = within(PATIENT, || {
        let hall = RwLock::new(Hall { free: 1, sold: 0 });
        let (all, seen) = (Rendezvous::new(3), Mutex::new(Vec::new()));
        boards(&hall, |board, books| {
            let met = all.meet(PATIENT / 2).is_ok();
            // Nobody lets go before all three have tried.
            let shut = matches!(hall.try_write(), Err(TryLockError::WouldBlock));
            all.meet(PATIENT / 2).expect("they met before");
            seen.lock().expect("nobody has panicked").push((board, books.free, met, shut));
        });
        assert!(hall.try_write().is_ok());
        seen.into_inner().expect("nobody has panicked")
    });
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3].map(|board| (board, 1, true, true)));
}

#[test]
fn everyone_who_waits_gets_the_seat_in_the_end() {
    let books = within(PATIENT, || {
        let (hall, given_back) = (hall(1, 0), Condvar::new());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        sell_or_wait(&hall, &given_back);
                        thread::yield_now();
                        give_back(&hall, &given_back);
                    }
                });
            }
        });
        books(hall)
    });
    assert_eq!(books, (1, 0));
}

#[test]
fn who_comes_after_the_seat_was_given_back_does_not_wait() {
    let books = within(PATIENT, || {
        let (hall, given_back) = (hall(0, 1), Condvar::new());
        give_back(&hall, &given_back);
        sell_or_wait(&hall, &given_back);
        books(hall)
    });
    assert_eq!(books, (0, 1));
}

#[test]
fn a_wake_without_a_seat_sells_nothing() {
    let books = within(PATIENT, || {
        let (hall, given_back) = (hall(0, 1), Condvar::new());
        thread::scope(|scope| {
            let buyer = scope.spawn(|| sell_or_wait(&hall, &given_back));
            for _ in 0..1_000 {
                given_back.notify_all();
                thread::yield_now();
            }
            let early = buyer.is_finished();
            give_back(&hall, &given_back);
            assert!(!early, "there was no seat");
        });
        books(hall)
    });
    assert_eq!(books, (0, 1));
}

#[test]
fn a_panic_in_the_middle_poisons_the_lock_and_leaves_half_a_sale() {
    let hall = Arc::new(hall(2, 0));
    let jammed = |sale: fn(&Mutex<Hall>, fn()) -> bool| {
        let hall = Arc::clone(&hall);
        let job = move || sale(&hall, || panic!("on purpose"));
        let (_, end) = outcomes(start(vec![("jammed".to_owned(), job)])).remove(0);
        reason(end.expect_err("it panics").as_ref()).to_owned()
    };

    // In two steps it panics with the lock free: whole books, nothing poisoned.
    assert_eq!(jammed(sell_in_two_steps), "on purpose");
    assert!(!hall.is_poisoned());

    assert_eq!(jammed(sell), "on purpose");
    let left = *hall.lock().expect_err("it is poisoned").into_inner();
    assert_eq!(left, Hall { free: 1, sold: 0 }, "one seat is neither free nor sold");
    let next = jammed(sell);
    assert!(next.starts_with("no seller has panicked: PoisonError"), "{next}");

    assert_eq!(repair(&hall, 2), Hall { free: 2, sold: 0 });
    assert!(sell(&hall, || ()));
}
