use super::*;
use Ordering::{Acquire, Relaxed, Release};
use loom::sync::Arc;
use std::collections::BTreeSet;
use witness::Log;

// ANCHOR: model
/// All that `read` can answer while another thread posts 42.
fn answers(raise: Ordering, look: Ordering) -> BTreeSet<Option<u32>> {
    let log = Log::new();
    let seen = log.clone();
    // Called once for each order of steps and each value that a step may see.
    loom::model(move || {
        let notice = Arc::new(Notice::default());
        let theirs = Arc::clone(&notice);
        let poster = loom::thread::spawn(move || theirs.post(42, raise));
        seen.push(notice.read(look));
        poster.join().expect("posting does not panic");
    });
    log.events().into_iter().collect()
}

#[test]
fn release_and_acquire_publish_the_price() {
    assert_eq!(answers(Release, Acquire), [None, Some(42)].into());
}

#[test]
fn a_weaker_order_on_either_side_lets_an_unwritten_price_be_read() {
    for (raise, look) in
        [(Relaxed, Relaxed), (Release, Relaxed), (Relaxed, Acquire)]
    {
        assert_eq!(answers(raise, look), [None, Some(0), Some(42)].into());
    }
}
// ANCHOR_END: model

/// All that a counter can say after two threads have counted a guest each.
fn counts(count: fn(&AtomicU32)) -> BTreeSet<u32> {
    let log = Log::new();
    let seen = log.clone();
    loom::model(move || {
        let guests = Arc::new(AtomicU32::new(0));
        let theirs = Arc::clone(&guests);
        let other = loom::thread::spawn(move || count(&theirs));
        count(&guests);
        other.join().expect("counting does not panic");
        seen.push(guests.load(Relaxed));
    });
    log.events().into_iter().collect()
}

#[test]
fn one_step_loses_no_guest_and_two_steps_may() {
    assert_eq!(counts(count), [2].into());
    assert_eq!(
        counts(|guests| count_in_two_steps(guests, || ())),
        [1, 2].into()
    );
}
