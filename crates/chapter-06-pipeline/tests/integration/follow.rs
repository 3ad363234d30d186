//! `--follow`: which pages a crawl asks for, which it leaves alone, and that
//! nothing but the site decides what comes out.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use chapter_06_pipeline::program::crawl::Follow;
use chapter_06_pipeline::program::failure::{Failure, Kind};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::source::Source;
use origin::{Builder, Fault, Generator, Origin, Site};
use witness::{PATIENT, within};

use super::{plan, run_all};

fn start(server: Builder) -> Origin {
    server.start().expect("a server on loopback")
}

/// A server of these pages.
fn serve<const N: usize>(pages: [(&str, &str); N]) -> Origin {
    start(Origin::serve(Site::pages(
        pages.map(|(path, html)| (path, html.to_owned())),
    )))
}

/// Follows links from these URLs.
fn crawl(depth: u32, urls: &[String]) -> (Index, Report) {
    let follow = Some(Follow { depth, max_pages: 1_000 });
    let sources = urls
        .iter()
        .map(|url| Source::Url(url.parse().expect("it is a URL")))
        .collect();
    run_all(Plan { follow, ..plan(8) }, sources)
}

/// The paths of what is in the index.
fn indexed(index: &Index, origin: &Origin) -> BTreeSet<String> {
    let documents = index.documents().iter();
    documents
        .filter_map(|it| Some(it.url().strip_prefix(&origin.url())?.to_owned()))
        .collect()
}

fn paths<const N: usize>(paths: [&str; N]) -> BTreeSet<String> {
    paths.into_iter().map(str::to_owned).collect()
}

fn kinds(failures: &[Failure]) -> Vec<(&str, Kind)> {
    let path = |url: &str| {
        url.splitn(4, '/').last().map_or(0, |path| url.len() - path.len() - 1)
    };
    failures
        .iter()
        .map(|failure| (&failure.url[path(&failure.url)..], failure.kind))
        .collect()
}

#[test]
fn pages_are_taken_up_to_the_depth_and_each_once() {
    within(PATIENT, || {
        let pages = [
            (
                "/",
                "<a href=one>1</a> <a href='/'>me</a> <a href=#x>here</a> <a href='./x/../one'>1</a>",
            ),
            (
                "/one",
                "<a href='two#a'>2</a> <a href='two#b'>2</a> <a href='%74wo'>2</a> <a href=.>0</a>",
            ),
            (
                "/two",
                "<a href=one>a circle</a> <a href=three>3</a> <area href='four?'>",
            ),
            ("/three", "<a href=five>5</a>"),
            ("/four", "reached with an empty query, which is another URL"),
            ("/five", "too far"),
            ("/island", "no link leads here"),
        ];
        let all: [&[&str]; 4] =
            [&["/"], &["/one"], &["/two"], &["/three", "/four"]];
        for depth in 0..4 {
            let origin = serve(pages);
            let (index, report) = crawl(depth as u32, &[origin.url_of("/")]);
            let expected: BTreeSet<&str> =
                all[..=depth].concat().into_iter().collect();
            let found = indexed(&index, &origin);
            let found: BTreeSet<&str> =
                found.iter().map(|path| path.trim_end_matches('?')).collect();
            assert_eq!(found, expected, "depth {depth}");
            for path in &expected {
                assert_eq!(
                    origin.requests_of(path),
                    1,
                    "{path} at depth {depth}"
                );
            }
            assert_eq!(origin.requests_of("/robots.txt"), 1);
            assert_eq!(
                origin.counts().requests,
                expected.len() as u64 + 1,
                "depth {depth}"
            );
            let follow = report.follow.expect("links were followed");
            assert_eq!((follow.pages, follow.redirects), (expected.len(), 0));
            assert!(!follow.truncated);
            assert_eq!(
                (report.failed, report.skipped, report.unfinished),
                (0, 0, 0)
            );
        }
    });
}

#[test]
fn a_host_that_was_not_given_is_never_asked() {
    within(PATIENT, || {
        let other = serve([("/", "elsewhere")]);
        let html = format!(
            "<a href='{}'>other port</a> <a href='/away'>redirect</a> <a href=ftp://127.0.0.1/>ftp</a>",
            other.url_of("/")
        );
        let site = Site::pages([("/", html), ("/away", String::new())]);
        let away = Fault::RedirectTo(other.url_of("/"));
        let origin =
            start(Origin::serve(site.clone()).fault("/away", away.clone()));
        let (index, report) = crawl(3, &[origin.url_of("/")]);
        assert_eq!(indexed(&index, &origin), paths(["/"]));
        assert_eq!(kinds(&report.skips), [("/away", Kind::OffHost)]);
        assert!(
            report.skips[0].detail.contains(&other.url()),
            "{:?}",
            report.skips
        );
        assert_eq!(other.counts().requests, 0, "not even for its robots.txt");

        // Given, it is one of the hosts.
        let origin = start(Origin::serve(site).fault("/away", away));
        let (index, report) =
            crawl(0, &[origin.url_of("/away"), other.url_of("/")]);
        assert_eq!(indexed(&index, &other), paths(["/"]));
        assert_eq!((report.documents, report.skipped), (1, 0));
        assert_eq!(
            (other.requests_of("/"), other.requests_of("/robots.txt")),
            (1, 1)
        );
    });
}

#[test]
fn what_robots_txt_disallows_is_never_asked_for() {
    within(PATIENT, || {
        let robots = "User-agent: overlap\nDisallow: /private\nAllow: /private/open\n\n\
                      User-agent: *\nDisallow: /\n";
        let origin = serve([
            ("/robots.txt", robots),
            (
                "/",
                "<a href=private/a>a</a> <a href=private/open>b</a> <a href=%70rivate/c>c</a>",
            ),
            ("/private/a", "secret"),
            ("/private/c", "secret"),
            ("/private/open", "<a href=/private/a>a again</a>"),
        ]);
        let (index, report) = crawl(5, &[origin.url_of("/")]);
        assert_eq!(indexed(&index, &origin), paths(["/", "/private/open"]));
        let refused =
            [("/private/a", Kind::Robots), ("/private/c", Kind::Robots)];
        assert_eq!(
            (kinds(&report.skips), report.failed),
            (refused.to_vec(), 0)
        );
        assert_eq!(
            origin.requests_of("/private/a") + origin.requests_of("/private/c"),
            0
        );
        assert_eq!(
            origin.counts().requests,
            3,
            "robots.txt once, and two pages"
        );
    });
}

/// The report of a crawl of one page whose server answers in this way to
/// `robots.txt`.
fn with_robots(faults: &[(&str, Fault)], text: &str) -> (Origin, Report) {
    let pages = [("/robots.txt", text), ("/moved.txt", text), ("/", "a page")];
    let mut server = Origin::serve(Site::pages(
        pages.map(|(path, text)| (path, text.to_owned())),
    ));
    for (path, fault) in faults {
        server = server.fault(path, fault.clone());
    }
    let origin = start(server);
    let (_, report) = crawl(1, &[origin.url_of("/")]);
    (origin, report)
}

type Case = (Vec<(&'static str, Fault)>, Option<Kind>, u64, u64);

#[test]
fn robots_txt_that_is_not_there_allows_all_and_one_that_cannot_be_had_nothing()
{
    within(PATIENT, || {
        let disallow = "User-agent: *\nDisallow: /\n";
        let robots = "/robots.txt";
        // The fault, what becomes of the page, and how often robots.txt and the
        // page were asked for.
        let cases = [
            (vec![], Some(Kind::Robots), 1, 0),
            (vec![(robots, Fault::NotFound)], None, 1, 1),
            (vec![(robots, Fault::Status(403))], None, 1, 1),
            (vec![(robots, Fault::Status(501))], Some(Kind::Status), 1, 0),
            (vec![(robots, Fault::Status(503))], Some(Kind::Status), 7, 0),
            (
                vec![(robots, Fault::first(1, Fault::Status(503)))],
                Some(Kind::Robots),
                2,
                0,
            ),
            (vec![(robots, Fault::Status(429))], Some(Kind::Status), 7, 0),
            (vec![(robots, Fault::ShortBody)], Some(Kind::Interrupted), 7, 0),
            (
                vec![(robots, Fault::RedirectTo("/moved.txt".into()))],
                Some(Kind::Robots),
                1,
                0,
            ),
            (vec![(robots, Fault::RedirectChain(5))], Some(Kind::Robots), 6, 0),
            (vec![(robots, Fault::RedirectLoop)], None, 6, 1),
            (vec![(robots, Fault::Empty)], None, 1, 1),
            (vec![(robots, Fault::NotHtml)], None, 1, 1),
        ];
        let check = |(faults, expected, asked, page): Case| {
            let (origin, report) = with_robots(&faults, disallow);
            let ended =
                kinds(&report.skips).into_iter().chain(kinds(&report.failures));
            let ended: Vec<_> = ended.map(|(_, kind)| kind).collect();
            assert_eq!(ended, Vec::from_iter(expected), "{faults:?}");
            assert_eq!(origin.requests_of(robots), asked, "{faults:?}");
            assert_eq!(origin.requests_of("/"), page, "{faults:?}");
            let refused = expected == Some(Kind::Robots);
            assert_eq!(report.skipped, usize::from(refused), "{faults:?}");
        };
        // Those that are asked again take their time.
        thread::scope(|scope| {
            for case in cases {
                let check = &check;
                scope.spawn(move || check(case));
            }
        });
    });
}

#[test]
fn of_a_giant_robots_txt_the_beginning_counts() {
    within(PATIENT, || {
        let filler = "# nothing\n".repeat(60_000);
        let late = format!("{filler}User-agent: *\nDisallow: /\n");
        assert_eq!(with_robots(&[], &late).1.documents, 1);
        let early = format!("User-agent: *\nDisallow: /\n{filler}Allow: /\n");
        assert_eq!(
            kinds(&with_robots(&[], &early).1.skips),
            [("/", Kind::Robots)]
        );
        // One that never ends is read no farther; waiting for its end would
        // reach the timeout.
        let endless = [("/robots.txt", Fault::Endless)];
        let (origin, report) =
            with_robots(&endless, "User-agent: *\nDisallow: /\n");
        assert_eq!(kinds(&report.skips), [("/", Kind::Robots)]);
        assert_eq!(origin.requests_of("/robots.txt"), 1);
    });
}

#[test]
fn links_that_ask_not_to_be_followed_are_not() {
    within(PATIENT, || {
        let origin = serve([
            (
                "/",
                "<a rel='nofollow noopener' href=a>a</a> <a href=b>b</a> <a href=c>c</a>",
            ),
            ("/a", "only a nofollow link leads here"),
            ("/b", "<meta name=robots content=nofollow><a href=d>d</a>"),
            ("/c", "<meta name=robots content=noindex><a href=e>e</a>"),
            ("/d", "only a nofollow page leads here"),
            ("/e", "a page that is not indexed may lead to one that is"),
        ]);
        let (index, report) = crawl(9, &[origin.url_of("/")]);
        assert_eq!(indexed(&index, &origin), paths(["/", "/b", "/e"]));
        assert_eq!(kinds(&report.skips), [("/c", Kind::NoIndex)]);
        assert_eq!(origin.requests_of("/a") + origin.requests_of("/d"), 0);
        // Without --follow a page is a page.
        let sources =
            [Source::Url(origin.url_of("/c").parse().expect("it is a URL"))];
        assert_eq!(run_all(plan(8), sources.to_vec()).1.documents, 1);
    });
}

#[test]
fn a_server_says_the_same_in_a_header() {
    within(PATIENT, || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url =
            format!("http://{}/", listener.local_addr().expect("it is bound"));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("it is accepted");
                let mut request = String::new();
                let mut lines = BufReader::new(&stream);
                while lines.read_line(&mut request).expect("a line") > 2 {}
                let (header, body) = match request
                    .split(' ')
                    .nth(1)
                    .expect("it has a path")
                {
                    "/" => (
                        "X-Robots-Tag: noarchive",
                        "<a href=a>a</a> <a href=b>b</a>",
                    ),
                    "/a" => (
                        "X-Robots-Tag: otherbot: none\r\nx-robots-tag: noindex",
                        "<a href=c>",
                    ),
                    "/b" => ("X-Robots-Tag: Overlap: nofollow", "<a href=d>"),
                    "/c" => ("X: y", "c"),
                    path => (
                        "X: y",
                        if path == "/robots.txt" {
                            ""
                        } else {
                            "nofollow leads here"
                        },
                    ),
                };
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
                let length = body.len();
                write!(&stream, "{head}\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}")
                    .expect("the client reads it");
            }
        });
        let (index, report) = crawl(9, std::slice::from_ref(&url));
        let found: Vec<&str> =
            index.documents().iter().map(|it| &it.url()[url.len()..]).collect();
        assert_eq!(found, ["", "b", "c"]);
        assert_eq!(kinds(&report.skips), [("/a", Kind::NoIndex)]);
    });
}

#[test]
fn a_base_moves_the_links_of_its_page() {
    within(PATIENT, || {
        let origin = serve([
            ("/docs/", "<base href='/v2/'><a href=page>page</a>"),
            ("/docs/page", "the base was not heard"),
            ("/v2/page", "here"),
        ]);
        let (index, _) = crawl(1, &[origin.url_of("/docs/")]);
        assert_eq!(indexed(&index, &origin), paths(["/docs/", "/v2/page"]));
        assert_eq!(origin.requests_of("/docs/page"), 0);
    });
}

#[test]
fn a_page_behind_redirects_counts_once_and_under_its_own_name() {
    within(PATIENT, || {
        let home = "<a href=old>old</a> <a href=older>older</a> <a href=new>new</a> <a href=dir>d</a>";
        let site = Site::pages([
            ("/", home),
            ("/old", ""),
            ("/older", ""),
            ("/new", "<a href=far>far</a>"),
            ("/dir/", "with its slash"),
            ("/far", "a redirect is no link: this is two away"),
        ]);
        let origin = start(
            Origin::serve(site)
                .fault("/old", Fault::RedirectTo("/new#now".into()))
                .fault("/older", Fault::RedirectTo("/old".into())),
        );
        let (index, report) = crawl(2, &[origin.url_of("/")]);
        assert_eq!(
            indexed(&index, &origin),
            paths(["/", "/new", "/dir/", "/far"])
        );
        let follow = report.follow.expect("links were followed");
        assert_eq!((follow.pages, follow.redirects), (7, 3));
        assert_eq!((report.failed, report.skipped), (0, 0));
        for path in ["/", "/old", "/older", "/new", "/dir", "/dir/", "/far"] {
            assert_eq!(origin.requests_of(path), 1, "{path}");
        }
    });
}

#[test]
fn redirects_without_an_end_are_failures() {
    within(PATIENT, || {
        let home = "<a href=me>me</a> <a href=a>a</a> <a href=in>in</a> <a href=chain>chain</a>";
        let site = Site::pages(
            ["/", "/me", "/a", "/b", "/in", "/chain"].map(|path| (path, home)),
        );
        let to = |path: &str| Fault::RedirectTo(path.into());
        let origin = start(
            Origin::serve(site)
                .fault("/me", to("/me"))
                .fault("/a", to("/b"))
                .fault("/b", to("/a"))
                .fault("/in", to("/a"))
                .fault("/chain", Fault::RedirectChain(30)),
        );
        let (index, report) = crawl(1, &[origin.url_of("/")]);
        assert_eq!(indexed(&index, &origin), paths(["/"]));
        let failures = kinds(&report.failures);
        let last = failures[2].0;
        assert!(last.starts_with("/chain?"), "{failures:?}");
        let expected =
            ["/a", "/b", last, "/me"].map(|path| (path, Kind::Redirect));
        assert_eq!(failures, expected);
        assert!(
            report.failures[2].detail.contains("more than 10"),
            "{:?}",
            report.failures[2]
        );
        for (path, requests) in
            [("/a", 1), ("/b", 1), ("/in", 1), ("/me", 1), ("/chain", 11)]
        {
            assert_eq!(origin.requests_of(path), requests, "{path}");
        }
    });
}

#[test]
fn only_text_is_followed_and_other_types_are_no_failures() {
    within(PATIENT, || {
        let site = Site::pages([
            ("/", "<a href=a.txt>a</a> <a href=logo>b</a> <a href=gone>c</a>"),
            ("/a.txt", "<a href=b>this is no HTML</a>"),
            ("/logo", "x"),
        ]);
        let origin = start(Origin::serve(site).fault("/logo", Fault::NotHtml));
        let (index, report) = crawl(5, &[origin.url_of("/")]);
        assert_eq!(indexed(&index, &origin), paths(["/", "/a.txt"]));
        assert_eq!(kinds(&report.skips), [("/logo", Kind::NotText)]);
        assert_eq!(kinds(&report.failures), [("/gone", Kind::Status)]);
        assert_eq!(origin.requests_of("/b"), 0);
    });
}

/// `index` with the origin's first page and these arguments.
fn index(folder: &Path, origin: &Origin, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chapter-06"));
    command
        .current_dir(folder)
        .args(["index", &origin.url_of("/generated/00000000.html")])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the binary was built for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn generated(pages: usize) -> Site {
    Site::generated(Generator {
        pages,
        words_per_page: 60,
        ..Generator::default()
    })
}

#[test]
fn an_endless_site_ends_at_the_bound_and_says_so() {
    within(PATIENT, || {
        // A million pages, all within twenty links.
        let origin = start(Origin::serve(generated(1_000_000)));
        let folder = tempfile::tempdir().expect("a folder for the test");
        let bounded = ["--follow", "1000", "--max-pages", "120"];
        let json = output(
            index(folder.path(), &origin, &bounded).args(["--format", "json"]),
        );
        assert_eq!(json.status.code(), Some(0), "{}", text(&json.stderr));
        let report: serde_json::Value = serde_json::from_slice(&json.stdout)
            .expect("the report is JSON, and nothing else");
        assert_eq!(
            (&report["documents"], &report["follow"]["pages"]),
            (&120.into(), &120.into())
        );
        assert_eq!(report["follow"]["truncated"], true);
        assert_eq!(origin.counts().requests, 121);

        let table =
            text(&output(&mut index(folder.path(), &origin, &bounded)).stdout);
        assert!(table.contains("120 pages up to 1000 links away"), "{table}");
        assert!(
            table.contains("more than these 120 pages (see --max-pages)"),
            "{table}"
        );

        // The same pages whoever answers first.
        let rows = |concurrency: &str| {
            let rows = [
                "--format",
                "csv",
                "--concurrency",
                concurrency,
                "--per-host",
                "64",
            ];
            text(
                &output(index(folder.path(), &origin, &bounded).args(rows))
                    .stdout,
            )
        };
        let expected = rows("1");
        assert_eq!(expected.lines().count(), 121);
        assert_eq!(rows("64"), expected);
    });
}

#[test]
fn the_exit_code_tells_a_refused_site_from_a_refused_page() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let code = |robots: &str, faults: &[(&str, Fault)]| {
            let robots = Site::pages([("/robots.txt", robots.to_owned())]);
            let mut server = Origin::serve(robots.and(generated(7)));
            for (path, fault) in faults {
                server = server.fault(path, fault.clone());
            }
            let origin = start(server);
            let output =
                output(&mut index(folder.path(), &origin, &["--follow", "9"]));
            (output.status.code(), text(&output.stdout))
        };
        let (ok, table) =
            code("User-agent: *\nDisallow: /generated/00000003\n", &[]);
        assert_eq!(ok, Some(0), "{table}");
        assert!(table.contains("skipped, robots: 1\n"), "{table}");
        let (refused, table) = code("User-agent: *\nDisallow: /\n", &[]);
        assert_eq!(refused, Some(1), "{table}");
        let (broken, table) =
            code("", &[("/generated/00000003.html", Fault::NotFound)]);
        assert_eq!(broken, Some(1), "{table}");
        let (down, table) = code("", &[("/robots.txt", Fault::Status(500))]);
        assert_eq!(down, Some(1), "{table}");
        assert!(table.contains("no answer to robots.txt: 500"), "{table}");
    });
}

#[test]
fn a_crawl_that_is_killed_again_and_again_ends_with_the_same_bytes() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let robots = Site::pages([(
            "/robots.txt",
            "User-agent: *\nDisallow: /generated/00000017".to_owned(),
        )]);
        let page = |nth: usize| format!("/generated/{nth:08}.html");
        let origin = start(
            Origin::serve(robots.and(generated(150)))
                .latency(Duration::from_millis(2))
                .fault(&page(20), Fault::NotFound)
                .fault(&page(31), Fault::RedirectTo(page(32)))
                .fault(
                    &page(40),
                    Fault::RedirectTo("https://elsewhere.example/".into()),
                ),
        );
        let run = |state: &str, save: &str| {
            let rows = [
                "--follow",
                "5",
                "--format",
                "csv",
                "--retries",
                "0",
                "--save",
                save,
            ];
            let mut command = index(folder.path(), &origin, &rows);
            command.args(["--concurrency", "8", "--state", state]);
            command
        };
        let whole = output(&mut run("whole", "whole.overlap"));
        assert_eq!(whole.status.code(), Some(1), "{}", text(&whole.stderr));
        assert!(
            text(&whole.stdout).lines().count() > 80,
            "{}",
            text(&whole.stdout)
        );
        let documents = origin.counts().requests;

        let mut asked = documents;
        for nth in [2, 12, 30, 31] {
            let mut child = run("state", "again.overlap")
                .spawn()
                .expect("the binary was built");
            while origin.counts().requests < asked + nth {
                if child.try_wait().expect("the child can be asked").is_some() {
                    break;
                }
                thread::yield_now();
            }
            child.kill().expect("the child can be killed");
            child.wait().expect("it is dead");
            asked = origin.counts().requests;
        }
        let last = output(&mut run("state", "again.overlap"));
        assert_eq!(last.status.code(), Some(1), "{}", text(&last.stderr));
        assert!(
            text(&last.stderr).contains("documents are done"),
            "{}",
            text(&last.stderr)
        );
        assert_eq!(text(&last.stdout), text(&whole.stdout));
        let read =
            |name| fs::read(folder.path().join(name)).expect("it was saved");
        assert!(
            read("again.overlap") == read("whole.overlap"),
            "the index differs"
        );
        // Each kill loses what was in flight at most, and robots.txt is asked
        // for anew.
        let twice = origin.counts().requests - 2 * documents;
        assert!(twice <= 4 * (8 + 1), "{twice} pages were fetched twice");

        let asked = origin.counts().requests;
        let nothing = output(&mut run("state", "again.overlap"));
        assert_eq!(text(&nothing.stdout), text(&whole.stdout));
        assert_eq!(
            origin.counts().requests,
            asked,
            "all is done: nobody was asked"
        );

        let deeper = output(&mut index(
            folder.path(),
            &origin,
            &["--follow", "6", "--state", "state"],
        ));
        assert_eq!(deeper.status.code(), Some(2));
        let error = text(&deeper.stderr);
        assert!(
            error.contains("begun with --follow 5 and not with --follow 6"),
            "{error}"
        );
    });
}

#[test]
fn a_larger_bound_goes_on_where_the_smaller_one_ended() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let origin = start(Origin::serve(generated(200)));
        let run = |pages: &str, state: &str| {
            let rows =
                ["--follow", "9", "--format", "csv", "--max-pages", pages];
            text(
                &output(
                    index(folder.path(), &origin, &rows)
                        .args(["--state", state]),
                )
                .stdout,
            )
        };
        let whole = run("150", "whole");
        assert_eq!(run("40", "state").lines().count(), 41);
        let before = origin.counts().requests;
        assert_eq!(run("150", "state"), whole);
        assert_eq!(
            origin.counts().requests - before,
            110 + 1,
            "robots.txt and what was missing"
        );
    });
}

#[test]
fn to_follow_needs_a_url() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::write(folder.path().join("a.html"), "<a href=b.html>b</a>")
            .expect("it can be written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_chapter-06"));
        let output = output(
            command
                .args(["index", "a.html", "--follow", "1"])
                .current_dir(folder.path()),
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("--follow needs a URL"),
            "{}",
            text(&output.stderr)
        );
    });
}

#[test]
#[cfg(unix)]
fn a_stopped_crawl_tells_what_it_did_and_what_it_had_found() {
    within(PATIENT, || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let page = |nth: usize| format!("/generated/{nth:08}.html");
        let origin =
            start(Origin::serve(generated(40)).fault(&page(2), Fault::Hang));
        let arguments =
            ["--follow", "9", "--format", "json", "--timeout", "10m"];
        let child = index(folder.path(), &origin, &arguments)
            .spawn()
            .expect("the binary was built");
        // All that the first page leads to has been read, but for the one that
        // hangs.
        while origin.requests_of(&page(2)) == 0 || origin.counts().in_flight > 1
        {
            thread::yield_now();
        }
        let interrupt = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(interrupt.expect("kill can be run").success());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        let report: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let sum: u64 = ["documents", "failed", "skipped", "unfinished"]
            .iter()
            .filter_map(|name| report[name].as_u64())
            .sum();
        assert_eq!(report["follow"]["pages"], sum, "{report}");
        assert!(
            report["unfinished"].as_u64() > Some(1),
            "what was found counts: {report}"
        );
    });
}
