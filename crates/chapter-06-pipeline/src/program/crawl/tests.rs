use super::*;
use rayon::prelude::*;

fn begin(depth: u32, max_pages: usize, urls: &[&str]) -> (Crawl, Vec<String>) {
    let sources = urls
        .iter()
        .map(|url| Source::Url(url.parse().expect("it is a URL")))
        .collect();
    let (crawl, round) = Crawl::begin(Follow { depth, max_pages }, 2, sources);
    (crawl, round.iter().map(ToString::to_string).collect())
}

fn next(crawl: &Crawl) -> Vec<String> {
    crawl.next().iter().map(ToString::to_string).collect()
}

fn found(
    crawl: &Crawl,
    page: &str,
    base: Option<&str>,
    hrefs: &[&str],
) -> Vec<String> {
    let links = Links {
        base: base.map(str::to_owned),
        hrefs: hrefs.iter().map(|&href| href.to_owned()).collect(),
        ..Links::default()
    };
    crawl.links(page, &links)
}

#[test]
fn links_are_relative_to_the_base_and_stay_on_the_hosts() {
    let (crawl, _) = begin(1, 100, &["http://a/x/", "https://b:8443/"]);
    let hrefs = [
        "y",
        "./y",
        "../x/y",
        "/z",
        "//a/z",
        "http://a:80/z",
        "https://a/z",
        "http://b:8443/",
        "https://b:8443/c",
        "mailto:x@a",
        "javascript:void(0)",
        "",
    ];
    assert_eq!(
        found(&crawl, "http://a/x/", None, &hrefs),
        ["http://a/x/y", "http://a/z", "https://b:8443/c"]
    );
    assert_eq!(
        found(&crawl, "http://a/x/", Some("/w/"), &["y", ""]),
        ["http://a/w/", "http://a/w/y"]
    );
    assert!(
        found(&crawl, "http://a/x/", Some("http://elsewhere/"), &["y"])
            .is_empty()
    );
    assert_eq!(
        found(&crawl, "http://a/x/", Some("data:,x"), &["y"]),
        ["http://a/x/y"]
    );
    let long = "a".repeat(LONGEST_URL);
    assert!(found(&crawl, "http://a/x/", None, &[&long]).is_empty());
}

#[test]
fn a_page_is_in_one_round_and_no_round_is_too_far() {
    let (crawl, first) = begin(2, 100, &["http://a/", "http://a:80/#x"]);
    assert_eq!(first, ["http://a/"]);
    for expected in ["http://a/1", "http://a/2"] {
        let links =
            found(&crawl, "http://a/", None, &["/", "1", "1", expected]);
        crawl.add(&links);
        assert_eq!(next(&crawl), [expected]);
    }
    assert!(found(&crawl, "http://a/2", None, &["3"]).is_empty());
    assert!(next(&crawl).is_empty());
}

#[test]
fn the_password_of_a_site_is_used_on_its_pages_and_on_no_other() {
    let (crawl, _) = begin(1, 100, &["http://me:secret@a/", "http://b/"]);
    crawl.add(&found(
        &crawl,
        "http://a/",
        None,
        &["/1", "http://you:guess@b/2"],
    ));
    let passwords: Vec<_> = crawl
        .next()
        .iter()
        .map(|source| match source {
            Source::Url(url) => {
                (source.to_string(), url.password().map(str::to_owned))
            }
            Source::File(_) => unreachable!("no file was given"),
        })
        .collect();
    let secret = Some("secret".to_owned());
    assert_eq!(
        passwords,
        [("http://a/1".into(), secret), ("http://b/2".into(), None)]
    );
}

#[test]
fn a_redirect_has_a_round_between_and_its_target_its_distance() {
    let (crawl, _) = begin(1, 100, &["http://a/"]);
    crawl.add(&["http://a/next".to_owned()]);
    assert_eq!(crawl.redirect("http://a/", "http://a/1#x"), Ok(()));
    assert_eq!(next(&crawl), ["http://a/1"]);
    assert_eq!(crawl.redirect("http://a/1", "http://a/2"), Ok(()));
    assert_eq!(next(&crawl), ["http://a/2"]);
    let (kind, detail) =
        crawl.redirect("http://a/2", "http://a/3").expect_err("two are enough");
    assert_eq!((kind, &*detail), (Kind::Redirect, "more than 2 redirects"));
    let (kind, _) = crawl
        .redirect("http://a/2", "http://b/")
        .expect_err("it is another host");
    assert_eq!(kind, Kind::OffHost);
    assert_eq!(
        found(&crawl, "http://a/2", None, &["far", "1"]),
        ["http://a/far"]
    );
    assert_eq!(next(&crawl), ["http://a/next"]);
    assert!(crawl.redirect_loops().is_empty());
}

#[test]
fn a_circle_of_redirects_is_found_whoever_leads_into_it() {
    let urls = [
        "http://a/in",
        "http://a/x",
        "http://a/y",
        "http://a/z",
        "http://a/me",
    ];
    let (crawl, _) = begin(0, 100, &urls);
    for (from, to) in
        [("in", "x"), ("x", "y"), ("y", "x"), ("z", "page"), ("me", "me")]
    {
        let url = |path| format!("http://a/{path}");
        assert_eq!(crawl.redirect(&url(from), &url(to)), Ok(()));
    }
    let redirect_loops: Vec<_> =
        crawl.redirect_loops().into_iter().map(|failure| failure.url).collect();
    assert_eq!(
        redirect_loops,
        ["http://a/x", "http://a/y", "http://a/me"].map(String::from)
    );
}

#[test]
fn the_bound_keeps_the_first_by_name_whoever_found_them() {
    let all: Vec<String> =
        (0..30_000).map(|nth| format!("http://a/{nth:05}")).collect();
    for room in [0, 1, 700] {
        let (crawl, _) = begin(1, room + 1, &["http://a/"]);
        // Backwards, from many threads: the first by name come last.
        all.par_chunks(100).rev().for_each(|chunk| crawl.add(chunk));
        let kept = crawl.linked.urls.len();
        assert!(
            kept <= 2 * room + frontier::SLACK,
            "{kept} pages are kept for {room}"
        );
        assert_eq!(next(&crawl), &all[..room]);
        assert!(crawl.report(0, 0).truncated);
    }
}

#[test]
fn what_fits_is_not_called_truncated() {
    let (crawl, _) = begin(1, 3, &["http://a/"]);
    crawl.add(
        &["http://a/1", "http://a/2", "http://a/1", "http://a/"]
            .map(String::from),
    );
    assert_eq!(next(&crawl).len(), 2);
    assert!(!crawl.report(0, 0).truncated);
}

#[test]
fn a_page_is_asked_for_as_it_is_written_and_known_by_its_name() {
    let (crawl, first) = begin(1, 100, &["http://a/%7Eme", "http://a/~me"]);
    assert_eq!(first, ["http://a/~me"], "somebody wrote its name");
    let hrefs = ["/a%2cb", "/a%2Cb", "/%61", "/%7Eme", "/b%2cd"];
    let expected = ["http://a/%61", "http://a/a%2Cb", "http://a/b%2cd"];
    let links = found(&crawl, "http://a/", None, &hrefs);
    assert_eq!(links, expected);
    crawl.add(&links);
    let round = crawl.next();
    assert_eq!(
        round.iter().map(ToString::to_string).collect::<Vec<_>>(),
        expected
    );
    let names: Vec<_> = round.iter().map(|source| crawl.name(source)).collect();
    assert_eq!(names, ["http://a/a", "http://a/a%2Cb", "http://a/b%2Cd"]);
}

#[test]
fn a_redirect_to_another_form_of_the_same_name_is_another_page() {
    let (crawl, _) = begin(0, 100, &["http://a/%7Eme/a%2C1"]);
    // The first is known by its name, which is the second's form.
    assert_eq!(
        crawl.redirect("http://a/~me/a%2C1", "http://a/~me/a%2C1"),
        Ok(())
    );
    assert_eq!(next(&crawl), ["http://a/~me/a%2C1"]);
    assert!(crawl.redirect_loops().is_empty());
    assert_eq!(
        crawl.redirect("http://a/~me/a%2C1", "http://a/%7Eme/a%2C1"),
        Ok(())
    );
    assert_eq!(next(&crawl), ["http://a/%7Eme/a%2C1"]);
    assert_eq!(
        crawl.redirect("http://a/%7Eme/a%2C1", "http://a/~me/a%2C1"),
        Ok(())
    );
    assert!(next(&crawl).is_empty());
    assert_eq!(crawl.redirect_loops().len(), 2);
}

#[test]
fn the_query_of_a_link_is_in_the_encoding_of_its_page() {
    let (crawl, _) = begin(1, 100, &["http://a/"]);
    let links = Links {
        hrefs: ["/ä?q=ä€я".to_owned()].into(),
        encoding: encoding_rs::WINDOWS_1252,
        ..Links::default()
    };
    let expected = "http://a/%C3%A4?q=%E4%80%26%231103%3B";
    assert_eq!(crawl.links("http://a/", &links), [expected]);
}
