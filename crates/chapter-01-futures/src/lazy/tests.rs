use super::*;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use witness::{Log, PATIENT, polls, within};

#[test]
fn a_thread_works_during_the_errand() {
    let log = Log::new();
    let seen = log.clone();
    within(PATIENT, move || {
        let (begun, begins) = mpsc::channel();
        let work = {
            let log = log.clone();
            move || {
                log.push("work");
                begun.send(()).expect("the errand waits for this");
            }
        };
        // The errand ends only after the work has begun.
        let errand = || {
            begins.recv().expect("the work sends");
            log.push("errand done");
        };
        as_thread(work, errand);
    });
    assert_eq!(seen.events(), ["work", "errand done"]);
}

#[test]
fn a_future_works_after_the_errand() {
    let log = Log::new();
    let seen = log.clone();
    within(PATIENT, move || {
        as_future(|| log.push("work"), || log.push("errand done"))
    });
    assert_eq!(seen.events(), ["errand done", "work"]);
}

#[test]
fn the_letter_is_posted_by_the_first_poll() {
    let mailbox = RefCell::default();
    let (posting, polls) = polls(post("to Ada", &mailbox));
    assert_eq!(polls.count(), 0);
    assert!(mailbox.borrow().is_empty());

    let answer = pin!(posting).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(answer, Poll::Ready(()));
    assert_eq!(polls.count(), 1);
    assert_eq!(*mailbox.borrow(), ["to Ada"]);
}

#[test]
fn a_future_that_is_dropped_posts_nothing() {
    let mailbox = RefCell::default();
    let (posting, polls) = polls(post("to Ada", &mailbox));
    drop(posting);
    assert_eq!(polls.count(), 0);
    assert!(mailbox.borrow().is_empty());
}

#[test]
fn without_await_a_letter_is_missing() {
    let posted = within(PATIENT, || {
        let mailbox = RefCell::default();
        block_on(careful(&mailbox));
        let both = mailbox.take();
        block_on(forgetful(&mailbox));
        (both, mailbox.take())
    });
    assert_eq!(posted, (vec!["to Ada", "to Grace"], vec!["to Grace"]));
}

#[test]
fn the_timeline_shows_the_future_beginning_late() {
    let recording = within(PATIENT, || {
        let timeline = timeline::timeline("test");
        // A timeline records the whole process, so these have labels of their
        // own.
        as_future(
            || info_span!("count", test = 1).in_scope(|| ()),
            || info_span!("errand", test = 1).in_scope(|| ()),
        );
        timeline.finish()
    });
    let [count, errand] = ["count test=1", "errand test=1"]
        .map(|label| recording.row(label).expect("both were recorded"));
    assert!(count.start >= errand.end);
    assert_eq!(count.threads(), errand.threads());
}
