//! Recordings that begin, end and are told apart anywhere.

use std::sync::Barrier;
use std::thread;

use timeline::{Style, draw, timeline};
use tracing::info_span;

#[test]
fn threads_and_spans_that_nobody_named_are_told_apart() {
    let recorded = timeline("unnamed");
    let meet = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| info_span!("nameless").in_scope(|| meet.wait()));
        }
    });
    let recording = recorded.finish();
    let rows: Vec<_> = recording.named("nameless").collect();
    assert_eq!(rows.len(), 2, "a row each, though their labels are the same");
    assert!(rows[0].ran_beside(rows[1]));
    assert_ne!(rows[0].threads(), rows[1].threads());

    let drawn =
        anstream::adapter::strip_str(&draw(&recording, &Style::default()))
            .to_string();
    for row in rows {
        let thread = format!("thread {}", row.stays[0].thread);
        assert!(drawn.contains(&thread), "{thread}: {drawn}");
    }
}

#[test]
fn the_workers_of_a_pool_are_told_apart() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .expect("two threads");
    let recorded = timeline("pool");
    pool.broadcast(|worker| {
        info_span!("worker", index = worker.index()).in_scope(|| {})
    });
    let recording = recorded.finish();
    let thread =
        |label| recording.row(label).expect("it was recorded").stays[0].thread;
    assert_ne!(thread("worker index=0"), thread("worker index=1"));
}

#[test]
fn it_ends_inside_a_span_in_a_task_and_in_a_job() {
    let recorded = timeline("inside");
    let span = info_span!("still inside");
    let recording = span.in_scope(|| recorded.finish());
    let row = recording.row("still inside").expect("it was recorded");
    assert!(!row.closed && row.stays[0].end == recording.length);

    let recorded = timeline("task");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.expect("a runtime can be made");
    let task = runtime.spawn(async move {
        info_span!("in a task").in_scope(|| {});
        recorded.finish()
    });
    let recording = runtime.block_on(task).expect("the task does not panic");
    assert!(recording.row("in a task").is_some());
    assert!(recording.threads.iter().any(|name| name == "tokio worker"));

    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("one thread");
    let recorded = timeline("job");
    let recording = pool.install(move || {
        info_span!("in a job").in_scope(|| {});
        recorded.finish()
    });
    assert!(recording.row("in a job").is_some());
}

#[test]
fn the_turn_comes_back_from_another_thread() {
    let recorded = timeline("lent");
    thread::spawn(move || drop(recorded))
        .join()
        .expect("a drop does not panic");
    // This would wait, or panic, if the turn were still taken.
    drop(timeline("back"));
}
