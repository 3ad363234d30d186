//! The same addresses sorted on one thread and on all, with several cutoffs and
//! with none.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use chapter_04_rayon::join::{addresses, merge_sort, par_merge_sort};
use criterion::{
    BatchSize, BenchmarkId, Criterion, Throughput, criterion_group,
    criterion_main,
};
use rayon::prelude::*;

fn cutoffs(criterion: &mut Criterion) {
    const COUNT: u32 = 1 << 16;
    let addresses = addresses(COUNT);
    let fresh =
        || -> Vec<&str> { addresses.iter().map(String::as_str).collect() };
    let mut group = criterion.benchmark_group("join");
    group.sample_size(20);
    group.throughput(Throughput::Elements(COUNT.into()));
    for cutoff in [1, 64, 512, 2_048, 16_384] {
        group.bench_function(
            BenchmarkId::new("merge_sort", cutoff),
            |bencher| {
                let sort = |items: &mut Vec<&str>| merge_sort(items, cutoff);
                bencher.iter_batched_ref(fresh, sort, BatchSize::LargeInput);
            },
        );
        group.bench_function(
            BenchmarkId::new("par_merge_sort", cutoff),
            |bencher| {
                let sort =
                    |items: &mut Vec<&str>| par_merge_sort(items, cutoff);
                bencher.iter_batched_ref(fresh, sort, BatchSize::LargeInput);
            },
        );
    }
    group.bench_function("std's sort", |bencher| {
        bencher.iter_batched_ref(
            fresh,
            |items| items.sort(),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("Rayon's par_sort", |bencher| {
        bencher.iter_batched_ref(
            fresh,
            |items| items.par_sort(),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, cutoffs);
criterion_main!(benches);
