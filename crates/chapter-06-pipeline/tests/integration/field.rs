//! What servers in the field send: each answer is written out byte for byte,
//! and none of its words may be lost without a row.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use chapter_06_pipeline::program::crawl::Follow;
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::Fetcher;
use chapter_06_pipeline::program::index::{Index, Query};
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::{Plan, Progress, runtime};
use chapter_06_pipeline::program::source::Source;
use chapter_06_pipeline::program::sources::Sources;
use flate2::Compression;
use flate2::write::GzEncoder;
use witness::{PATIENT, within};

use super::{plan, run_all};

/// A server that answers each path with the bytes it is given, and closes each
/// connection after so many requests: the next one is read and not answered.
struct Raw {
    base: String,
    requests: Arc<AtomicUsize>,
}

type Routes = BTreeMap<String, Vec<u8>>;

impl Raw {
    fn serve(
        routes: impl FnOnce(&str) -> Routes,
        per_connection: usize,
    ) -> Raw {
        Raw::serve_when(|| {}, routes, per_connection)
    }

    /// The same server, which answers nobody before it `may`.
    fn serve_when(
        may: impl FnOnce() + Send + 'static,
        routes: impl FnOnce(&str) -> Routes,
        per_connection: usize,
    ) -> Raw {
        let listener =
            TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
        let base =
            format!("http://{}", listener.local_addr().expect("it is bound"));
        let routes = Arc::new(routes(&base));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            may();
            for stream in listener.incoming().flatten() {
                let (routes, counted) =
                    (Arc::clone(&routes), Arc::clone(&counted));
                thread::spawn(move || {
                    talk(stream, &routes, per_connection, &counted)
                });
            }
        });
        Raw { base, requests }
    }

    fn page(head: &str, body: &[u8]) -> Raw {
        let answer = answer(head, body);
        Raw::serve(|_| Routes::from([("/".into(), answer)]), usize::MAX)
    }

    fn source(&self, path: &str) -> Source {
        Source::Url(
            format!("{}{path}", self.base).parse().expect("it is a URL"),
        )
    }

    fn index(&self) -> (Index, Report) {
        run_all(Plan { retries: 1, ..plan(4) }, vec![self.source("/")])
    }

    /// What `/s.xml` names, which is a page at least.
    fn sitemap(&self, plan: &Plan) -> Sources {
        let mut sources = Sources::new();
        let fetcher = Fetcher::new(&plan.fetch).expect("a client");
        let attempts = plan.attempts(fetcher, &Arc::new(Progress::default()));
        let sitemap = format!("{}/s.xml", self.base);
        let add = sources.add_sitemap(&sitemap, &attempts);
        runtime().expect("a runtime").block_on(add).expect("it names a page");
        sources
    }

    fn follow(&self, path: &str) -> (Index, Report) {
        let follow = Some(Follow { depth: 1, max_pages: 100 });
        run_all(Plan { follow, retries: 1, ..plan(4) }, vec![self.source(path)])
    }
}

fn talk(
    mut stream: TcpStream,
    routes: &Routes,
    per_connection: usize,
    counted: &AtomicUsize,
) {
    let mut bytes = Vec::new();
    for nth in 1.. {
        while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut piece = [0; 4096];
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(length) => bytes.extend_from_slice(&piece[..length]),
            }
        }
        counted.fetch_add(1, Ordering::Relaxed);
        if nth > per_connection {
            return;
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default();
        let missing = b"HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n".to_vec();
        if stream.write_all(routes.get(path).unwrap_or(&missing)).is_err() {
            return;
        }
        bytes.clear();
    }
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{head}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .expect("a vector takes it")
}

fn found(index: &Index, query: &str) -> usize {
    index.search(&Query::parse(query).expect("it has words"), 10).total
}

#[test]
fn every_member_of_a_gzip_body_is_read_whatever_its_coding_is_called() {
    within(PATIENT, || {
        let members =
            [gzip("<title>x</title><p>first half "), gzip("second half")]
                .concat();
        for coding in ["gzip", "GZIP", "x-gzip", "Identity, gzip"] {
            let page =
                Raw::page(&format!("Content-Encoding: {coding}\r\n"), &members);
            let (index, report) = page.index();
            assert_eq!(
                found(&index, "first second"),
                1,
                "{coding}: {:?}",
                report.failures
            );
        }
        for coding in ["identity", "", "none"] {
            let page = Raw::page(
                &format!("Content-Encoding: {coding}\r\n"),
                b"<p>plain words",
            );
            assert_eq!(found(&page.index().0, "plain"), 1, "{coding}");
        }
        let broken = Raw::page(
            "Content-Encoding: gzip\r\n",
            &members[..members.len() - 9],
        );
        let (_, report) = broken.index();
        assert_eq!(report.failures[0].kind, Kind::Compression);
        assert_eq!(
            broken.requests.load(Ordering::Relaxed),
            1,
            "it is not asked for again"
        );
    });
}

#[test]
fn headers_that_browsers_forgive_are_forgiven() {
    within(PATIENT, || {
        let cookies: String =
            (0..120).map(|nth| format!("Set-Cookie: a{nth}=b\r\n")).collect();
        for odd in ["X-A : b\r\n", "no colon\r\n", "X-A: b\r\n c\r\n", &cookies]
        {
            let page = Raw::page(odd, b"<p>borrowed words");
            let (index, report) = page.index();
            assert_eq!(
                found(&index, "borrowed"),
                1,
                "{odd:?}: {:?}",
                report.failures
            );
        }
    });
}

/// A server that sends something and then the same bytes until nobody listens.
/// Each of its connections has begun with these before it is counted.
fn flood(
    connections: usize,
    begin: &'static [u8],
    then: &'static [u8],
    has_begun: Arc<Barrier>,
) -> Raw {
    let listener =
        TcpListener::bind("127.0.0.1:0").expect("loopback has a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().take(connections).flatten() {
            let has_begun = Arc::clone(&has_begun);
            thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                let much = then.repeat(32_000 / then.len());
                let _ = stream.write_all(begin);
                let _ = stream.write_all(&much);
                has_begun.wait();
                while stream.write_all(&much).is_ok() {}
            });
        }
    });
    Raw { base: format!("http://{address}"), requests: Arc::default() }
}

#[test]
fn what_comes_without_end_and_is_no_body_holds_nobody_up() {
    const FLOODS: usize = 2;
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (begin, then, kind) in [
        (&b""[..], &b"HTTP/1.1 103 E\r\n\r\n"[..], Kind::TooLarge),
        // The length of a chunk, before its first digit and behind its last.
        (CHUNKED, b"0", Kind::Timeout),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5",
            b" ",
            Kind::Timeout,
        ),
    ] {
        within(PATIENT, move || {
            let has_begun = Arc::new(Barrier::new(FLOODS + 1));
            let flood = flood(FLOODS, begin, then, Arc::clone(&has_begun));
            // Its pages are answered when all floods have begun.
            let page = |nth| (format!("/{nth}"), answer("", b"<p>good"));
            let pages = Raw::serve_when(
                move || {
                    has_begun.wait();
                },
                |_| (0..20).map(page).collect(),
                usize::MAX,
            );
            let floods =
                (0..FLOODS).map(|nth| flood.source(&format!("/{nth}")));
            let good = (0..20).map(|nth| pages.source(&format!("/{nth}")));
            let sources = floods.chain(good).collect();
            let mut plan = Plan { retries: 0, ..plan(2 * FLOODS) };
            if kind == Kind::Timeout {
                plan.fetch.timeout = Duration::from_secs(8);
            }
            let (index, report) = run_all(plan, sources);
            assert_eq!(found(&index, "good"), 20, "{:?}", report.failures);
            let kinds: Vec<_> =
                report.failures.iter().map(|failure| failure.kind).collect();
            assert_eq!(kinds, [kind; FLOODS], "{:?}", report.failures);
        });
    }
}

#[test]
fn a_few_interim_responses_come_before_a_page() {
    within(PATIENT, || {
        let page = answer("", b"<p>early words");
        let early = b"HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n";
        for (count, documents) in [(1, 1), (100, 1), (101, 0)] {
            let bytes = [early.repeat(count), page.clone()].concat();
            let raw =
                Raw::serve(|_| Routes::from([("/".into(), bytes)]), usize::MAX);
            let (_, report) = raw.index();
            assert_eq!(report.documents, documents, "{count}");
        }
    });
}

#[test]
fn an_answer_that_is_no_http_is_asked_for_once() {
    within(PATIENT, || {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
        for wrong in [
            "Content-Length: abc\r\n\r\nwords",
            "Content-Length: 5\r\nContent-Length: 6\r\n\r\nwords",
            "Transfer-Encoding: chunked\r\n\r\nzz\r\nwords",
            "Transfer-Encoding: chunked\r\n\r\n2\r\nwords\r\n0\r\n\r\n",
            "X: a\0b\r\n\r\nwords",
        ] {
            let answer = format!("{head}{wrong}").into_bytes();
            let site = Raw::serve(|_| Routes::from([("/".into(), answer)]), 1);
            let (_, report) = site.index();
            assert_eq!(report.failures[0].kind, Kind::Interrupted, "{wrong}");
            let asked = site.requests.load(Ordering::Relaxed);
            assert_eq!(asked, 1, "{wrong}: {:?}", report.failures);
        }
    });
}

#[test]
fn a_connection_that_was_closed_costs_no_page_and_no_budget() {
    within(PATIENT, || {
        for per_connection in [1, 2, 4] {
            let page = answer("", b"<p>words");
            let routes =
                (0..200).map(|nth| (format!("/{nth}"), page.clone())).collect();
            let server = Raw::serve(|_| routes, per_connection);
            let sources =
                (0..200).map(|nth| server.source(&format!("/{nth}"))).collect();
            let (_, report) = run_all(Plan { retries: 0, ..plan(4) }, sources);
            assert_eq!(
                (report.documents, report.retries),
                (200, 0),
                "{:?}",
                report.failures
            );
            assert_eq!(
                report.requests,
                server.requests.load(Ordering::Relaxed) as u64
            );
        }
    });
}

#[test]
fn a_redirect_leads_where_it_says_in_whatever_form() {
    within(PATIENT, || {
        let moved = |to: &str| {
            format!(
                "HTTP/1.1 302 F\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
            )
            .into_bytes()
        };
        let routes = Routes::from([
            ("/".into(), moved("/söhne")),
            ("/s%C3%B6hne".into(), answer("", b"<p>the sons")),
            ("/a%2C1".into(), moved("/a%2c1")),
            ("/a%2c1".into(), answer("", b"<p>the comma")),
        ]);
        let server = Raw::serve(|_| routes, usize::MAX);
        assert_eq!(found(&server.index().0, "sons"), 1);
        let (index, report) = server.follow("/a%2C1");
        assert_eq!(found(&index, "comma"), 1, "{:?}", report.failures);
    });
}

#[test]
fn a_page_that_only_refreshes_leads_to_the_site() {
    within(PATIENT, || {
        let root = "<title>/en/</title><meta name=robots content=noindex>\
                    <meta http-equiv=refresh content='0; url=/en/'>";
        let routes = Routes::from([
            ("/".into(), answer("", root.as_bytes())),
            ("/en/".into(), answer("", b"<p>borrowed")),
        ]);
        let (index, _) = Raw::serve(|_| routes, usize::MAX).follow("/");
        assert_eq!(found(&index, "borrowed"), 1);
    });
}

#[test]
fn a_page_whose_words_are_all_hidden_is_a_row() {
    within(PATIENT, || {
        let page =
            Raw::page("", b"<script>let borrowed</script><a href=/next></a>");
        let (_, report) = page.index();
        assert_eq!(
            (report.documents, report.failures[0].kind),
            (0, Kind::NoText)
        );
        let routes = Routes::from([
            ("/".into(), answer("", b"<nav><a href=/next>borrowed</a></nav>")),
            ("/next".into(), answer("", b"<p>borrowed")),
        ]);
        let (index, report) = Raw::serve(|_| routes, usize::MAX).follow("/");
        assert_eq!((report.skips[0].kind, report.failed), (Kind::NoText, 0));
        assert_eq!(found(&index, "borrowed"), 1, "its links are followed");
    });
}

#[test]
fn xhtml_is_what_is_served_as_such() {
    within(PATIENT, || {
        let page = b"<html><head><script src='a.js'/></head><body><p>borrowed</p></body></html>";
        let xhtml = Raw::page("Content-Type: application/xhtml+xml\r\n", page);
        assert_eq!(found(&xhtml.index().0, "borrowed"), 1);
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("c1.xhtml");
        fs::write(&path, page).expect("it can be written");
        let (index, _) = run_all(plan(1), vec![Source::File(path)]);
        assert_eq!(found(&index, "borrowed"), 1);
    });
}

#[test]
fn one_bad_entry_of_a_sitemap_is_a_row_and_the_rest_is_indexed() {
    within(PATIENT, || {
        let server = Raw::serve(
            |base| {
                let url = |loc: &str| format!("<url><loc>{loc}</loc></url>");
                let pages = ["/a?x=1&y=2", "/caf&eacute;"]
                    .map(|path| url(&format!("{base}{path}")));
                let bad =
                    ["", "relative.html", "mailto:me@a", "http://me:secret@[x"]
                        .map(url);
                let first = format!(
                    "<urlset>{}{}</urlset>",
                    pages.concat(),
                    bad.concat()
                );
                let names = ["1.xml", "2.xml"].map(|it| {
                    format!("<sitemap><loc>{base}/{it}</loc></sitemap>")
                });
                let index =
                    format!("<sitemapindex>{}</sitemapindex>", names.concat());
                Routes::from([
                    ("/s.xml".into(), answer("", index.as_bytes())),
                    (
                        "/1.xml".into(),
                        answer(
                            "",
                            &[gzip(&first[..40]), gzip(&first[40..])].concat(),
                        ),
                    ),
                    ("/a?x=1&y=2".into(), answer("", b"<p>borrowed")),
                    ("/caf%C3%A9".into(), answer("", b"<p>borrowed")),
                ])
            },
            usize::MAX,
        );
        let plan = plan(2);
        let sources = server.sitemap(&plan);
        let refused = sources.refused();
        let kinds: Vec<Kind> =
            refused.iter().map(|failure| failure.kind).collect();
        assert_eq!(
            kinds.iter().filter(|kind| **kind == Kind::Sitemap).count(),
            4,
            "{refused:?}"
        );
        assert_eq!(
            kinds.iter().filter(|kind| **kind == Kind::Status).count(),
            1,
            "{refused:?}"
        );
        assert!(!format!("{refused:?}").contains("secret"));
        let (index, report) =
            run_all(Plan { refused, ..plan }, sources.into_vec());
        assert_eq!((found(&index, "borrowed"), report.failed), (2, 5));
    });
}

#[test]
fn a_sitemap_is_read_while_it_comes_and_up_to_its_own_bound() {
    within(PATIENT, || {
        // Spaces, which take no room but in a reader that keeps them.
        for (megabytes, wrong) in [(20, None), (60, Some("longer than 50 MB"))]
        {
            let server = Raw::serve(
                |base| {
                    let page =
                        format!("<urlset><url><loc>{base}/a</loc></url>");
                    let space = " ".repeat(megabytes << 20);
                    let sitemap = gzip(&format!("{page}{space}</urlset>"));
                    let head = "Content-Encoding: gzip\r\n";
                    Routes::from([("/s.xml".into(), answer(head, &sitemap))])
                },
                usize::MAX,
            );
            // No body may be as long; a sitemap may.
            let plan = plan(2);
            assert!(plan.fetch.max_body < 20 << 20);
            let sources = server.sitemap(&plan);
            let refused = sources.refused();
            assert_eq!(
                refused.len(),
                usize::from(wrong.is_some()),
                "{refused:?}"
            );
            let said = refused.first().map_or("", |row| &row.detail);
            assert!(said.contains(wrong.unwrap_or_default()), "{said}");
            assert_eq!(sources.into_vec(), [server.source("/a")]);
        }
    });
}

#[test]
fn of_too_many_sitemaps_the_first_are_read_and_the_rest_are_counted() {
    within(PATIENT, || {
        let server = Raw::serve(
            |base| {
                let sitemap = |nth| {
                    format!("<sitemap><loc>{base}/{nth}.xml</loc></sitemap>")
                };
                let names: String = (0..1_020).map(sitemap).collect();
                let index =
                    format!("<sitemapindex>{names}{names}</sitemapindex>");
                let page = |nth| {
                    format!(
                        "<urlset><url><loc>{base}/page-{nth}</loc></url></urlset>"
                    )
                };
                let mut routes = Routes::from([(
                    "/s.xml".into(),
                    answer("", index.as_bytes()),
                )]);
                routes.extend((0..1_020).map(|nth| {
                    (format!("/{nth}.xml"), answer("", page(nth).as_bytes()))
                }));
                routes
            },
            usize::MAX,
        );
        let sources = server.sitemap(&plan(2));
        let refused = sources.refused();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].kind, Kind::Sitemap);
        // A thousand with the index itself; the others are named twice.
        let said =
            "1000 sitemaps are read; 42 entries name others, which are not";
        assert_eq!(refused[0].detail, said);
        let pages = sources.into_vec();
        let read = (0..999).map(|nth| server.source(&format!("/page-{nth}")));
        let read: std::collections::BTreeSet<_> = read.collect();
        assert_eq!(
            pages.into_iter().collect::<std::collections::BTreeSet<_>>(),
            read
        );
    });
}

#[test]
fn a_damaged_sitemap_is_a_row_and_what_it_named_before_is_indexed() {
    within(PATIENT, || {
        let server = Raw::serve(
            |base| {
                let page = format!("<urlset><url><loc>{base}/a</loc></url>");
                // A whole member, and the beginning of another, with zeros at
                // its end.
                let mut file = [gzip(&page), gzip("</urlset>")].concat();
                let end = file.len();
                file[end - 8..].fill(0);
                Routes::from([
                    ("/s.xml".into(), answer("", &file)),
                    ("/a".into(), answer("", b"<p>borrowed")),
                ])
            },
            usize::MAX,
        );
        let plan = plan(2);
        let sources = server.sitemap(&plan);
        let refused = sources.refused();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert!(refused[0].detail.contains("checksum"), "{refused:?}");
        let (index, report) =
            run_all(Plan { refused, ..plan }, sources.into_vec());
        assert_eq!((found(&index, "borrowed"), report.failed), (1, 1));
    });
}

#[test]
#[cfg(unix)]
fn a_pipe_among_the_files_is_a_row_and_nobody_waits_for_it() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let pipe = folder.path().join("pipe.html");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo can be run").success());
        let (_, report) = run_all(plan(1), vec![Source::File(pipe.clone())]);
        assert_eq!(report.failures[0].kind, Kind::Unreadable);
        let error = Index::load(&pipe).expect_err("it is no index").to_string();
        assert!(error.contains("not a saved index"), "{error}");
    });
}

#[test]
fn a_part_that_nobody_asked_for_is_not_the_page() {
    within(PATIENT, || {
        let server = Raw::serve(
            |_| {
                let part = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 11\r\n\r\n<p>borrowed";
                Routes::from([("/".into(), part.to_vec())])
            },
            usize::MAX,
        );
        let (_, report) = server.index();
        assert_eq!(
            (report.documents, report.failures[0].kind),
            (0, Kind::Status)
        );
    });
}

#[test]
fn what_stands_in_a_frame_and_where_a_refresh_leads_is_followed() {
    within(PATIENT, || {
        let html =
            |body: &str| answer("Content-Type: text/html\r\n", body.as_bytes());
        let refresh = |to: &str, body: &str| {
            let head = format!("Content-Type: text/html\r\nRefresh: {to}\r\n");
            answer(&head, body.as_bytes())
        };
        let site = Raw::serve(
            |base| {
                Routes::from([
                    (
                        "/".into(),
                        html(
                            "<frameset><frame src=menu><frame SRC='/x/../text'></frameset>\
                         <noframes>no frames</noframes>",
                        ),
                    ),
                    (
                        "/menu".into(),
                        refresh(
                            "0; url=/deep#top",
                            "<base href=/elsewhere/>the menu",
                        ),
                    ),
                    (
                        "/text".into(),
                        html(
                            "words <iframe src=inner></iframe><iframe src=no srcdoc='x'></iframe>\
                         <svg><a xlink:href=drawn><text>t</text></a></svg>\
                         <template><iframe src=no></iframe></template>",
                        ),
                    ),
                    (
                        "/inner".into(),
                        refresh(&format!("5;URL='{base}/late'"), "inner words"),
                    ),
                    ("/drawn".into(), refresh("0;url=/moved", " \r\n")),
                    ("/moved".into(), refresh("10", "moved words")),
                    ("/deep".into(), refresh("0;url=ftp://x/", "deep words")),
                    ("/late".into(), html("late words")),
                ])
            },
            usize::MAX,
        );
        let follow = Some(Follow { depth: 3, max_pages: 100 });
        let (index, report) = run_all(
            Plan { follow, retries: 1, ..plan(4) },
            vec![site.source("/")],
        );
        let documents = index.documents().iter();
        let urls: Vec<&str> =
            documents.map(|it| &it.url()[site.base.len()..]).collect();
        assert_eq!(
            urls,
            ["/deep", "/inner", "/late", "/menu", "/moved", "/text"],
            "{report:?}"
        );
        assert_eq!(report.failures, []);
        let follow = report.follow.expect("links were followed");
        assert_eq!(
            follow.redirects, 1,
            "an empty page that sends on is a redirect"
        );
        // Without links to follow it is one, too.
        let plan = Plan { retries: 1, ..plan(4) };
        let (index, _) = run_all(plan, vec![site.source("/drawn")]);
        assert_eq!(found(&index, "moved"), 1);
    });
}
