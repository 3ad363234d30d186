//! The cost of the compute-bound stage: the parser beside others, the words,
//! the digest, the index.
//!
//! All on one thread, on the same pages, so that the rows can be compared and
//! added.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::html;
use chapter_06_pipeline::program::digest::words::words;
use chapter_06_pipeline::program::digest::{Digest, digest};
use chapter_06_pipeline::program::index::{Builder, Query};
use criterion::{
    BatchSize, Criterion, Throughput, criterion_group, criterion_main,
};
use html5gum::{Token, Tokenizer};
use origin::Site;
use unicode_segmentation::UnicodeSegmentation;

/// Every eighth page of the best site there is.
fn pages() -> Vec<Bytes> {
    let site = Site::best();
    let paths = site.paths();
    paths.iter().step_by(8).filter_map(|path| site.page(path)).collect()
}

fn text(page: &Bytes) -> &str {
    std::str::from_utf8(page).expect("the pages are UTF-8")
}

fn read(page: &Bytes) -> html::Page {
    html::read(text(page)).expect("the documentation is not deep")
}

fn parsers(criterion: &mut Criterion) {
    let pages = pages();
    let bytes: usize = pages.iter().map(Bytes::len).sum();
    let mut group = criterion.benchmark_group("html");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("as used here, visible text", |bencher| {
        bencher.iter(|| {
            pages.iter().map(|page| read(page).text.len()).sum::<usize>()
        });
    });
    group.bench_function("html5gum, all text", |bencher| {
        bencher.iter(|| {
            pages.iter().map(|page| by_html5gum(text(page))).sum::<usize>()
        });
    });
    group.bench_function("scraper, all text", |bencher| {
        bencher.iter(|| {
            pages.iter().map(|page| by_scraper(text(page))).sum::<usize>()
        });
    });
    group.finish();
}

fn by_html5gum(html: &str) -> usize {
    let tokens = Tokenizer::new(html).flatten();
    tokens
        .map(
            |token| {
                if let Token::String(text) = token { text.len() } else { 0 }
            },
        )
        .sum()
}

fn by_scraper(html: &str) -> usize {
    scraper::Html::parse_document(html)
        .root_element()
        .text()
        .map(str::len)
        .sum()
}

fn word_finders(criterion: &mut Criterion) {
    let texts: Vec<String> =
        pages().iter().map(|page| read(page).text).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("words");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("as used here", |bencher| {
        bencher.iter(|| {
            texts.iter().map(|text| words(text).count()).sum::<usize>()
        });
    });
    group.bench_function("unicode-segmentation alone", |bencher| {
        bencher.iter(|| {
            texts.iter().map(|text| text.unicode_words().count()).sum::<usize>()
        });
    });
    group.finish();
}

fn index(criterion: &mut Criterion) {
    let pages = pages();
    let bytes: usize = pages.iter().map(Bytes::len).sum();
    let digests = || -> Vec<Digest> {
        pages
            .iter()
            .map(|page| {
                digest(page, MediaType::Html, None).expect("it is a page")
            })
            .collect()
    };
    let build = |digests: Vec<Digest>| {
        let builder = Builder::new();
        for (nth, digest) in digests.into_iter().enumerate() {
            builder.add(&format!("http://example/{nth}"), 0, digest);
        }
        builder
    };
    let mut group = criterion.benchmark_group("document");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("digest", |bencher| bencher.iter(&digests));
    group.bench_function("add to the index", |bencher| {
        bencher.iter_batched(&digests, &build, BatchSize::LargeInput);
    });
    group.bench_function("finish the index", |bencher| {
        bencher.iter_batched(
            || build(digests()),
            Builder::finish,
            BatchSize::LargeInput,
        );
    });
    group.finish();

    let index = build(digests()).finish();
    let mut group = criterion.benchmark_group("search");
    for text in ["ownership", "\"data race\" thread"] {
        let query = Query::parse(text).expect("it has words");
        group.bench_function(text, |bencher| {
            bencher.iter(|| black_box(index.search(&query, 10).total))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = parsers, word_finders, index
}
criterion_main!(benches);
