//! Pages, and what every server has.

use std::io::Read;

use origin::{Fault, Generator, Origin, Site};

use crate::raw::{ask, connect, get, request};

fn small() -> Site {
    Site::pages([
        ("/index.html", "<h1>Front</h1>"),
        ("/guide/index.html", "<h1>Guide</h1>"),
        ("/guide/a b.html", "<h1>Space</h1>"),
        ("/about", "<h1>About</h1>"),
        ("/style.css", "h1 {}"),
    ])
}

fn start(site: Site) -> Origin {
    Origin::serve(site).start().expect("loopback")
}

#[test]
fn every_page_arrives_as_it_is_on_the_site() {
    let site = small()
        .and(Site::generated(Generator { pages: 30, ..Generator::default() }));
    let origin = start(site.clone());
    let mut bytes = 0;
    for path in site.paths() {
        let answer = get(&origin, &path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(
            Some(&answer.body[..]),
            site.page(&path).as_deref(),
            "{path}"
        );
        bytes += answer.body.len() as u64;
    }
    assert_eq!(site.paths().len(), 34);
    assert_eq!(origin.counts().bytes, bytes);
}

#[test]
fn urls_are_those_of_the_pages_and_nothing_else() {
    let origin = start(small());
    let pages =
        ["/about", "/guide/a%20b.html", "/guide/index.html", "/index.html"];
    assert_eq!(origin.site().paths(), pages);
    assert_eq!(origin.urls(), pages.map(|path| origin.url() + path));
    assert_eq!(origin.url_of("/guide/a b.html"), origin.urls()[1]);
    assert!(origin.address().ip().is_loopback());
}

#[test]
fn head_and_body_of_a_page_come_in_one_write() {
    let origin = start(small());
    let mut stream = connect(&origin);
    ask(&mut stream, "/index.html");
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).expect("a response");
    assert!(buffer[..read].ends_with(b"<h1>Front</h1>"));
}

#[test]
fn folders_have_an_index_and_a_slash() {
    let origin = start(small());
    assert_eq!(get(&origin, "/guide/").text(), "<h1>Guide</h1>");
    let moved = get(&origin, "/guide");
    assert_eq!(moved.status, 301);
    assert_eq!(
        moved.header("location"),
        Some(origin.url_of("/guide/").as_str())
    );
    assert_eq!(get(&origin, "/").text(), "<h1>Front</h1>");
    assert_eq!(get(&origin, "/nowhere").status, 404);
    assert_eq!(get(&origin, "/about/").status, 404);
}

#[test]
fn other_files_have_their_types_and_are_no_pages() {
    let origin = start(small());
    let css = get(&origin, "/style.css");
    assert_eq!(css.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(origin.site().page("/style.css"), None);
    assert_eq!(
        origin.site().page("/guide/").as_deref(),
        Some(&b"<h1>Guide</h1>"[..])
    );
}

#[test]
fn a_head_request_gets_the_head_alone() {
    let origin = Origin::serve(small())
        .fault("/about", Fault::Endless)
        .start()
        .expect("loopback");
    let answer = request(&origin, "HEAD", "/index.html", "");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-length"), Some("14"));
    assert_eq!(request(&origin, "HEAD", "/about", "").body.len(), 0);
    assert_eq!(origin.counts().bytes, 0);
}

#[test]
fn other_methods_are_not_allowed() {
    let origin = start(small());
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = request(&origin, method, "/index.html", "");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
    }
}

#[test]
fn the_sitemap_lists_every_page() {
    let origin = start(small());
    let answer = get(&origin, "/sitemap.xml");
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    let text = answer.text();
    let listed = text
        .split("<loc>")
        .skip(1)
        .filter_map(|rest| rest.split("</loc>").next());
    assert_eq!(listed.collect::<Vec<_>>(), origin.urls());
    assert!(
        get(&origin, "/robots.txt")
            .text()
            .contains(&origin.url_of("/sitemap.xml"))
    );
}

#[test]
fn a_site_brings_its_own_robots_and_sitemap() {
    let own = [
        ("/robots.txt", "User-agent: *\nDisallow: /\n"),
        ("/sitemap.xml", "<urlset/>"),
    ];
    let origin = start(Site::pages(own));
    for (path, text) in own {
        assert_eq!(get(&origin, path).text(), text);
    }
}

#[test]
fn a_site_without_a_front_page_gets_one_that_leads_on() {
    let origin = start(Site::generated(Generator::default()));
    let front = get(&origin, "/");
    assert_eq!(front.status, 200);
    assert!(
        front.text().contains("href=\"/generated/00000000.html\""),
        "{}",
        front.text()
    );
}

#[test]
fn gzip_is_sent_to_those_who_accept_it() {
    let site = Site::generated(Generator { pages: 1, ..Generator::default() });
    let path = &site.paths()[0];
    let page = site.page(path).expect("the first page");
    let origin =
        Origin::serve(site.clone()).gzip(true).start().expect("loopback");
    let packed = request(&origin, "GET", path, "Accept-Encoding: br, gzip\r\n");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() < page.len());
    let mut inflated = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..])
        .read_to_end(&mut inflated)
        .expect("valid gzip");
    assert_eq!(inflated, page);
    for headers in ["", "Accept-Encoding: gzip;q=0\r\n"] {
        let plain = request(&origin, "GET", path, headers);
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.header("vary"), Some("accept-encoding"));
        assert_eq!(plain.body, page);
    }
}

#[test]
fn latency_is_waited_for() {
    let latency = std::time::Duration::from_millis(50);
    let origin =
        Origin::serve(small()).latency(latency).start().expect("loopback");
    let start = std::time::Instant::now();
    get(&origin, "/about");
    // A lower bound, which no load on the machine can break.
    assert!(start.elapsed() >= latency);
}

#[test]
fn bandwidth_slows_a_page_down_and_leaves_it_whole() {
    let site = Site::pages([("/long.html", "x".repeat(30_000))]);
    let origin =
        Origin::serve(site).bandwidth(100_000).start().expect("loopback");
    let start = std::time::Instant::now();
    assert_eq!(get(&origin, "/long.html").body.len(), 30_000);
    // A slice of 10 ms at each end is free.
    assert!(start.elapsed().as_millis() >= 280, "{:?}", start.elapsed());
    assert_eq!(origin.counts().in_flight, 0);
}
