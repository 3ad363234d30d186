//! Jobs of growing length in chunks and with `with_min_len`, from coarse to
//! fine.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use chapter_04_rayon::granularity::{
    Essay, compare, par_total, par_total_in_chunks, total, written,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn sizes(criterion: &mut Criterion) {
    let essays: Vec<Essay> = (0..32).map(written).collect();
    let job = |essay| compare(&essays, essay);
    let mut group = criterion.benchmark_group("granularity");
    group.sample_size(20);
    group.bench_function("one thread", |bencher| {
        bencher.iter(|| total(essays.len(), job))
    });
    for size in [32, 16, 8, 4, 2, 1] {
        group.bench_function(BenchmarkId::new("chunks", size), |bencher| {
            bencher.iter(|| par_total_in_chunks(essays.len(), size, job));
        });
        group.bench_function(
            BenchmarkId::new("with_min_len", size),
            |bencher| {
                bencher.iter(|| par_total(essays.len(), size, job));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, sizes);
criterion_main!(benches);
