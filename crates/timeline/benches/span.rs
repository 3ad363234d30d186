//! The cost of a span that is made, entered, left and closed: recorded, and
//! with no recording under way.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// Spans of one batch: few enough that most batches are not interrupted by
/// another program.
const BATCH: u32 = 200;

fn batch() -> Duration {
    let start = Instant::now();
    for cup in 0..BATCH {
        info_span!("brew", cup).in_scope(|| {});
    }
    start.elapsed()
}

/// A recording of its own for each batch: none may reach the bound after which
/// spans are only counted, which is cheaper and not what is asked here.
fn recorded_batch() -> Duration {
    let timeline = timeline::timeline("bench");
    let time = batch();
    assert_eq!(timeline.finish().rows.len(), BATCH as usize);
    time
}

/// The time of that many spans, if all were as fast as those of the fastest
/// batch: other programs can only make a batch slower.
fn of_the_fastest(spans: u64, batch: fn() -> Duration) -> Duration {
    let batches = spans.div_ceil(BATCH.into()).max(100);
    let fastest = (0..batches).map(|_| batch()).min().unwrap_or_default();
    fastest.mul_f64(spans as f64 / f64::from(BATCH))
}

fn span(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("span");
    group.sample_size(10);
    group.bench_function("recorded", |bencher| {
        bencher.iter_custom(|spans| of_the_fastest(spans, recorded_batch));
    });
    let layers =
        Dispatch::new(tracing_subscriber::registry().with(timeline::layer()));
    group.bench_function("recorded by a layer beside others", |bencher| {
        bencher.iter_custom(|spans| {
            with_default(&layers, || of_the_fastest(spans, recorded_batch))
        });
    });
    group.bench_function("not recorded", |bencher| {
        timeline::install();
        bencher.iter_custom(|spans| of_the_fastest(spans, batch));
    });
    group.finish();
}

criterion_group!(benches, span);
criterion_main!(benches);
