//! Every fault, on the wire.

use std::io::{ErrorKind, Read};
use std::thread;
use std::time::{Duration, SystemTime};

use origin::{Charset, Fault, Generator, Origin, RetryAfter, Site};

use crate::raw::{Answer, ask, connect, eventually, get, request};

const PATH: &str = "/page.html";

fn page() -> String {
    format!(
        "<!DOCTYPE html><html><body><p>“Café” €</p>{}</body></html>",
        "<p>line</p>".repeat(500)
    )
}

fn serve(fault: Fault) -> Origin {
    Origin::serve(Site::pages([(PATH, page())]))
        .fault(PATH, fault)
        .start()
        .expect("loopback")
}

fn meet(fault: Fault) -> Answer {
    get(&serve(fault), PATH)
}

#[test]
fn statuses() {
    for (fault, status) in [
        (Fault::NotFound, 404),
        (Fault::Status(500), 500),
        (Fault::Status(204), 204),
    ] {
        let answer = meet(fault);
        assert_eq!(answer.status, status);
        assert!(!answer.body.starts_with(b"<!DOCTYPE html><html>"));
        answer.end.expect("an orderly end");
    }
}

#[test]
fn unavailable_says_when_to_come_back() {
    let answer =
        meet(Fault::Unavailable { retry_after: RetryAfter::Seconds(7) });
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));

    let before = SystemTime::now();
    let wait = Duration::from_secs(3600);
    let answer =
        meet(Fault::Unavailable { retry_after: RetryAfter::Date(wait) });
    let date = answer.header("retry-after").expect("a date");
    let date = httpdate::parse_http_date(date).expect("an HTTP date");
    // Whole seconds, cut.
    assert!(
        date + Duration::from_secs(1) > before + wait
            && date <= SystemTime::now() + wait
    );
}

#[test]
fn redirects_go_where_the_fault_says() {
    for location in ["/other.html", "ftp://127.0.0.1/x", "file:///etc/passwd"] {
        let answer = meet(Fault::RedirectTo(location.to_owned()));
        assert_eq!(
            (answer.status, answer.header("location")),
            (302, Some(location))
        );
    }
}

/// The answer after each redirect, up to `limit` requests.
fn follow(origin: &Origin, limit: usize) -> Vec<Answer> {
    let mut answers = vec![get(origin, PATH)];
    while let Some(location) =
        answers.last().and_then(|answer| answer.header("location"))
    {
        if answers.len() == limit {
            break;
        }
        let path = location
            .strip_prefix(&origin.url())
            .expect("this server")
            .to_owned();
        answers.push(get(origin, &path));
    }
    answers
}

#[test]
fn a_chain_of_redirects_ends_at_the_page() {
    for hops in [0, 1, 5] {
        let origin = serve(Fault::RedirectChain(hops));
        let answers = follow(&origin, 100);
        assert_eq!(answers.len() as u32, hops + 1);
        assert_eq!(answers.last().map(Answer::text), Some(page()));
        assert_eq!(origin.requests_of(PATH), u64::from(hops) + 1);
    }
}

#[test]
fn a_chain_limited_to_two_attempts_has_all_its_hops_in_both() {
    let origin = serve(Fault::first(2, Fault::RedirectChain(3)));
    let attempts = [(); 3].map(|()| follow(&origin, 100).len());
    assert_eq!(attempts, [4, 4, 1]);
}

#[test]
fn a_loop_of_redirects_comes_back_to_the_same_url() {
    let answers = follow(&serve(Fault::RedirectLoop), 40);
    assert_eq!(answers.len(), 40);
    let locations: Vec<_> =
        answers.iter().filter_map(|answer| answer.header("location")).collect();
    assert_eq!(locations[0], locations[2]);
    assert_ne!(locations[0], locations[1]);
}

#[test]
fn a_reset_comes_after_half_of_the_page() {
    let answer = meet(Fault::Reset);
    assert_eq!(
        answer.header("content-length"),
        Some(page().len().to_string().as_str())
    );
    assert_eq!(answer.body, page().as_bytes()[..page().len() / 2]);
    assert_eq!(
        answer.end.expect_err("a reset").kind(),
        ErrorKind::ConnectionReset
    );
}

#[test]
fn a_reset_of_a_head_request_comes_at_once() {
    let answer = request(&serve(Fault::Reset), "HEAD", PATH, "");
    assert_eq!(answer.status, 0);
    assert_eq!(
        answer.end.expect_err("a reset").kind(),
        ErrorKind::ConnectionReset
    );
}

#[test]
fn a_short_body_ends_in_order_and_too_early() {
    let answer = meet(Fault::ShortBody);
    assert_eq!(
        answer.header("content-length"),
        Some(page().len().to_string().as_str())
    );
    assert_eq!(answer.body, page().as_bytes()[..page().len() / 2]);
    answer.end.expect("an orderly end");
}

#[test]
fn a_short_or_reset_body_is_sent_in_full_at_a_low_bandwidth() {
    let site =
        Site::pages([("/a", "x".repeat(20_000)), ("/b", "x".repeat(20_000))]);
    let origin = Origin::serve(site)
        .bandwidth(200_000)
        .fault("/a", Fault::ShortBody)
        .fault("/b", Fault::Reset)
        .start()
        .expect("loopback");
    // What is still in the server's buffer when the body breaks off must not be
    // lost.
    assert_eq!(get(&origin, "/a").body.len(), 10_000);
    assert_eq!(get(&origin, "/b").body.len(), 10_000);
}

#[test]
fn a_slow_drip_is_whole_in_the_end_and_comes_in_pieces() {
    let every = Duration::from_millis(1);
    let start = std::time::Instant::now();
    let answer = meet(Fault::SlowDrip { bytes: 100, every });
    assert_eq!(answer.text(), page());
    // A lower bound, which no load on the machine can break.
    assert!(start.elapsed() >= every * (page().len() as u32 / 100));
}

#[test]
fn a_drip_of_no_bytes_is_a_drip_of_single_ones() {
    let fault = Fault::SlowDrip { bytes: 0, every: Duration::ZERO };
    let builder =
        Origin::serve(Site::pages([(PATH, "drop")])).fault(PATH, fault);
    assert_eq!(get(&builder.start().expect("loopback"), PATH).text(), "drop");
}

#[test]
fn an_endless_body_does_not_end() {
    let origin = serve(Fault::Endless);
    let mut stream = connect(&origin);
    ask(&mut stream, PATH);
    let mut megabytes = vec![0; 20_000_000];
    stream.read_exact(&mut megabytes).expect("more and more");
    assert!(megabytes.starts_with(b"HTTP/1.1 200"));
    // And the server has time for others.
    assert_eq!(get(&origin, "/robots.txt").status, 200);
}

#[test]
fn an_endless_body_that_nobody_reads_does_not_grow() {
    let origin = serve(Fault::Endless);
    let mut stream = connect(&origin);
    ask(&mut stream, PATH);
    let mut last = 0;
    eventually("the body to stall", || {
        thread::sleep(Duration::from_millis(50));
        let bytes = origin.counts().bytes;
        std::mem::replace(&mut last, bytes) == bytes && bytes > 0
    });
    // The buffers of two sockets and of hyper.
    assert!(last < 64_000_000, "{last} bytes for a client that reads none");
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire_and_large_inside() {
    let size = 300_000_001;
    let answer = meet(Fault::GzipBomb { size });
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(
        answer.header("content-length"),
        Some(answer.body.len().to_string().as_str())
    );
    assert!(answer.body.len() < 400_000, "{} bytes", answer.body.len());
    let mut inflated = flate2::read::GzDecoder::new(&answer.body[..]);
    let inflated =
        std::io::copy(&mut inflated, &mut std::io::sink()).expect("valid gzip");
    assert_eq!(inflated, size);
}

#[test]
fn a_wrong_charset_is_not_the_one_declared() {
    let plain = Origin::serve(Site::pages([(PATH, "<p>plain</p>")]));
    for origin in [
        serve(Fault::WrongCharset),
        plain.fault(PATH, Fault::WrongCharset).start().expect("loopback"),
    ] {
        let answer = get(&origin, PATH);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(String::from_utf8(answer.body.clone()).is_err());
        assert!(
            answer.body.windows(6).any(|bytes| bytes == b"\x93Caf\xe9\x94"),
            "windows-1252"
        );
    }
}

#[test]
fn a_declared_charset_is_the_one_sent() {
    let answer = meet(Fault::Charset(Charset::Latin1));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=iso-8859-1")
    );
    let text: String =
        answer.body.iter().map(|&byte| char::from(byte)).collect();
    assert!(text.contains("&#8220;Café&#8221; &#8364;"), "{text:.80}");

    let answer = meet(Fault::Charset(Charset::Utf16Le));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-16le")
    );
    let units = answer
        .body
        .chunks(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    assert_eq!(text, Ok(page()));
}

#[test]
fn not_html_is_declared_so() {
    let answer = meet(Fault::NotHtml);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/octet-stream"))
    );
    assert!(String::from_utf8(answer.body).is_err());
}

#[test]
fn empty_is_empty() {
    let answer = meet(Fault::Empty);
    assert_eq!(
        (answer.status, answer.header("content-length"), answer.body.len()),
        (200, Some("0"), 0)
    );
}

#[test]
fn a_hang_reads_the_request_and_says_nothing() {
    let origin = serve(Fault::Hang);
    let mut stream = connect(&origin);
    ask(&mut stream, PATH);
    eventually("the request is read", || origin.counts().in_flight == 1);
    stream.set_nonblocking(true).expect("a socket");
    assert_eq!(
        stream.read(&mut [0]).expect_err("nothing").kind(),
        ErrorKind::WouldBlock
    );
    assert_eq!(origin.counts().bytes, 0);
}

#[test]
fn every_fault_but_a_hang_answers_where_there_is_no_page_too() {
    for (name, fault) in Fault::samples() {
        if matches!(fault, Fault::Hang | Fault::Endless) {
            continue;
        }
        let origin = Origin::serve(Site::pages([("/", "")]))
            .fault("/none", fault)
            .start()
            .expect("loopback");
        assert_ne!(get(&origin, "/none").status, 0, "{name}");
    }
}

#[test]
fn a_retry_succeeds_where_the_fault_is_limited() {
    let origin = Origin::serve(Site::pages([(PATH, page())]))
        .fault_times(PATH, 2, Fault::Status(500))
        .start()
        .expect("loopback");
    let statuses = || [(); 4].map(|()| get(&origin, PATH).status);
    assert_eq!(statuses(), [500, 500, 200, 200]);
    origin.reset_counts();
    assert_eq!(statuses(), [500, 500, 200, 200]);
}

#[test]
fn a_rate_hits_the_same_requests_in_any_order() {
    let site = Site::generated(Generator {
        pages: 200,
        words_per_page: 10,
        ..Generator::default()
    });
    let paths = site.paths();
    let start = |seed| {
        let builder = Origin::serve(site.clone()).seed(seed);
        builder
            .fault_rate(0.2, Fault::Status(500))
            .fault_rate(0.1, Fault::NotFound)
            .start()
            .expect("loopback")
    };
    let forwards = start(1);
    let forwards: Vec<_> = paths
        .iter()
        .map(|path| [(); 2].map(|()| get(&forwards, path).status))
        .collect();

    let crosswise = start(1);
    let visit = |mut paths: Vec<&String>| {
        let mut statuses = Vec::new();
        while let Some(path) = paths.pop() {
            statuses.push((path.clone(), get(&crosswise, path).status));
        }
        statuses
    };
    let both: Vec<(String, u16)> = thread::scope(|scope| {
        let one = scope.spawn(|| visit(paths.iter().collect()));
        let two = scope.spawn(|| visit(paths.iter().rev().collect()));
        [one, two]
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    for (path, expected) in paths.iter().zip(&forwards) {
        let mut expected = *expected;
        let mut met: Vec<_> = both
            .iter()
            .filter(|(p, _)| p == path)
            .map(|(_, status)| *status)
            .collect();
        // Which of two requests of one path comes first is the threads' affair.
        expected.sort_unstable();
        met.sort_unstable();
        assert_eq!(met, expected, "{path}");
        for attempt in [0, 1] {
            let foreseen = crosswise.fault_at(path, attempt);
            assert!(foreseen.is_none_or(|fault| {
                [Fault::Status(500), Fault::NotFound].contains(fault)
            }));
        }
    }
    let failures = |status| {
        forwards.iter().flatten().filter(|&&met| met == status).count()
    };
    assert!((50..110).contains(&failures(500)), "{}", failures(500));
    assert!((15..55).contains(&failures(404)), "{}", failures(404));

    let other = start(2);
    let other: Vec<_> =
        paths.iter().map(|path| get(&other, path).status).collect();
    assert_ne!(
        other,
        forwards.iter().map(|statuses| statuses[0]).collect::<Vec<_>>()
    );
}

#[test]
fn what_will_fail_can_be_foreseen() {
    let site = Site::generated(Generator {
        pages: 100,
        words_per_page: 10,
        ..Generator::default()
    });
    let origin = Origin::serve(site)
        .fault_rate(0.5, Fault::first(1, Fault::Status(500)))
        .start()
        .expect("loopback");
    for path in origin.site().paths() {
        for attempt in [0, 1] {
            let expected = if origin.fault_at(&path, attempt).is_some() {
                500
            } else {
                200
            };
            assert_eq!(get(&origin, &path).status, expected, "{path}");
            assert!(attempt == 0 || expected == 200);
        }
    }
    assert_eq!(get(&origin, "/robots.txt").status, 200);
}
