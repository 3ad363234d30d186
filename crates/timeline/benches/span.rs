//! What a recorded span costs, beside a span that nothing records and beside nothing at all.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use tracing::info_span;

fn span(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("span");
    group.bench_function("recorded", |bencher| {
        // A fresh recording for each batch: no batch may reach the bound after which spans are
        // only counted, which is cheaper and not what is asked here.
        bencher.iter_custom(|iterations| {
            let mut total = std::time::Duration::ZERO;
            let mut left = iterations;
            while left > 0 {
                let batch = left.min(50_000);
                let timeline = timeline::timeline("bench");
                let start = std::time::Instant::now();
                for cup in 0..batch {
                    info_span!("brew", cup).in_scope(|| {});
                }
                total += start.elapsed();
                assert_eq!(timeline.finish().rows.len() as u64, batch);
                left -= batch;
            }
            total
        });
    });
    group.bench_function("not recorded", |bencher| {
        timeline::install();
        bencher.iter(|| info_span!("brew", cup = 1).in_scope(|| {}));
    });
    group.finish();
}

criterion_group!(benches, span);
criterion_main!(benches);
