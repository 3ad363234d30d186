use super::*;
use crate::poll::Timer;
use std::pin::pin;
use std::time::Duration;

#[test]
fn a_struct_that_moves_leaves_its_pointer_behind() {
    let [before, after] = moved_unpinned();
    assert!(before.fit());
    assert!(!after.fit());
    assert_eq!(after.letter, before.letter);
}

#[test]
fn a_pinned_future_stays_when_its_box_moves() {
    let [before, after] = moved_pinned();
    assert_ne!(before.pointer, after.pointer, "the box has moved");
    assert_eq!(before.future, after.future);
    assert_eq!(before.inside, after.inside);
}

#[test]
fn the_page_and_the_letter_are_in_the_future_itself() {
    for Pinned { future, inside, .. } in moved_pinned() {
        assert!(inside.fit());
        assert!(
            future.start <= inside.page.start && inside.page.end <= future.end
        );
    }
}

#[test]
fn a_future_may_move_before_its_first_poll() {
    let seen = Cell::default();
    let reading = read(&seen);
    let here = std::ptr::from_ref(&reading).addr();
    // Nothing was polled, so there is no page and no reference into it.
    assert_eq!(seen.take(), Places::default());
    let mut moved = Box::pin(reading);
    assert_ne!(std::ptr::from_ref(&*moved).addr(), here);
    assert_eq!(poll(moved.as_mut()), Poll::Pending);
    assert_eq!(poll(moved.as_mut()), Poll::Ready('a'));
    assert!(seen.take().fit());
}

#[test]
fn pin_keeps_a_future_where_it_is_without_a_box() {
    let seen = Cell::default();
    let mut reading = pin!(read(&seen));
    assert_eq!(poll(reading.as_mut()), Poll::Pending);
    let before = seen.take();
    assert_eq!(poll(reading.as_mut()), Poll::Ready('a'));
    assert_eq!(seen.take(), before);
}

#[test]
fn a_timer_and_a_box_are_unpin_and_need_no_pinning() {
    // This compiles for what is `Unpin`, and for nothing else.
    fn reference<T: Future + Unpin>(future: &mut T) -> Pin<&mut T> {
        Pin::new(future)
    }
    let mut timer = Timer::new(Duration::from_secs(24 * 60 * 60));
    assert!(poll(reference(&mut timer)).is_pending());
    let mut moved = timer;
    assert!(poll(reference(&mut moved)).is_pending());

    let seen = Cell::default();
    let mut boxed = Box::pin(read(&seen));
    assert!(poll(reference(&mut boxed)).is_pending());
}
