use super::*;
use crate::program::failure::Kind;
use witness::within;

const LIMIT: Duration = Duration::from_secs(120);

/// More patience than the lesson has: no good page may run into it on a busy
/// machine.
fn patient() -> Plan {
    let fetch =
        fetch::Settings { timeout: Duration::from_secs(5), ..plan().fetch };
    Plan { fetch, concurrency: Concurrency::Fixed(32), per_host: 32, ..plan() }
}

fn block_on<F: Future>(future: F) -> F::Output {
    run::runtime().expect("a runtime").block_on(future)
}

#[test]
fn every_fault_is_a_row_and_the_rest_is_exact() {
    within(LIMIT, || {
        let origin = misbehaving().expect("a server on loopback");
        let (index, report) =
            block_on(careful(&origin, patient())).expect("it runs");
        let expected = [
            ("/busy-for-long.html", Kind::Status, 1),
            ("/endless.html", Kind::TooLarge, 1),
            ("/gone.html", Kind::Status, 1),
            ("/gzip-bomb.html", Kind::TooLarge, 1),
            ("/lying-length.html", Kind::Interrupted, 2),
            (POISONED, Kind::Panic, 1),
            ("/reset.html", Kind::Interrupted, 2),
            ("/silent.html", Kind::Timeout, 2),
            ("/slow-drip.html", Kind::Timeout, 2),
        ];
        let rows: Vec<_> = report
            .failures
            .iter()
            .map(|failure| (failure.url.clone(), failure.kind))
            .collect();
        assert_eq!(
            rows,
            expected.map(|(path, kind, _)| (origin.url_of(path), kind))
        );
        for (path, _, asked) in expected {
            assert_eq!(origin.requests_of(path), asked, "{path}");
        }
        assert_eq!((report.documents, report.unfinished), (22, 0));
        assert!(index == exact(&origin, &report), "the index differs");
    });
}

#[test]
fn a_page_of_a_recovering_server_is_had_at_the_second_attempt() {
    within(LIMIT, || {
        let origin = misbehaving().expect("a server on loopback");
        let (index, _) =
            block_on(careful(&origin, patient())).expect("it runs");
        for path in ["/busy-once.html", "/reset-once.html"] {
            assert_eq!(origin.requests_of(path), 2, "{path}");
            let url = origin.url_of(path);
            assert!(
                index.documents().iter().any(|document| document.url() == url),
                "{path}"
            );
        }
    });
}

#[test]
fn one_fault_ends_the_naive_reader_and_an_error_page_does_not_trouble_it() {
    within(LIMIT, || {
        let origin = misbehaving().expect("a server on loopback");
        let urls = [
            "/gone.html",
            "/busy-for-long.html",
            "/lying-length.html",
            "/gone.html",
        ];
        let urls = urls.map(|path| origin.url_of(path)).to_vec();
        let read = Arc::new(AtomicUsize::new(0));
        let naive = naive(client().expect("a client"), urls, Arc::clone(&read));
        let ended = block_on(async { tokio::spawn(naive).await });
        assert!(ended.expect_err("it unwraps").is_panic());
        assert_eq!(read.load(Ordering::Relaxed), 2, "two error pages");
        assert_eq!(
            origin.requests_of("/gone.html"),
            1,
            "it never came to the last"
        );
    });
}
