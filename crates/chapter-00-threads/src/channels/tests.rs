use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use witness::{InFlight, Log, PATIENT, Peak, within};

const PLATES: usize = 50;

/// Two cooks who take no time; their plates are counted until they are dropped.
fn fast_cooks(
    peak: &Peak,
) -> Vec<impl Iterator<Item = InFlight> + Send + use<>> {
    vec![peak.clone(), peak.clone()]
        .into_iter()
        .map(|peak| (0..PLATES / 2).map(move |_| peak.enter()))
        .collect()
}

/// A waiter so slow that before each of the first ten plates is gone there are
/// `most`, or all that are left. Later one cook may have finished, and the
/// other has only one pair of hands.
fn slow_waiter(
    peak: &Peak,
    most: usize,
) -> impl FnMut(InFlight) + Send + use<> {
    let peak = peak.clone();
    let mut served = 0;
    move |plate| {
        while served < 10 && peak.now() < most.min(PLATES - served) {
            thread::yield_now();
        }
        drop(plate);
        served += 1;
    }
}

#[test]
fn an_unbounded_queue_takes_all_a_slow_waiter_leaves() {
    let most = within(PATIENT, || {
        let peak = Peak::new();
        unbounded(fast_cooks(&peak), slow_waiter(&peak, PLATES));
        peak.max()
    });
    assert_eq!(most, PLATES);
}

#[test]
fn a_bounded_queue_holds_its_bound_and_what_is_in_hands() {
    for room in [0, 1, 2, 7] {
        let most = within(PATIENT, move || {
            let peak = Peak::new();
            // One in the hands of each cook and of the waiter.
            bounded(room, fast_cooks(&peak), slow_waiter(&peak, room + 2 + 1));
            peak.max()
        });
        assert_eq!(most, room + 3);
    }
}

#[test]
fn every_plate_arrives_once_and_each_cooks_in_order() {
    let cooks = || vec![0..100, 100..200];
    let served = within(PATIENT, move || {
        let (mut through_unbounded, mut through_bounded) = (vec![], vec![]);
        unbounded(cooks(), |plate| through_unbounded.push(plate));
        bounded(2, cooks(), |plate| through_bounded.push(plate));
        [through_unbounded, through_bounded]
    });
    for plates in served {
        let (one, two): (Vec<_>, Vec<_>) =
            plates.into_iter().partition(|plate| *plate < 100);
        assert!(one.into_iter().eq(0..100) && two.into_iter().eq(100..200));
    }
}

#[test]
fn cooks_stop_when_the_waiter_is_gone() {
    let leave_at_3 = |plate| assert_ne!(plate, 3, "on purpose");
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
        let (pass, plates) = mpsc::channel();
        let (cook, theirs) = (pass.clone(), log.clone());
        let waiter = thread::spawn(move || {
            plates.into_iter().for_each(|plate| theirs.push(plate));
            theirs.push("the end");
        });
        cook.send("soup").expect("the waiter waits");
        drop(cook);
        while log.events().is_empty() {
            thread::yield_now();
        }
        log.push("dropped");
        drop(pass);
        waiter.join().expect("it does not panic");
    });
    assert_eq!(seen.events(), ["soup", "dropped", "the end"]);
}

#[test]
fn a_row_shows_the_cook_then_the_waiter() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        // A timeline records the whole process: this cook is no other test's.
        let cooks = vec![cook(71, 1, Duration::ZERO, || ())];
        bounded(1, cooks, |plate| carry(plate, Duration::ZERO));
        timeline.finish()
    });
    let row = recording.row("plate cook=71 plate=1").expect("it was recorded");
    assert_eq!((row.stays.len(), row.threads().len()), (2, 2));
}
