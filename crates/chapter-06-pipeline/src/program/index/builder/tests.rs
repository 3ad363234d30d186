use super::*;
use crate::program::body::MediaType;
use crate::program::digest::digest;

fn build(order: impl ParallelIterator<Item = usize>) -> Index {
    build_in(Builder::new(), order)
}

fn build_in(
    builder: Builder,
    order: impl ParallelIterator<Item = usize>,
) -> Index {
    order.for_each(|page| {
        let mut text = format!("page {page} of many, page {}", page % 7);
        (0..8).for_each(|word| text += &format!(" {}", page * 8 + word));
        let digest = digest(text.as_bytes(), MediaType::Plain, None)
            .expect("it is text");
        builder.add(
            &format!("http://example/{page}"),
            text.len() as u64,
            digest,
        );
    });
    builder.finish()
}

#[test]
fn the_order_of_arrival_leaves_no_trace() {
    let pages = || (0..200_usize).into_par_iter();
    let one =
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let expected = one.install(|| build(pages()));
    assert_eq!(build(pages().rev()), expected);
    for threads in 1..=8 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        assert_eq!(
            pool.install(|| build(pages())),
            expected,
            "{threads} threads"
        );
    }
    assert_eq!(expected.documents().len(), 200);
    assert_eq!(expected.occurrences("page"), 400);
    assert_eq!(expected.words(), 200 * 14);
}

#[test]
fn segments_leave_no_trace() {
    let pages = || (0..2_000_usize).into_par_iter();
    let expected = build(pages());
    for full in [1, 1_000, 10_000, 50_000] {
        let builder = Builder::full_at(full);
        assert_eq!(
            build_in(builder, pages()),
            expected,
            "full at {full} bytes"
        );
    }
    let builder = Builder::full_at(1_000);
    let one =
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let segments = one.install(|| {
        pages().for_each(|page| {
            let digest =
                digest(b"a page", MediaType::Plain, None).expect("it is text");
            builder.add(&format!("http://example/{page}"), 6, digest);
        });
        builder.segments.lock().expect("nobody panicked").len()
    });
    assert_eq!(
        segments,
        2_000 / BATCH,
        "each batch has more bytes than the limit"
    );
}
