use super::*;
use Ordering::{AcqRel, Acquire, Relaxed, Release};
use loom::sync::Arc;
use std::collections::BTreeSet;
use witness::Log;

// ANCHOR: model
/// All ends there can be when two buyers take a seat each: how many got one,
/// how many are free.
fn ends(take: Take, seats: u32) -> BTreeSet<(u32, u32)> {
    let log = Log::new();
    let seen = log.clone();
    loom::model(move || {
        let free = Arc::new(AtomicU32::new(seats));
        let theirs = Arc::clone(&free);
        let other = loom::thread::spawn(move || take(&theirs, &|| ()));
        let ours = take(&free, &|| ());
        let theirs = other.join().expect("taking a seat does not panic");
        seen.push((u32::from(ours) + u32::from(theirs), free.load(Relaxed)));
    });
    log.events().into_iter().collect()
}

#[test]
fn a_loop_sells_every_seat_once() {
    for take in [take, take_with_update] {
        assert_eq!(ends(take, 1), [(1, 0)].into());
        assert_eq!(ends(take, 2), [(2, 0)].into());
    }
}

#[test]
fn a_store_sells_a_seat_twice_and_who_gives_up_leaves_one_free() {
    assert_eq!(ends(take_with_store, 1), [(1, 0), (2, 0)].into());
    assert_eq!(ends(take_with_store, 2), [(2, 0), (2, 1)].into());
    assert_eq!(ends(take_or_give_up, 1), [(1, 0)].into());
    assert_eq!(ends(take_or_give_up, 2), [(2, 0), (1, 1)].into());
}
// ANCHOR_END: model

/// All sums that the last of two sellers can find, of 3 and 4.
fn sums(leave: Ordering) -> BTreeSet<u32> {
    let log = Log::new();
    let seen = log.clone();
    loom::model(move || {
        let evening = Arc::new(Evening::default());
        let theirs = Arc::clone(&evening);
        let other = loom::thread::spawn(move || theirs.go_home(0, 3, leave));
        let ours = evening.go_home(1, 4, leave);
        let theirs = other.join().expect("adding up does not panic");
        seen.push(ours.xor(theirs).expect("exactly one of them is the last"));
    });
    log.events().into_iter().collect()
}

#[test]
fn only_acq_rel_shows_the_last_one_what_the_first_wrote() {
    assert_eq!(sums(AcqRel), [7].into());
    for weaker in [Relaxed, Release, Acquire] {
        assert_eq!(sums(weaker), [3, 4, 7].into(), "{weaker:?}");
    }
}
