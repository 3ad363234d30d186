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
        let print =
            || both.meet(PATIENT / 2).expect("the other one prints, too");
        (two_sellers(1, |_| sell_in_two_steps(&hall, print)), books(hall))
    });
    assert_eq!((tickets, books), (2, (0, 1)));
}

#[test]
fn in_two_steps_every_second_sale_is_lost() {
    let (tickets, books) = within(PATIENT, || {
        let (hall, both) = (hall(200, 0), Rendezvous::new(2));
        let print =
            || both.meet(PATIENT / 2).expect("the other one prints, too");
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
    let locked = |hall: &Mutex<Hall>| {
        matches!(hall.try_lock(), Err(TryLockError::WouldBlock))
    };
    let hall = hall(2, 0);
    assert!(sell(&hall, || assert!(locked(&hall))));
    assert!(sell_in_two_steps(&hall, || assert!(!locked(&hall))));
    assert!(!locked(&hall));
}
