//! An effect that computes, the same with a serial quarter, and one that hardly
//! computes, on one thread up to twice the cores.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;
use std::thread;

use chapter_04_rayon::bandwidth::figures::thread_counts;
use chapter_04_rayon::bandwidth::{
    Pass, louder, par_apply, par_apply_late, warmer,
};
use criterion::{
    BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use rayon::ThreadPoolBuilder;

fn threads(criterion: &mut Criterion) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let samples: Vec<f32> =
        (0..16_000_000).map(|n| (n as f32 * 0.01).sin()).collect();
    let mut into = vec![1.0; samples.len()];
    let passes: [(&str, Pass, usize); 3] = [
        ("warmer", |from, into| par_apply(from, into, warmer), 1_000_000),
        (
            "a quarter alone",
            |from, into| par_apply_late(from, into, warmer),
            1_000_000,
        ),
        ("louder", |from, into| par_apply(from, into, louder), samples.len()),
    ];
    let mut group = criterion.benchmark_group("bandwidth");
    group.sample_size(20);
    for (name, pass, count) in passes {
        group.throughput(Throughput::Bytes(
            (count * 2 * size_of::<f32>()) as u64,
        ));
        for threads in thread_counts(cores) {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("room for threads");
            group.bench_function(BenchmarkId::new(name, threads), |bencher| {
                bencher.iter(|| {
                    pool.install(|| {
                        pass(
                            black_box(&samples[..count]),
                            black_box(&mut into[..count]),
                        )
                    });
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, threads);
criterion_main!(benches);
