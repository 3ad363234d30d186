//! Two hundred pages and one of each fault: every fault is one row, every other
//! page is exact.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::{digest, digest_body};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch;
use chapter_06_pipeline::program::index::Builder;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use origin::{Charset, Fault, Generator, Origin, RetryAfter, Site};
use tokio_util::sync::CancellationToken;
use witness::{PATIENT, within};

use super::{plan, run_all, sources};

/// A hanging page costs two of these timeouts; no healthy one may reach it on
/// any machine.
fn impatient() -> Plan {
    let fetch = fetch::Settings {
        timeout: Duration::from_secs(5),
        max_body: 1 << 20,
        ..Plan::default().fetch
    };
    Plan { fetch, retries: 1, ..plan(32) }
}

/// A fault, and what becomes of its page: a failure of this kind, or nothing at
/// all.
fn faults() -> Vec<(Fault, Option<Kind>)> {
    let second = Duration::from_secs(1);
    vec![
        (Fault::NotFound, Some(Kind::Status)),
        (Fault::Status(500), Some(Kind::Status)),
        (Fault::Status(410), Some(Kind::Status)),
        (
            Fault::Unavailable { retry_after: RetryAfter::Seconds(600) },
            Some(Kind::Status),
        ),
        (
            Fault::Unavailable { retry_after: RetryAfter::Date(600 * second) },
            Some(Kind::Status),
        ),
        (Fault::RedirectLoop, Some(Kind::Redirect)),
        (Fault::RedirectChain(30), Some(Kind::Redirect)),
        (Fault::RedirectTo("ftp://example.com/".into()), Some(Kind::Redirect)),
        (Fault::Reset, Some(Kind::Interrupted)),
        (Fault::ShortBody, Some(Kind::Interrupted)),
        (Fault::Endless, Some(Kind::TooLarge)),
        (Fault::GzipBomb { size: 64 << 20 }, Some(Kind::TooLarge)),
        (Fault::SlowDrip { bytes: 1, every: second }, Some(Kind::Timeout)),
        (Fault::Hang, Some(Kind::Timeout)),
        (Fault::NotHtml, Some(Kind::NotText)),
        (Fault::Empty, Some(Kind::Empty)),
        // These a good client gets over.
        (Fault::RedirectChain(3), None),
        (Fault::Charset(Charset::Utf16Le), None),
        (Fault::first(1, Fault::Status(503)), None),
        (Fault::first(1, Fault::Reset), None),
        (
            Fault::first(
                1,
                Fault::Unavailable { retry_after: RetryAfter::Seconds(1) },
            ),
            None,
        ),
    ]
}

#[test]
fn every_fault_is_one_row_and_the_rest_is_exact() {
    within(PATIENT, || {
        let faults = faults();
        let site =
            Site::generated(Generator { pages: 200, ..Generator::default() });
        let paths = site.paths();
        let mut server = Origin::serve(site);
        for ((fault, _), path) in faults.iter().zip(&paths) {
            server = server.fault(path, fault.clone());
        }
        let origin = server.start().expect("a server on loopback");
        let (index, report) = run_all(impatient(), sources(&origin));

        let mut expected: Vec<(String, Kind)> = Vec::new();
        let builder = Builder::new();
        for (nth, path) in paths.iter().enumerate() {
            match faults.get(nth) {
                Some((_, Some(kind))) => {
                    expected.push((origin.url_of(path), *kind))
                }
                _ => {
                    let page = origin
                        .site()
                        .page(path)
                        .expect("the site has its own pages");
                    let digest = digest(&page, MediaType::Html, None)
                        .expect("it is a page");
                    builder.add(
                        &origin.url_of(path),
                        page.len() as u64,
                        digest,
                    );
                }
            }
        }
        expected.sort_unstable();
        let failed: Vec<(String, Kind)> = report
            .failures
            .iter()
            .map(|failure| (failure.url.clone(), failure.kind))
            .collect();
        assert_eq!(failed, expected, "{:#?}", report.failures);
        assert_eq!(report.documents, 200 - expected.len());
        let exact = builder.finish();
        for (ours, page) in index.documents().iter().zip(exact.documents()) {
            assert_eq!(
                (ours.url(), ours.title(), ours.words),
                (page.url(), page.title(), page.words)
            );
        }
        assert_eq!(
            (index.words(), index.terms()),
            (exact.words(), exact.terms())
        );
        assert!(report.retries >= 3, "three pages needed a second attempt");
    });
}

#[test]
fn a_poisoned_document_fails_alone_and_the_pool_does_not_shrink() {
    within(PATIENT, || {
        let site =
            Site::generated(Generator { pages: 100, ..Generator::default() });
        let poison = Site::pages([("/poison.html", "<p>POISON")]);
        let origin = Origin::serve(site.and(poison))
            .start()
            .expect("a server on loopback");
        let plan = Plan {
            digest: |body, extract| {
                assert!(
                    !body.bytes.ends_with(b"POISON"),
                    "this page is poisoned"
                );
                digest_body(body, extract)
            },
            threads: 1,
            ..plan(8)
        };
        let (_, report) = run_all(plan, sources(&origin));
        assert_eq!((report.documents, report.failed), (100, 1));
        assert_eq!(report.failures[0].kind, Kind::Panic);
        assert!(
            report.failures[0].detail.contains("poisoned"),
            "{}",
            report.failures[0].detail
        );
    });
}

#[test]
fn what_cannot_succeed_is_not_tried_again() {
    within(PATIENT, || {
        let site =
            Site::pages([("/gone.html", "<p>x"), ("/busy.html", "<p>y")]);
        let origin = Origin::serve(site)
            .fault("/gone.html", Fault::NotFound)
            .fault("/busy.html", Fault::Status(503))
            .start()
            .expect("a server on loopback");
        let (_, report) =
            run_all(Plan { retries: 2, ..plan(2) }, sources(&origin));
        assert_eq!(origin.requests_of("/gone.html"), 1);
        assert_eq!(origin.requests_of("/busy.html"), 3);
        assert_eq!((report.requests, report.retries), (4, 2));
    });
}

#[test]
fn a_redirect_is_a_request_with_limits_of_its_own() {
    within(PATIENT, || {
        let site =
            Site::generated(Generator { pages: 20, ..Generator::default() });
        let mut server =
            Origin::serve(site.clone()).latency(Duration::from_millis(3));
        for path in site.paths() {
            server = server.fault(&path, Fault::RedirectChain(2));
        }
        let origin = server.start().expect("a server on loopback");
        let (_, report) =
            run_all(Plan { per_host: 2, ..plan(16) }, sources(&origin));
        assert_eq!((report.documents, report.requests), (20, 60));
        assert_eq!(origin.counts().requests, 60);
        assert_eq!(origin.counts().peak_in_flight, 2);
    });
}

#[test]
fn a_site_that_fails_throughout_is_not_hammered() {
    within(PATIENT, || {
        let site =
            Site::generated(Generator { pages: 100, ..Generator::default() });
        let origin = Origin::serve(site)
            .fault_rate(1.0, Fault::Status(503))
            .start()
            .expect("a server on loopback");
        let (_, report) =
            run_all(Plan { retries: 10, ..plan(32) }, sources(&origin));
        assert_eq!(report.failed, 100);
        // The budget: ten to begin with and one for every five documents.
        assert!(
            report.retries <= 30,
            "{} retries of 100 documents",
            report.retries
        );
        assert_eq!(origin.counts().requests, report.requests);
    });
}

#[test]
fn one_failure_in_ten_costs_one_request_in_five_at_most_and_no_page() {
    within(PATIENT, || {
        let site = Site::generated(Generator {
            pages: 600,
            words_per_page: 50,
            ..Generator::default()
        });
        let origin = Origin::serve(site)
            .fault_rate(0.1, Fault::Status(503))
            .start()
            .expect("a server on loopback");
        let retries = 3;
        let (mut requests, mut lost) = (0, Vec::new());
        for path in origin.site().paths() {
            let healthy =
                |attempts: &u64| origin.fault_at(&path, *attempts).is_none();
            match (0..=u64::from(retries)).find(healthy) {
                Some(before) => requests += before + 1,
                None => {
                    requests += u64::from(retries) + 1;
                    lost.push(origin.url_of(&path));
                }
            }
        }
        lost.sort_unstable();
        let (_, report) =
            run_all(Plan { retries, ..plan(32) }, sources(&origin));
        let failed: Vec<_> =
            report.failures.into_iter().map(|failure| failure.url).collect();
        assert_eq!((failed, report.documents + lost.len()), (lost, 600));
        assert_eq!(
            (report.requests, origin.counts().requests),
            (requests, requests)
        );
        assert!(requests > 630, "{requests}: the faults did not happen");
        assert!(requests <= 720, "{requests} requests for 600 pages");
    });
}

#[test]
fn a_dead_host_holds_none_of_the_permits_that_others_need() {
    within(PATIENT, || {
        let serve = |pages, rate| {
            let site = Site::generated(Generator {
                pages,
                words_per_page: 50,
                ..Generator::default()
            });
            Origin::serve(site)
                .fault_rate(rate, Fault::Hang)
                .start()
                .expect("a server on loopback")
        };
        let (dead, alive) = (serve(50, 1.0), serve(100, 0.0));
        let sources = [sources(&dead), sources(&alive)].concat();
        // The dead host may have two requests, and that leaves one permit. A
        // request that waited for its host and held a global permit would take
        // that, too; no timeout would free it before the watchdog comes.
        let fetch =
            fetch::Settings { timeout: 2 * PATIENT, ..Plan::default().fetch };
        let plan = Plan { per_host: 2, fetch, ..plan(3) };
        let (stop, progress) =
            (CancellationToken::new(), Arc::new(Progress::default()));
        let run = run(plan, sources, stop.clone(), Arc::clone(&progress));
        let watch = async {
            while progress.indexed.load(Ordering::Relaxed) < 100
                || dead.counts().requests < 2
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            stop.cancel();
        };
        let both = async { tokio::join!(run, watch).0 };
        let (_, report) =
            runtime().expect("a runtime").block_on(both).expect("it runs");
        assert_eq!(
            (report.documents, report.failed, report.unfinished),
            (100, 0, 50)
        );
        assert_eq!(dead.counts().requests, 2);
    });
}
