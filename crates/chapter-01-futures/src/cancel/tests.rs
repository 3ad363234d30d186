use super::*;
use crate::poll::Timer;
use futures::channel::oneshot;
use witness::{Drops, Log, PATIENT, within};

/// Drops `work` after 0 polls, 1, 2, … until it is done before that. Returns the offices.
fn sweep(work: impl AsyncFn(&RefCell<Office>)) -> Vec<Office> {
    let mut found = Vec::new();
    for polls in 0..100 {
        let office = Office::new(5);
        let done = dropped_after(polls, work(&office));
        found.push(office.into_inner());
        if done {
            return found;
        }
    }
    panic!("it is never done");
}

/// Stamps in three polls.
async fn slowly(_: u32) {
    pending!();
    pending!();
}

#[test]
fn careful_loses_nothing_wherever_it_is_dropped() {
    let found = sweep(async |office| careful(office, slowly).await);
    assert_eq!(found.len(), 12, "5 letters of 2 awaits: 11 polls, and the one that is none");
    for office in &found {
        assert!(office.files.iter().chain(&office.tray).eq(&[1, 2, 3, 4, 5]), "{office:?}");
    }
    assert_eq!(found[11].files.len(), 5);
}

#[test]
fn careless_loses_one_letter_wherever_it_is_dropped_under_way() {
    let found = sweep(async |office| careless(office, slowly).await);
    let lost: Vec<_> = found.iter().map(|office| office.lost(5)).collect();
    assert_eq!(lost, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
}

#[test]
fn careful_may_do_half_a_letter_again() {
    let office = Office::new(2);
    let stamped = Log::new();
    let stamp = async |letter| {
        stamped.push(letter);
        pending!();
    };
    assert!(!dropped_after(2, careful(&office, stamp)));
    assert_eq!(stamped.events(), [1, 2]);
    assert!(dropped_after(2, careful(&office, stamp)));
    assert_eq!(stamped.events(), [1, 2, 2]);
    assert_eq!(office.into_inner().files, [1, 2]);
}

#[test]
fn the_lamp_is_on_while_the_work_waits_and_off_when_it_is_dropped() {
    let lamp = Cell::new(false);
    {
        let mut work = pin!(lit(&lamp, async {
            pending!();
            pending!();
        }));
        assert!(!lamp.get(), "nothing begins before the first poll");
        for _ in 0..2 {
            assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(lamp.get());
        }
    }
    assert!(!lamp.get());
    assert!(dropped_after(1, lit(&lamp, async {})));
    assert!(!lamp.get(), "done is an end, too");
}

#[test]
fn a_dropped_future_goes_no_further() {
    let (log, drops) = (Log::new(), Drops::new());
    let guard = drops.guard();
    let work = async {
        log.push("before");
        pending!();
        log.push("after");
        guard.finish();
    };
    assert!(!dropped_after(1, work));
    assert_eq!(log.events(), ["before"]);
    assert_eq!((drops.canceled(), drops.alive()), (1, 0));
}

/// Files four letters until a bell that rings during the first stamp. Returns whether all were
/// done, and how many.
fn rung_at_the_first(then_wait: bool) -> (bool, usize) {
    within(PATIENT, move || {
        let (ring, rung) = oneshot::channel();
        let ring = Cell::new(Some(ring));
        let stamp = async |_| {
            if let Some(ring) = ring.take() {
                ring.send(()).expect("the bell is waited for");
            }
            if then_wait {
                // Its first poll is never ready.
                Timer::new(Duration::ZERO).await;
            }
        };
        let office = Office::new(4);
        let bell = async { rung.await.expect("it is rung") };
        let done = block_on(until(bell, careful(&office, stamp)));
        (done, office.into_inner().files.len())
    })
}

#[test]
fn the_bell_is_heard_at_an_await_and_nowhere_else() {
    assert_eq!(rung_at_the_first(true), (false, 0));
    assert_eq!(rung_at_the_first(false), (true, 4));
}
