use super::*;

fn hall(free: u32) -> Arc<Mutex<Hall>> {
    Arc::new(Mutex::new(Hall { free, sold: 0 }))
}

fn jammed(hall: &Mutex<Hall>) -> bool {
    sell(hall, || panic!("on purpose"))
}

#[test]
fn a_panic_in_the_middle_poisons_the_lock_and_leaves_half_a_sale() {
    let hall = hall(2);
    assert_eq!(attempt("jammed", &hall, jammed), Err("on purpose".to_owned()));
    let left = *hall.lock().expect_err("it is poisoned").into_inner();
    assert_eq!(
        left,
        Hall { free: 1, sold: 0 },
        "one seat is neither free nor sold"
    );

    let next = attempt("next", &hall, |hall| sell(hall, || ()))
        .expect_err("it panics, too");
    assert!(next.starts_with("no seller has panicked: PoisonError"), "{next}");

    assert_eq!(repair(&hall, 2), Hall { free: 2, sold: 0 });
    assert!(sell(&hall, || ()));
}

#[test]
fn a_panic_while_nobody_holds_the_lock_poisons_nothing() {
    let hall = hall(2);
    let jammed_between_two_steps = |hall: &Mutex<Hall>| {
        let free = hall.lock().expect("no seller has panicked").free;
        assert_eq!(free, 0, "on purpose");
        true
    };
    assert!(attempt("jammed", &hall, jammed_between_two_steps).is_err());
    assert!(!hall.is_poisoned());
    assert!(sell(&hall, || ()));
}

#[test]
fn who_goes_in_regardless_finds_a_seat_gone_that_nobody_bought() {
    let hall = hall(1);
    assert!(attempt("jammed", &hall, jammed).is_err());
    assert!(!sell_regardless(&hall));
    assert!(hall.is_poisoned(), "that it was entered repairs nothing");
    repair(&hall, 1);
    assert!(sell_regardless(&hall));
    assert_eq!(
        *hall.lock().expect("it was repaired"),
        Hall { free: 0, sold: 1 }
    );
}
