//! The seven ways to count words, on few and on many keys.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use chapter_05_dashmap::counting::figures::{CONTROLS, TEXTS, WAYS};
use chapter_05_dashmap::counting::pages;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;

fn counting(criterion: &mut Criterion) {
    let pool = ThreadPoolBuilder::new()
        .build()
        .expect("the system has room for its threads");
    for text in TEXTS {
        let pages = pages(text);
        let name = format!("{} different words", text.different);
        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Elements(text.words as u64))
            .sample_size(10);
        for way in WAYS.iter().chain(&CONTROLS) {
            group.bench_function(way.name, |bencher| {
                bencher.iter_custom(|rounds| {
                    (0..rounds)
                        .map(|_| (way.run)(black_box(&pages), &pool).0)
                        .sum()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, counting);
criterion_main!(benches);
