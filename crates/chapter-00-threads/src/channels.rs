//! A channel hands values from thread to thread; a bounded one slows down whoever is too fast.

use std::error::Error;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tracing::{Span, info_span};
use witness::{InFlight, Peak};

// ANCHOR: unbounded
/// Lets each cook send plates as fast as they come. `serve` gets them one by one.
pub fn unbounded<P: Send>(cooks: Vec<impl Iterator<Item = P> + Send>, serve: impl FnMut(P)) {
    let (pass, plates) = mpsc::channel();
    thread::scope(|scope| {
        for mut cook in cooks {
            let pass = pass.clone();
            scope.spawn(move || cook.try_for_each(|plate| pass.send(plate)));
        }
        // The channel closes when its last sender is gone, and this is one.
        drop(pass);
        plates.into_iter().for_each(serve);
    });
}
// ANCHOR_END: unbounded

// ANCHOR: bounded
/// Makes a cook wait with the next plate while `room` plates wait already.
pub fn bounded<P: Send>(
    room: usize,
    cooks: Vec<impl Iterator<Item = P> + Send>,
    serve: impl FnMut(P),
) {
    let (pass, plates) = mpsc::sync_channel(room);
    thread::scope(|scope| {
        for mut cook in cooks {
            let pass = pass.clone();
            scope.spawn(move || cook.try_for_each(|plate| pass.send(plate)));
        }
        drop(pass);
        plates.into_iter().for_each(serve);
    });
}
// ANCHOR_END: bounded

// ANCHOR: forgotten
/// Takes plates twice: while a sender is forgotten, then without it. Returns how many came, and
/// what came after the last.
pub fn forgotten(patience: Duration) -> [(usize, RecvTimeoutError); 2] {
    let (pass, plates) = mpsc::channel();
    let cook = pass.clone();
    let cooking = thread::spawn(move || (1..=3).try_for_each(|plate| cook.send(plate)));
    // The cook has sent everything, and dropped its sender.
    cooking.join().expect("cooking does not panic").expect("the receiver is here");

    let with_a_sender = take(&plates, patience);
    drop(pass);
    [with_a_sender, take(&plates, patience)]
}

/// Takes plates until the channel is closed, or until none has come for `patience`.
fn take<P>(plates: &Receiver<P>, patience: Duration) -> (usize, RecvTimeoutError) {
    let mut taken = 0;
    loop {
        match plates.recv_timeout(patience) {
            Ok(_) => taken += 1,
            Err(why) => return (taken, why),
        }
    }
}
// ANCHOR_END: forgotten

// ANCHOR: cook
/// A plate from the moment it is cooked until it is eaten.
#[derive(Debug)]
pub struct Plate {
    span: Span,
    _counted: InFlight,
}

/// A cook: each `next` cooks a plate, which takes a while.
pub fn cook(
    cook: u32,
    plates: u32,
    takes: Duration,
    peak: Peak,
) -> impl Iterator<Item = Plate> + Send {
    (1..=plates).map(move |plate| {
        let span = info_span!("plate", cook, plate);
        span.in_scope(|| thread::sleep(takes));
        Plate { span, _counted: peak.enter() }
    })
}

/// The waiter: carries a plate out, which takes a while.
pub fn carry(plate: Plate, takes: Duration) {
    plate.span.in_scope(|| thread::sleep(takes));
}
// ANCHOR_END: cook

/// Serves the same plates through both channels, with a slow waiter; then forgets a sender.
pub fn main() -> Result<(), Box<dyn Error>> {
    let [cooking, carrying] = [5, 15].map(Duration::from_millis);
    let cooks = || [1, 2].map(|number| cook(number, 5, cooking, Peak::new())).into();

    let timeline = lessons::timeline("unbounded: all is cooked early and gets cold");
    unbounded(cooks(), |plate| carry(plate, carrying));
    timeline.draw();

    println!();
    let timeline = lessons::timeline("room for 2: a cook without room waits, and cooks later");
    bounded(2, cooks(), |plate| carry(plate, carrying));
    timeline.draw();

    println!("\nmost plates at once, of 24 that 2 cooks cook in 2 ms each");
    println!("  carrying takes   unbounded   room for 2");
    for carrying in [2, 4, 8] {
        let most = [None, Some(2)].map(|room| {
            let peak = Peak::new();
            let ms = Duration::from_millis;
            let cooks = [1, 2].map(|number| cook(number, 12, ms(2), peak.clone())).into();
            let waiter = |plate| carry(plate, ms(carrying));
            match room {
                None => unbounded(cooks, waiter),
                Some(room) => bounded(room, cooks, waiter),
            }
            peak.max()
        });
        println!("  {carrying:>11} ms {:>11} {:>12}", most[0], most[1]);
    }

    let patience = Duration::from_millis(100);
    let [with, without] = forgotten(patience);
    println!("\nafter the last plate");
    println!("  a sender forgotten   {} plates, then {:?}: a loop waits here", with.0, with.1);
    println!("  all senders dropped  {} more, then {:?}: a loop ends here", without.0, without.1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use witness::{Log, within};

    const LONG: Duration = Duration::from_secs(60);
    const PLATES: usize = 50;

    /// Two cooks who take no time; their plates are counted until they are dropped.
    fn fast_cooks(peak: &Peak) -> Vec<impl Iterator<Item = InFlight> + Send + use<>> {
        vec![peak.clone(), peak.clone()]
            .into_iter()
            .map(|peak| (0..PLATES / 2).map(move |_| peak.enter()))
            .collect()
    }

    /// A waiter so slow that before each of the first ten plates is gone there are `most`, or all
    /// that are left. Later one cook may have finished, and the other has only one pair of hands.
    fn slow_waiter(peak: &Peak, most: usize) -> impl FnMut(InFlight) + Send + use<> {
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
        let most = within(LONG, || {
            let peak = Peak::new();
            unbounded(fast_cooks(&peak), slow_waiter(&peak, PLATES));
            peak.max()
        });
        assert_eq!(most, PLATES);
    }

    #[test]
    fn a_bounded_queue_holds_its_bound_and_what_is_in_hands() {
        for room in [0, 1, 2, 7] {
            let most = within(LONG, move || {
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
        let served = within(LONG, move || {
            let (mut through_unbounded, mut through_bounded) = (vec![], vec![]);
            unbounded(cooks(), |plate| through_unbounded.push(plate));
            bounded(2, cooks(), |plate| through_bounded.push(plate));
            [through_unbounded, through_bounded]
        });
        for plates in served {
            let (one, two): (Vec<_>, Vec<_>) = plates.into_iter().partition(|plate| *plate < 100);
            assert!(one.into_iter().eq(0..100) && two.into_iter().eq(100..200));
        }
    }

    #[test]
    fn cooks_stop_when_the_waiter_is_gone() {
        let leave_at_3 = |plate| assert_ne!(plate, 3, "on purpose");
        within(LONG, move || {
            // Without an end of their own.
            let left = catch_unwind(|| bounded(2, vec![0.., 0..], leave_at_3));
            assert!(left.is_err());
            let left = catch_unwind(AssertUnwindSafe(|| unbounded(vec![0.., 0..], leave_at_3)));
            assert!(left.is_err());
        });
    }

    #[test]
    fn a_forgotten_sender_keeps_the_channel_open() {
        let ends = within(LONG, || forgotten(Duration::from_millis(5)));
        assert_eq!(ends, [(3, RecvTimeoutError::Timeout), (0, RecvTimeoutError::Disconnected)]);
    }

    #[test]
    fn a_loop_waits_until_the_forgotten_sender_is_dropped() {
        let log = Log::new();
        let seen = log.clone();
        within(LONG, move || {
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
        let recording = within(LONG, || {
            let timeline = lessons::timeline("test");
            // A timeline records the whole process: this cook is no other test's.
            let cooks = vec![cook(71, 1, Duration::ZERO, Peak::new())];
            bounded(1, cooks, |plate| carry(plate, Duration::ZERO));
            timeline.finish()
        });
        let row = recording.row("plate cook=71 plate=1").expect("it was recorded");
        assert_eq!((row.runs.len(), row.threads().len()), (2, 2));
    }
}
