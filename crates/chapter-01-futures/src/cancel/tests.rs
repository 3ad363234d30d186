use super::*;
use crate::poll::Timer;
use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use std::cell::Cell;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use witness::{Drops, Log, PATIENT, within};

/// Drops `work` after 0 polls, 1, 2, … until it is done before that. Returns
/// the offices.
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
    assert_eq!(
        found.len(),
        12,
        "5 letters of 2 awaits: 11 polls, and the one that is none"
    );
    for office in &found {
        assert!(
            office.files.iter().chain(&office.tray).eq(&[1, 2, 3, 4, 5]),
            "{office:?}"
        );
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
fn careful_files_each_letter_once_with_a_letter_laid_on_top_meanwhile() {
    let laid_on_top = async |office: &RefCell<Office>| {
        office.borrow_mut().tray.push_front(99);
    };
    let office = Office::new(2);
    dropped_after(9, join(careful(&office, slowly), laid_on_top(&office)));
    assert_eq!(
        office.into_inner(),
        Office { tray: [].into(), files: vec![1, 99, 2] }
    );

    let office = Office::new(2);
    dropped_after(9, join(looking(&office, slowly), laid_on_top(&office)));
    assert_eq!(
        office.into_inner(),
        Office { tray: [].into(), files: vec![1, 1, 2] },
        "no 99"
    );
}

#[test]
fn two_careful_workers_lose_nothing_wherever_they_are_dropped() {
    let found = sweep(async |office| {
        join(careful(office, slowly), careful(office, slowly)).await;
    });
    for office in &found {
        let mut letters: Vec<_> =
            office.files.iter().chain(&office.tray).copied().collect();
        letters.sort_unstable();
        assert_eq!(letters, [1, 2, 3, 4, 5], "{office:?}");
    }
    assert_eq!(found.last().expect("there is one").files, [1, 2, 3, 4, 5]);
}

#[test]
fn two_who_look_first_file_one_letter_twice() {
    let office = Office::new(4);
    let stamp = async |_| pending!();
    assert!(dropped_after(
        9,
        join(looking(&office, stamp), looking(&office, stamp))
    ));
    assert_eq!(office.into_inner().files, [1, 1, 2, 3, 4]);
}

#[test]
fn a_stamp_that_panics_leaves_its_letter_in_the_tray() {
    let office = Office::new(2);
    let stamp = async |letter| {
        pending!();
        assert_eq!(letter, 1, "this panics for letter 2");
    };
    let work = AssertUnwindSafe(|| dropped_after(9, careful(&office, stamp)));
    assert!(catch_unwind(work).is_err());
    assert_eq!(office.take(), Office { tray: [2].into(), files: vec![1] });
}

#[test]
fn a_dropped_wait_for_a_message_leaves_it_in_the_channel() {
    let (sender, mut messages) = mpsc::unbounded();
    assert!(!dropped_after(1, async { _ = messages.next().await }));
    sender.unbounded_send(7).expect("it is open");
    assert_eq!(block_on(messages.next()), Some(7));
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

#[test]
fn a_new_future_begins_at_zero_and_a_kept_one_goes_on() {
    assert!(!dropped_after(2, slowly(1)), "it takes three polls");
    assert!(!dropped_after(2, slowly(1)));
    let mut kept = pin!(slowly(1));
    assert!(!dropped_after(2, kept.as_mut()), "only the reference was dropped");
    assert!(dropped_after(2, kept));
}

/// Files four letters until a bell that rings during the first stamp. Each
/// stamp ends with `then`. Returns whether all were done, and how many.
fn rung_at_the_first(then: impl AsyncFn() + Send + 'static) -> (bool, usize) {
    within(PATIENT, move || {
        let (ring, rung) = oneshot::channel();
        let ring = Cell::new(Some(ring));
        let stamp = async |_| {
            if let Some(ring) = ring.take() {
                ring.send(()).expect("the bell is waited for");
            }
            then().await;
        };
        let office = Office::new(4);
        let bell = async { rung.await.expect("it is rung") };
        let done = block_on(until(bell, careful(&office, stamp)));
        (done, office.into_inner().files.len())
    })
}

#[test]
fn the_bell_is_heard_at_an_await_that_is_pending_and_nowhere_else() {
    // Its first poll is never ready.
    assert_eq!(
        rung_at_the_first(async || Timer::new(Duration::ZERO).await),
        (false, 0)
    );
    assert_eq!(rung_at_the_first(async || ()), (true, 4));
    assert_eq!(rung_at_the_first(async || ready(()).await), (true, 4));
}
