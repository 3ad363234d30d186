use super::*;
use std::sync::TryLockError;
use witness::{PATIENT, Peak, Rendezvous, within};

#[test]
fn all_boards_hold_the_lock_at_once_and_nobody_can_write() {
    let mut seen = within(PATIENT, || {
        let hall = RwLock::new(Hall { free: 1, sold: 0 });
        let (all, seen) = (Rendezvous::new(3), Mutex::new(Vec::new()));
        boards(&hall, |board, books| {
            let met = all.meet(PATIENT / 2).is_ok();
            // Nobody lets go before all three have tried.
            let shut =
                matches!(hall.try_write(), Err(TryLockError::WouldBlock));
            all.meet(PATIENT / 2).expect("they met before");
            seen.lock()
                .expect("nobody has panicked")
                .push((board, books.free, met, shut));
        });
        assert!(hall.try_write().is_ok());
        seen.into_inner().expect("nobody has panicked")
    });
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3].map(|board| (board, 1, true, true)));
}

#[test]
fn with_a_mutex_no_two_boards_look_at_once() {
    let most = within(PATIENT, || {
        let (hall, peak) = (Mutex::new(Hall { free: 1, sold: 0 }), Peak::new());
        boards_with_a_mutex(&hall, |_, _| {
            let _looking = peak.enter();
            thread::yield_now();
        });
        peak.max()
    });
    assert_eq!(most, 1);
}

#[test]
fn under_the_write_lock_no_sale_is_lost_and_no_seat_sold_twice() {
    let (tickets, books) = within(PATIENT, || {
        let hall = RwLock::new(Hall { free: 500, sold: 0 });
        let tickets = thread::scope(|scope| {
            let seller = || (0..300).filter(|_| sell(&hall)).count();
            let sellers = [(); 2].map(|()| scope.spawn(seller));
            sellers
                .map(|seller| seller.join().expect("a sale does not panic"))
                .iter()
                .sum()
        });
        (tickets, hall.into_inner().expect("no seller has panicked"))
    });
    assert_eq!((tickets, books), (500usize, Hall { free: 0, sold: 500 }));
}

#[test]
fn who_still_reads_cannot_write() {
    let hall = RwLock::new(Hall { free: 1, sold: 0 });
    let refused = sell_while_reading(&hall).expect_err("it reads itself");
    assert_eq!(refused, TryLockError::<()>::WouldBlock.to_string());
    assert!(sell(&hall), "nothing was changed, and nobody holds the lock");
    assert_eq!(sell_while_reading(&hall), Ok(false));
}

/// What happens while a reader is in and a writer waits: whether a new reader
/// is turned away by `try_read`, and whether one that calls `read` got in
/// before the first reader had gone.
fn a_reader_after_a_waiting_writer() -> (bool, bool) {
    let hall = RwLock::new(Hall { free: 1, sold: 0 });
    thread::scope(|scope| {
        let first = hall.read().expect("no seller has panicked");
        scope.spawn(|| sell(&hall));
        // Elsewhere the readers may come first forever, so this gives up.
        let mut turned_away = false;
        for _ in 0..if cfg!(target_os = "linux") { usize::MAX } else { 10_000 }
        {
            turned_away = hall.try_read().is_err();
            if turned_away {
                break;
            }
            thread::yield_now();
        }
        let late =
            scope.spawn(|| hall.read().expect("no seller has panicked").sold);
        for _ in 0..1_000 {
            thread::yield_now();
        }
        let got_in = late.is_finished();
        drop(first);
        (turned_away, got_in)
    })
}

#[test]
fn a_reader_that_comes_after_a_waiting_writer_waits_behind_it() {
    match within(PATIENT, a_reader_after_a_waiting_writer) {
        (true, got_in) => {
            assert!(!got_in, "`try_read` is turned away, and `read` is not")
        }
        // Never on Linux: there it looks until the reader is turned away, or
        // the time is up.
        (false, _) => eprintln!(
            "on this system a late reader comes before a waiting writer"
        ),
    }
}

#[test]
fn who_reads_twice_may_wait_for_a_writer_that_waits_for_the_first_read() {
    let hall = RwLock::new(Hall { free: 1, sold: 0 });
    let alone = read_twice(&hall, || ());
    assert_eq!(
        alone,
        Ok((Hall { free: 1, sold: 0 }, Hall { free: 1, sold: 0 }))
    );
    let beside_a_seller =
        within(PATIENT, move || read_twice_around_a_seller(&hall, 10_000));
    if cfg!(target_os = "linux") {
        assert_eq!(
            beside_a_seller,
            Err(TryLockError::<()>::WouldBlock.to_string())
        );
    }
}
