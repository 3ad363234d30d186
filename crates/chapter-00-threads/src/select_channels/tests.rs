use super::*;
use std::sync::TryLockError;
use witness::{PATIENT, Peak, Rendezvous, within};

/// A channel of this many plates, closed behind the last one.
fn plates(number: u32) -> Receiver<u32> {
    let (pass, plates) = unbounded();
    (0..number)
        .try_for_each(|plate| pass.send(plate))
        .expect("the receiver is here");
    plates
}

#[test]
fn every_plate_is_carried_once() {
    let mut carried = within(PATIENT, || {
        let carried = Mutex::new(Vec::new());
        waiters(&plates(300), |_, plate| {
            carried.lock().expect("no waiter has panicked").push(plate);
        });
        carried.into_inner().expect("no waiter has panicked")
    });
    carried.sort_unstable();
    assert!(carried.into_iter().eq(0..300));
}

#[test]
fn all_three_carry_a_plate_at_once() {
    let mut met = within(PATIENT, || {
        let (all, met) = (Rendezvous::new(3), Mutex::new(Vec::new()));
        waiters(&plates(3), |waiter, _| {
            all.meet(PATIENT / 2).expect("each waiter has a plate");
            met.lock().expect("no waiter has panicked").push(waiter);
        });
        met.into_inner().expect("no waiter has panicked")
    });
    met.sort_unstable();
    assert_eq!(met, [1, 2, 3]);
}

#[test]
fn with_a_lock_no_two_carry_at_once() {
    let most = within(PATIENT, || {
        let (peak, (pass, plates)) = (Peak::new(), mpsc::channel());
        (0..60)
            .try_for_each(|plate| pass.send(plate))
            .expect("the receiver is here");
        drop(pass);
        waiters_with_a_lock(&Mutex::new(plates), |_, _| {
            let _carrying = peak.enter();
            thread::yield_now();
        });
        peak.max()
    });
    assert_eq!(most, 1);
}

#[test]
fn whoever_waits_for_a_plate_keeps_the_lock_from_the_others() {
    within(PATIENT, || {
        let (pass, plates) = mpsc::channel::<u32>();
        let plates = Mutex::new(plates);
        let locked =
            || matches!(plates.try_lock(), Err(TryLockError::WouldBlock));
        thread::scope(|scope| {
            scope.spawn(|| waiters_with_a_lock(&plates, |_, _| ()));
            while !locked() {
                thread::yield_now();
            }
            // No plate has come, and none of the three gives up the lock.
            let still = (0..1_000).filter(|_| locked()).count();
            drop(pass);
            assert_eq!(still, 1_000);
        });
    });
}

#[test]
fn whoever_waits_for_a_plate_keeps_nothing_from_the_others() {
    let stopped = within(PATIENT, || {
        let (pass, plates) = unbounded::<u32>();
        thread::scope(|scope| {
            scope.spawn(|| waiters(&plates, |_, _| ()));
            let stopped =
                serve(&plates, &never(), Duration::from_millis(1), |_| ());
            drop(pass);
            stopped
        })
    });
    assert_eq!(stopped, Stopped::NothingCame);
}

#[test]
fn a_bell_that_is_dropped_stops_all_who_wait() {
    let stopped = within(PATIENT, || {
        let (pass, plates) = unbounded::<u32>();
        let (ring, bell) = unbounded::<()>();
        let stopped = thread::scope(|scope| {
            let waiter = || serve(&plates, &bell, PATIENT / 2, |_| ());
            let waiters = [(); 3].map(|()| scope.spawn(waiter));
            drop(ring);
            waiters
                .map(|waiter| waiter.join().expect("carrying does not panic"))
        });
        drop(pass);
        stopped
    });
    assert_eq!(stopped, [Stopped::BellRang; 3]);
}

#[test]
fn a_closed_kitchen_stops_a_waiter_after_the_last_plate() {
    let (stopped, carried) = within(PATIENT, || {
        let mut carried = 0;
        let stopped =
            serve(&plates(5), &never(), PATIENT / 2, |_| carried += 1);
        (stopped, carried)
    });
    assert_eq!((stopped, carried), (Stopped::KitchenClosed, 5));
}
