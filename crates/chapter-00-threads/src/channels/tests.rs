use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use witness::{InFlight, Log, PATIENT, Peak, within};

const GUESTS: usize = 50;

/// Two doors that take no time. Guests are counted until they are dropped.
fn fast_doors(
    peak: &Peak,
) -> Vec<impl Iterator<Item = InFlight> + Send + use<>> {
    vec![peak.clone(), peak.clone()]
        .into_iter()
        .map(|peak| (0..GUESTS / 2).map(move |_| peak.enter()))
        .collect()
}

/// An usher so slow that before each of the first ten guests is gone there are
/// `most`, or all that are left. Later one door may have let in everybody, and
/// only one guest stands at the other.
fn slow_usher(peak: &Peak, most: usize) -> impl FnMut(InFlight) + Send + use<> {
    let peak = peak.clone();
    let mut seated = 0;
    move |guest| {
        while seated < 10 && peak.now() < most.min(GUESTS - seated) {
            thread::yield_now();
        }
        drop(guest);
        seated += 1;
    }
}

#[test]
fn an_unbounded_queue_takes_all_a_slow_usher_leaves() {
    let most = within(PATIENT, || {
        let peak = Peak::new();
        unbounded(fast_doors(&peak), slow_usher(&peak, GUESTS));
        peak.max()
    });
    assert_eq!(most, GUESTS);
}

#[test]
fn a_bounded_queue_holds_its_bound_and_one_for_each_door_and_the_usher() {
    for room in [0, 1, 2, 7] {
        let most = within(PATIENT, move || {
            let peak = Peak::new();
            // One at each door, and one with the usher.
            bounded(room, fast_doors(&peak), slow_usher(&peak, room + 2 + 1));
            peak.max()
        });
        assert_eq!(most, room + 3);
    }
}

#[test]
fn every_guest_arrives_once_and_each_doors_in_order() {
    let doors = || vec![0..100, 100..200];
    let seated = within(PATIENT, move || {
        let (mut through_unbounded, mut through_bounded) = (vec![], vec![]);
        unbounded(doors(), |guest| through_unbounded.push(guest));
        bounded(2, doors(), |guest| through_bounded.push(guest));
        [through_unbounded, through_bounded]
    });
    for guests in seated {
        let (one, two): (Vec<_>, Vec<_>) =
            guests.into_iter().partition(|guest| *guest < 100);
        assert!(one.into_iter().eq(0..100) && two.into_iter().eq(100..200));
    }
}

#[test]
fn doors_stop_when_the_usher_is_gone() {
    let leave_at_3 = |guest| assert_ne!(guest, 3, "on purpose");
    within(PATIENT, move || {
        // Without an end of their own.
        let left = catch_unwind(|| bounded(2, vec![0.., 0..], leave_at_3));
        assert!(left.is_err());
        let left = catch_unwind(AssertUnwindSafe(|| {
            unbounded(vec![0.., 0..], leave_at_3)
        }));
        assert!(left.is_err());
    });
}

#[test]
fn a_forgotten_sender_keeps_the_channel_open() {
    let ends = within(PATIENT, || forgotten(Duration::from_millis(5)));
    assert_eq!(
        ends,
        [(3, RecvTimeoutError::Timeout), (0, RecvTimeoutError::Disconnected)]
    );
}

#[test]
fn a_loop_waits_until_the_forgotten_sender_is_dropped() {
    let log = Log::new();
    let seen = log.clone();
    within(PATIENT, move || {
        let (foyer, guests) = mpsc::channel();
        let (door, theirs) = (foyer.clone(), log.clone());
        let usher = thread::spawn(move || {
            guests.into_iter().for_each(|guest| theirs.push(guest));
            theirs.push("the end");
        });
        door.send("Ada").expect("the usher waits");
        drop(door);
        while log.events().is_empty() {
            thread::yield_now();
        }
        log.push("dropped");
        drop(foyer);
        usher.join().expect("it does not panic");
    });
    assert_eq!(seen.events(), ["Ada", "dropped", "the end"]);
}

#[test]
fn a_row_shows_the_door_then_the_usher() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        // A timeline records the whole process: this door is no other test's.
        let doors = vec![door(71, 1, Duration::ZERO, || ())];
        bounded(1, doors, |guest| seat(guest, Duration::ZERO));
        timeline.finish()
    });
    let row = recording.row("guest door=71 guest=1").expect("it was recorded");
    assert_eq!((row.stays.len(), row.threads().len()), (2, 2));
}
