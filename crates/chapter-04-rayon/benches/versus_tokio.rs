//! The same computation in every place of the lesson `versus-tokio`.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::thread;

use chapter_04_rayon::pools::named;
use chapter_04_rayon::versus_tokio::{Place, compute, hash};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

fn places(criterion: &mut Criterion) {
    let cores =
        thread::available_parallelism().expect("the system tells").get();
    let runtime =
        Builder::new_multi_thread().build().expect("room for a few threads");
    let pool = named("rayon", cores).build().expect("room for a few threads");
    let mut group = criterion.benchmark_group("versus-tokio");
    group.sample_size(20);
    let places = [
        Place::OneThread,
        Place::TokioTasks,
        Place::SpawnBlocking,
        Place::ScopedThreads,
        Place::Rayon,
    ];
    for place in places {
        group.bench_function(format!("{place:?}"), |bencher| {
            bencher.iter(|| {
                let job = |login| move || hash(&format!("password {login}"));
                runtime.block_on(compute(
                    place,
                    &pool,
                    (1..=24).map(job).collect(),
                ))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, places);
criterion_main!(benches);
