//! Parcels counted on one thread, into a tally per piece, and into one locked
//! tally.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use chapter_04_rayon::fold::{
    Depot, filled, par_tally, par_tally_locked, tally,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn ways(criterion: &mut Criterion) {
    let depots: Vec<Depot> =
        (0..8).map(|number| filled(number, 250_000)).collect();
    let mut group = criterion.benchmark_group("fold");
    group.sample_size(20);
    group.throughput(Throughput::Elements(8 * 250_000));
    group.bench_function("one thread", |bencher| {
        bencher.iter(|| tally(black_box(&depots)))
    });
    group.bench_function("fold", |bencher| {
        bencher.iter(|| par_tally(black_box(&depots)))
    });
    group.bench_function("a lock per parcel", |bencher| {
        bencher.iter(|| par_tally_locked(black_box(&depots)));
    });
    group.finish();
}

criterion_group!(benches, ways);
criterion_main!(benches);
