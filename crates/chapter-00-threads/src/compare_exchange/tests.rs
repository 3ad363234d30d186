use super::*;
use std::cell::Cell;
use witness::{PATIENT, within};

#[test]
fn of_two_who_have_looked_only_a_loop_serves_both_rightly() {
    let ends = within(PATIENT, || {
        WAYS.map(|(_, take)| [1, 2].map(|seats| two_buyers(take, seats)))
    });
    let right = [(1, 0), (2, 0)];
    assert_eq!(ends, [[(2, 0), (2, 1)], [(1, 0), (1, 1)], right, right]);
}

#[test]
fn who_is_outrun_looks_again_at_what_is_left() {
    for take in [take, take_with_update] {
        let (free, looks) = (AtomicU32::new(9), Cell::new(0));
        // Somebody else takes a seat after each of the first three looks.
        let taken = take(&free, &|| {
            if looks.replace(looks.get() + 1) < 3 {
                free.fetch_sub(1, Ordering::Relaxed);
            }
        });
        assert_eq!((taken, looks.get(), free.into_inner()), (true, 4, 5));
    }
}

#[test]
fn who_is_outrun_to_the_last_seat_gets_none() {
    for take in [take, take_with_update, take_or_give_up] {
        let free = AtomicU32::new(1);
        assert!(!take(&free, &|| free.store(0, Ordering::Relaxed)));
        assert_eq!(free.into_inner(), 0);
    }
}

#[test]
fn an_equal_number_is_taken_for_an_untouched_one() {
    let (free, looks) = (AtomicU32::new(5), Cell::new(0));
    // One seat is taken and given back: the number is what it was.
    let taken = take(&free, &|| {
        looks.set(looks.get() + 1);
        free.fetch_sub(1, Ordering::Relaxed);
        free.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!((taken, looks.get(), free.into_inner()), (true, 1, 4));
}

#[test]
fn no_seat_is_taken_twice_and_none_is_left() {
    for take in [take, take_with_update] {
        let (taken, free) = within(PATIENT, move || {
            let free = AtomicU32::new(500);
            let buyer = || (0..400).filter(|_| take(&free, &|| ())).count();
            let taken: usize = std::thread::scope(|scope| {
                let buyers = [scope.spawn(buyer), scope.spawn(buyer)];
                buyers
                    .map(|buyer| buyer.join().expect("buying does not panic"))
                    .iter()
                    .sum()
            });
            (taken, free.into_inner())
        });
        assert_eq!((taken, free), (500, 0));
    }
}

#[test]
fn only_the_last_to_go_adds_up() {
    let evening = Evening::default();
    assert_eq!(evening.go_home(1, 4, Ordering::AcqRel), None);
    assert_eq!(evening.go_home(0, 3, Ordering::AcqRel), Some(7));
}
