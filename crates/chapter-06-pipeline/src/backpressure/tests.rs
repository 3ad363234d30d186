use super::stage::{serve, stages};
use super::*;
use crate::program::body::MediaType;
use crate::program::fetch::{self, Response};
use crate::program::progress::Memory;
use crate::program::run::bridge::Bridge;
use origin::{Fault, Origin, Site};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tokio::runtime::Builder;
use witness::{PATIENT, within};

const PAGES: usize = 60;
const BODY: u64 = 1_000;

/// A server that answers at once.
struct AtOnce;

impl Transport for AtOnce {
    async fn get(&self, _: &Source) -> Result<Response, fetch::Error> {
        let bytes = vec![b'a'; BODY as usize];
        Ok(Response::Body(Body {
            bytes,
            media_type: MediaType::Plain,
            ..Body::default()
        }))
    }

    fn connections(&self) -> u64 {
        0
    }
}

/// Stages so slow that before each of the first ten pages is digested there are
/// `most` in memory, or all that are left.
fn slow(
    most: u64,
) -> Arc<Stages<AtOnce, impl Fn(&Page) -> u64 + Clone + Send + Sync>> {
    let memory = Memory::default();
    let seen = memory.clone();
    let digested = Arc::new(AtomicU64::new(0));
    let digest = move |_: &Page| {
        let before = digested.fetch_add(1, Ordering::Relaxed);
        while before < 10
            && seen.bytes() < most.min(PAGES as u64 - before) * BODY
        {
            thread::yield_now();
        }
        1
    };
    let bridge = Bridge::new(1).expect("a thread");
    Arc::new(Stages { transport: AtOnce, bridge, digest, memory })
}

fn pages() -> Vec<Source> {
    let url =
        |page| format!("http://queue.test/{page}").parse().expect("a URL");
    (0..PAGES).map(|page| Source::Url(url(page))).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("it takes no thread").block_on(future)
}

#[test]
fn the_first_failure_is_seen_before_the_last_page_is_asked_for() {
    within(PATIENT, || {
        let begun = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&begun);
        let digest = move |_: &Page| -> u64 {
            count.fetch_add(1, Ordering::Relaxed);
            panic!("on purpose: this page cannot be digested")
        };
        let (bridge, memory) =
            (Bridge::new(1).expect("a thread"), Memory::default());
        let stages = Stages { transport: AtOnce, bridge, digest, memory };
        let limits = Limits::new(2, 2, None);
        let ended = block_on(bounded(&Arc::new(stages), &limits, pages()));
        assert!(ended.is_err());
        // The loop may be a few pages ahead of the task that failed.
        let begun = begun.load(Ordering::Relaxed);
        assert!(begun < PAGES as u64 / 2, "{begun} pages were begun");
    });
}

#[test]
fn bounded_holds_as_many_bytes_as_its_permits_allow_and_no_more() {
    for bound in [1, 2, 7, 16] {
        let ((pages, bytes), peak) = within(PATIENT, move || {
            let (stages, limits) =
                (slow(bound as u64), Limits::new(bound, bound, None));
            let words = block_on(bounded(&stages, &limits, pages()));
            assert_eq!(words.expect("all come"), PAGES as u64);
            assert_eq!((stages.memory.bytes(), limits.available()), (0, bound));
            (stages.memory.most(), limits.peak())
        });
        assert_eq!((pages, bytes, peak), (bound, bound as u64 * BODY, bound));
    }
}

#[test]
fn unbounded_holds_the_whole_input_and_its_permits_do_not_show_it() {
    let ((pages, bytes), peak) = within(PATIENT, || {
        let (stages, limits) = (slow(PAGES as u64), Limits::new(2, 2, None));
        let words = block_on(unbounded(&stages, &limits, pages()));
        assert_eq!(words.expect("all come"), PAGES as u64);
        (stages.memory.most(), limits.peak())
    });
    assert_eq!((pages, bytes), (PAGES, PAGES as u64 * BODY));
    assert!(peak <= 2);
}

#[test]
fn over_sockets_no_more_bytes_are_in_flight_than_permits_times_cap() {
    within(PATIENT, || {
        let origin = serve(40).expect("a free port");
        let sources = sources(&origin).expect("its URLs are valid");
        for bound in [1, 5] {
            let (stages, limits) =
                (stages().expect("the parts"), Limits::new(bound, bound, None));
            block_on(bounded(&stages, &limits, sources.clone()))
                .expect("nothing fails on loopback");
            let (pages, bytes) = stages.memory.most();
            assert!(
                pages <= bound && bytes <= bound as u64 * CAP,
                "{pages}, {bytes}"
            );
        }
    });
}

#[test]
fn a_body_that_never_ends_is_given_up_at_the_cap() {
    within(PATIENT, || {
        let site = Site::pages([("/endless", "<p>")]);
        let origin =
            Origin::serve(site).fault("/endless", Fault::Endless).start();
        let origin = origin.expect("a free port");
        let (stages, limits) =
            (stages().expect("the parts"), Limits::new(1, 1, None));
        let sources = sources(&origin).expect("its URLs are valid");
        let error = block_on(bounded(&stages, &limits, sources))
            .expect_err("it never ends");
        assert!(error.to_string().contains("more than 65536 bytes"), "{error}");
        assert_eq!((stages.memory.most(), limits.available()), ((0, 0), 1));
    });
}
