//! The same numbers sorted on one thread and on all, with several cutoffs and with none.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use chapter_04_rayon::join::{merge_sort, par_merge_sort};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;

fn cutoffs(criterion: &mut Criterion) {
    const COUNT: u32 = 1 << 18;
    let numbers: Vec<u32> = (0..COUNT).map(|n| n.wrapping_mul(2_654_435_761) >> 8).collect();
    let fresh = || numbers.clone();
    let mut group = criterion.benchmark_group("join");
    group.sample_size(20);
    group.throughput(Throughput::Elements(COUNT.into()));
    for cutoff in [1, 64, 1_024, 8_192, 65_536] {
        group.bench_function(BenchmarkId::new("merge_sort", cutoff), |bencher| {
            let sort = |numbers: &mut Vec<u32>| merge_sort(numbers, cutoff);
            bencher.iter_batched_ref(fresh, sort, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("par_merge_sort", cutoff), |bencher| {
            let sort = |numbers: &mut Vec<u32>| par_merge_sort(numbers, cutoff);
            bencher.iter_batched_ref(fresh, sort, BatchSize::LargeInput);
        });
    }
    group.bench_function("std's sort", |bencher| {
        bencher.iter_batched_ref(fresh, |numbers| numbers.sort(), BatchSize::LargeInput);
    });
    group.bench_function("Rayon's par_sort", |bencher| {
        bencher.iter_batched_ref(fresh, |numbers| numbers.par_sort(), BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, cutoffs);
criterion_main!(benches);
