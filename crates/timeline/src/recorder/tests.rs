use std::thread;
use std::time::{Duration, Instant};

use tracing::info_span;

use crate::timeline;

#[test]
fn a_span_waits_until_it_is_entered() {
    let recorded = timeline("test");
    let span = info_span!("brew", cup = 1);
    let waiting = Instant::now();
    while waiting.elapsed() < Duration::from_millis(2) {}
    span.in_scope(|| {});
    drop(span);
    let recording = recorded.finish();
    let row = recording.row("brew cup=1").expect("the span was recorded");
    assert!(
        row.waited() >= Duration::from_millis(2),
        "waited {:?}",
        row.waited()
    );
    assert_eq!(row.stays.len(), 1);
    assert!(row.closed);
}

#[test]
fn threads_are_named_in_the_order_in_which_they_entered() {
    let recorded = timeline("test");
    info_span!("order").in_scope(|| {});
    let span = info_span!("brew");
    thread::Builder::new()
        .name("barista".into())
        .spawn(move || span.in_scope(|| {}))
        .expect("a thread can be spawned")
        .join()
        .expect("entering a span does not panic");
    let recording = recorded.finish();
    assert_eq!(recording.threads[1], "barista");
    assert_eq!(recording.rows[1].stays[0].thread, 1);
}

#[test]
fn a_span_may_outlive_its_recording() {
    let recorded = timeline("test");
    let span = info_span!("late");
    let entered = span.enter();
    let recording = recorded.finish();
    assert!(!recording.rows[0].closed);
    assert_eq!(recording.rows[0].end, recording.length);
    let next = timeline("next");
    drop(entered);
    thread::scope(|scope| {
        scope.spawn(|| span.in_scope(|| {})).join().expect("no panic")
    });
    drop(span);
    assert!(
        next.finish().rows.is_empty(),
        "the late span belongs to no recording"
    );
}

#[test]
fn libraries_speaking_at_debug_are_not_recorded() {
    let recorded = timeline("test");
    drop(tracing::debug_span!("internals"));
    assert!(recorded.finish().rows.is_empty());
}

#[test]
fn fields_recorded_later_are_shown() {
    let recorded = timeline("test");
    let span = info_span!(
        "fetch",
        url = "a\u{1b}[2Jb",
        status = tracing::field::Empty
    );
    span.record("status", 404);
    drop(span);
    assert_eq!(recorded.finish().rows[0].fields, "url=a [2Jb status=404");
}
