use super::*;
use std::sync::TryLockError;
use witness::{PATIENT, Peak, Rendezvous, within};

/// A channel of this many guests, closed behind the last one.
fn guests(number: u32) -> Receiver<u32> {
    let (foyer, guests) = unbounded();
    (0..number)
        .try_for_each(|guest| foyer.send(guest))
        .expect("the receiver is here");
    guests
}

#[test]
fn every_guest_is_seated_once() {
    let mut seated = within(PATIENT, || {
        let seated = Mutex::new(Vec::new());
        ushers(&guests(300), |_, guest| {
            seated.lock().expect("no usher has panicked").push(guest);
        });
        seated.into_inner().expect("no usher has panicked")
    });
    seated.sort_unstable();
    assert!(seated.into_iter().eq(0..300));
}

#[test]
fn all_three_seat_a_guest_at_once() {
    let mut met = within(PATIENT, || {
        let (all, met) = (Rendezvous::new(3), Mutex::new(Vec::new()));
        ushers(&guests(3), |usher, _| {
            all.meet(PATIENT / 2).expect("each usher has a guest");
            met.lock().expect("no usher has panicked").push(usher);
        });
        met.into_inner().expect("no usher has panicked")
    });
    met.sort_unstable();
    assert_eq!(met, [1, 2, 3]);
}

#[test]
fn with_a_lock_no_two_seat_a_guest_at_once() {
    let most = within(PATIENT, || {
        let (peak, (foyer, guests)) = (Peak::new(), mpsc::channel());
        (0..60)
            .try_for_each(|guest| foyer.send(guest))
            .expect("the receiver is here");
        drop(foyer);
        ushers_with_a_lock(&Mutex::new(guests), |_, _| {
            let _seating = peak.enter();
            thread::yield_now();
        });
        peak.max()
    });
    assert_eq!(most, 1);
}

#[test]
fn whoever_waits_for_a_guest_keeps_the_lock_from_the_others() {
    within(PATIENT, || {
        let (foyer, guests) = mpsc::channel::<u32>();
        let guests = Mutex::new(guests);
        let locked =
            || matches!(guests.try_lock(), Err(TryLockError::WouldBlock));
        thread::scope(|scope| {
            scope.spawn(|| ushers_with_a_lock(&guests, |_, _| ()));
            while !locked() {
                thread::yield_now();
            }
            // No guest has come, and none of the three gives up the lock.
            let still = (0..1_000).filter(|_| locked()).count();
            drop(foyer);
            assert_eq!(still, 1_000);
        });
    });
}

#[test]
fn whoever_waits_for_a_guest_keeps_nothing_from_the_others() {
    let stopped = within(PATIENT, || {
        let (foyer, guests) = unbounded::<u32>();
        thread::scope(|scope| {
            scope.spawn(|| ushers(&guests, |_, _| ()));
            let stopped =
                usher(&guests, &never(), Duration::from_millis(1), |_| ());
            drop(foyer);
            stopped
        })
    });
    assert_eq!(stopped, Stopped::NobodyCame);
}

#[test]
fn a_bell_that_is_dropped_stops_all_who_wait() {
    let stopped = within(PATIENT, || {
        let (foyer, guests) = unbounded::<u32>();
        let (ring, bell) = unbounded::<()>();
        let stopped = thread::scope(|scope| {
            let usher = || usher(&guests, &bell, PATIENT / 2, |_| ());
            let ushers = [(); 3].map(|()| scope.spawn(usher));
            drop(ring);
            ushers.map(|usher| usher.join().expect("an usher does not panic"))
        });
        drop(foyer);
        stopped
    });
    assert_eq!(stopped, [Stopped::BellRang; 3]);
}

#[test]
fn closed_doors_stop_an_usher_after_the_last_guest() {
    let (stopped, seated) = within(PATIENT, || {
        let mut seated = 0;
        let stopped = usher(&guests(5), &never(), PATIENT / 2, |_| seated += 1);
        (stopped, seated)
    });
    assert_eq!((stopped, seated), (Stopped::DoorsClosed, 5));
}
