use super::*;
use witness::{PATIENT, within};

fn seats(free: i32) -> (Mutex<i32>, Condvar) {
    (Mutex::new(free), Condvar::new())
}

fn left(free: Mutex<i32>) -> i32 {
    free.into_inner().expect("no buyer has panicked")
}

#[test]
fn everyone_who_waits_gets_the_seat_in_the_end() {
    let free = within(PATIENT, || {
        let (free, given_back) = seats(1);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        buy(&free, &given_back);
                        thread::yield_now();
                        give_back(&free, &given_back);
                    }
                });
            }
        });
        left(free)
    });
    assert_eq!(free, 1);
}

#[test]
fn who_comes_after_the_seat_was_given_back_does_not_wait() {
    let free = within(PATIENT, || {
        let (free, given_back) = seats(0);
        give_back(&free, &given_back);
        buy(&free, &given_back);
        left(free)
    });
    assert_eq!(free, 0);
}

#[test]
fn a_wake_without_a_seat_sells_nothing() {
    let free = within(PATIENT, || {
        let (free, given_back) = seats(0);
        thread::scope(|scope| {
            let buyer = scope.spawn(|| buy(&free, &given_back));
            for _ in 0..1_000 {
                given_back.notify_all();
                thread::yield_now();
            }
            let early = buyer.is_finished();
            give_back(&free, &given_back);
            assert!(!early, "there was no seat");
        });
        left(free)
    });
    assert_eq!(free, 0);
}

#[test]
fn only_a_second_look_keeps_one_seat_from_two_buyers() {
    let ends = within(PATIENT, || {
        [
            one_seat_for_two(buy, 100),
            one_seat_for_two(buy_when_woken, usize::MAX),
        ]
    });
    assert_eq!(ends, [(1, 0), (2, -1)]);
}
