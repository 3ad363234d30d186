//! Squares of few and of many numbers, serial and parallel.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use chapter_04_rayon::squares::{par_squares, squares};
use criterion::{
    BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use rayon::prelude::*;

fn twins(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("squares");
    for items in [10_u32, 1_000, 100_000, 1_000_000] {
        let numbers: Vec<u32> = (0..items).collect();
        // Filled again each time, as in the lesson: a new one would measure the
        // allocator, too.
        let mut into = Vec::with_capacity(numbers.len());
        group.throughput(Throughput::Elements(items.into()));
        group.bench_function(BenchmarkId::new("serial", items), |bencher| {
            bencher.iter(|| {
                into.clear();
                into.extend(squares(black_box(&numbers)));
            });
        });
        group.bench_function(BenchmarkId::new("parallel", items), |bencher| {
            bencher.iter(|| {
                par_squares(black_box(&numbers)).collect_into_vec(&mut into)
            });
        });
        group.bench_function(
            BenchmarkId::new("with_min_len", items),
            |bencher| {
                bencher.iter(|| {
                    let squares =
                        par_squares(black_box(&numbers)).with_min_len(50_000);
                    squares.collect_into_vec(&mut into);
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, twins);
criterion_main!(benches);
