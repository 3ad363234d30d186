use super::super::Builder;
use super::super::snippet::LONGEST;
use super::*;
use crate::program::body::MediaType;
use crate::program::digest::digest;
use crate::program::digest::words::words;
use crate::program::printable::printable;
use proptest::prelude::*;

fn index(pages: &[&str]) -> Index {
    let builder = Builder::new();
    for (nth, text) in pages.iter().enumerate() {
        let digest = digest(text.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        builder.add(
            &format!("http://example/{nth}"),
            text.len() as u64,
            digest,
        );
    }
    builder.finish()
}

fn urls<'a>(index: &'a Index, query: &str) -> Vec<&'a str> {
    let query = Query::parse(query).expect("the test's query has words");
    index.search(&query, 10).hits.iter().map(|hit| hit.document.url()).collect()
}

#[test]
fn several_words_mean_all_of_them() {
    let index = index(&["<p>send and sync", "<p>send", "<p>sync"]);
    assert_eq!(urls(&index, "send sync"), ["http://example/0"]);
    assert_eq!(urls(&index, "send absent"), [""; 0]);
}

#[test]
fn quotes_mean_a_phrase() {
    let index = index(&[
        "<p>race of data",
        "<p>a data race here",
        "<title>data</title><p>race",
    ]);
    assert_eq!(urls(&index, "\"data race\""), ["http://example/1"]);
}

#[test]
fn what_is_left_out_is_in_no_hit() {
    let index = index(&[
        "<p>send data race",
        "<p>send race data",
        "<title>Sync</title><p>send",
        "<p>hashing send",
    ]);
    for (query, expected) in [
        ("send -race", &[2, 3][..]),
        ("send -\"data race\"", &[1, 2, 3]),
        ("send -sync -hash*", &[0, 1]),
        ("send -absent", &[0, 1, 2, 3]),
        // As many of the words as there are, without what is left out.
        ("race hashing -data", &[3]),
    ] {
        let mut found = urls(&index, query);
        found.sort_unstable();
        let expected: Vec<String> = expected
            .iter()
            .map(|nth| format!("http://example/{nth}"))
            .collect();
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn more_often_in_fewer_words_comes_first() {
    let long = format!("<p>lock {}", "word ".repeat(200));
    let index = index(&[&long, "<p>lock and lock", "<p>lock and key"]);
    assert_eq!(
        urls(&index, "lock"),
        ["http://example/1", "http://example/2", "http://example/0"]
    );
}

#[test]
fn the_snippet_highlights_what_matched() {
    let text = format!(
        "<p>{}a <b>Data</b>\n race! {}",
        "before ".repeat(400),
        "after ".repeat(400)
    );
    let index = index(&[&text]);
    let query =
        Query::parse("\"data race\" after").expect("the query has words");
    let found = index.search(&query, 1);
    let hit = &found.hits[0];
    let marked: Vec<&str> = hit
        .highlights
        .iter()
        .map(|range| &hit.snippet[range.clone()])
        .collect();
    assert_eq!(&marked[..3], ["Data", "race", "after"]);
    assert!(hit.snippet.starts_with("…before"), "{}", hit.snippet);
    assert!(hit.snippet.contains("a Data race! after"), "{}", hit.snippet);
}

#[test]
fn a_snippet_says_nothing_to_the_terminal() {
    let index = index(&["<p>evil \u{1b}]0;owned\u{7} text"]);
    let query = Query::parse("text").expect("the query has a word");
    assert!(
        !index.search(&query, 1).hits[0].snippet.contains(char::is_control)
    );
    // To Unicode, what turns the text around is part of the word it stands in.
    let index = self::index(&["<p>some te\u{202e}xt"]);
    let query = Query::parse("some").expect("the query has a word");
    assert_eq!(index.search(&query, 1).hits[0].snippet, "some te xt");
}

#[test]
fn a_snippet_has_an_end_whatever_the_text() {
    let (long, line) = ("a".repeat(100_000), "=".repeat(100_000));
    let index = index(&[&format!("<p>key {line} {long} end {line}")]);
    let query = Query::parse("key").expect("the query has a word");
    let found = index.search(&query, 1);
    let (long, line) = (&long[..LONGEST], &line[..LONGEST - 1]);
    assert_eq!(found.hits[0].snippet, format!("key {line}…{long}…end…"));
}

fn found<'a>(index: &'a Index, query: &str) -> SearchResults<'a> {
    index.search(&Query::parse(query).expect("the query has words"), 10)
}

/// Two pages as rustdoc writes them, one as mdBook does, and a list of links.
fn documentation() -> Index {
    let builder = Builder::new();
    for (path, html) in [
        (
            "std/mem/fn.swap.html",
            "<title>swap in std::mem</title><h1>Function swap</h1><p>Swaps two.",
        ),
        (
            "std/vec/struct.Vec.html",
            "<title>Vec in std::vec</title><h1>Struct Vec</h1><p>A growable array.\
             <section id=method.from-1><h4>fn from(s: &str) -> Vec</h4></section><p>Allocates.\
             <section id=method.from><h4>fn from(s: [T]) -> Vec</h4></section><p>Allocates, too.\
             <section id=method.push><span>1.0.0</span><h4>pub fn push(&mut self)</h4></section>\
             <div>Appends an element.</div><h2 id=panics>Panics</h2><p>If it is too large.",
        ),
        (
            "std/macro.vec.html",
            "<title>vec in std</title><h1>Macro vec</h1><p>Makes a Vec of a list.",
        ),
        (
            "book/ch08-01-vectors.html",
            "<html lang=en><title>Vectors</title><h1>Vectors</h1><p>To swap two elements of a Vec, \
             push one.",
        ),
        (
            "book/es/ch08-01-vectors.html",
            "<html lang=es><title>Vectores</title><h1>Vectores</h1><p>Para elementos de un Vec.",
        ),
        (
            "std/all.html",
            "<title>List of all items</title><a href=x>mem::swap</a> <a href=y>vec::Vec</a>",
        ),
    ] {
        let digest = digest(html.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        builder.add(&format!("http://docs/{path}"), 1, digest);
    }
    builder.finish()
}

fn first(index: &Index, query: &str) -> String {
    let found = found(index, query);
    let url = found.hits.first().map(Hit::url).unwrap_or_default();
    url.trim_start_matches("http://docs/").to_owned()
}

#[test]
fn a_path_leads_to_its_page_and_its_section() {
    let index = documentation();
    for (query, url) in [
        ("std::mem::swap", "std/mem/fn.swap.html"),
        ("mem::swap()", "std/mem/fn.swap.html"),
        ("std::vec::Vec", "std/vec/struct.Vec.html"),
        ("Vec::push", "std/vec/struct.Vec.html#method.push"),
        ("Vec<T>::push", "std/vec/struct.Vec.html#method.push"),
        ("std::vec::Vec::push", "std/vec/struct.Vec.html#method.push"),
        ("Vec::from", "std/vec/struct.Vec.html#method.from"),
        ("vec!", "std/macro.vec.html"),
        ("swap", "std/mem/fn.swap.html"),
    ] {
        assert_eq!(first(&index, query), url, "{query}");
        assert_eq!(found(&index, query).relaxed, None, "{query}");
    }
    let hits = found(&index, "Vec::push").hits;
    let section = hits[0].section.as_ref().expect("it has an anchor");
    assert_eq!(section.heading, "pub fn push(&mut self)");
    assert!(
        hits[0].snippet.starts_with("…Appends an element."),
        "{}",
        hits[0].snippet
    );
}

#[test]
fn a_hit_names_the_heading_it_stands_under() {
    let index = documentation();
    assert_eq!(first(&index, "large"), "std/vec/struct.Vec.html#panics");
    assert_eq!(
        first(&index, "growable"),
        "std/vec/struct.Vec.html",
        "above all sections"
    );
}

#[test]
fn what_stands_together_nowhere_is_looked_for_apart_and_then_in_part() {
    let index = documentation();
    let relaxed = |query| found(&index, query).relaxed;
    assert_eq!(relaxed("\"two elements\""), None);
    assert_eq!(relaxed("\"elements two\""), Some(Relaxed::Apart));
    assert_eq!(first(&index, "\"elements two\""), "book/ch08-01-vectors.html");
    assert_eq!(relaxed("growable macro list"), Some(Relaxed::Some));
    assert_eq!(
        first(&index, "growable macro list"),
        "std/macro.vec.html",
        "it has two of three"
    );
    assert_eq!(
        (relaxed("growable pelican"), found(&index, "growable pelican").total),
        (None, 0)
    );
}

#[test]
fn a_beginning_stands_for_every_word_that_begins_so() {
    let index = documentation();
    assert_eq!(first(&index, "grow*"), "std/vec/struct.Vec.html");
    assert_eq!(found(&index, "vector*").total, 2);
    assert_eq!(found(&index, "pel*").total, 0);
    let snippet = &found(&index, "elem* append*").hits[0].snippet;
    assert!(snippet.contains("element"), "{snippet}");
}

#[test]
fn a_beginning_of_very_many_words_finds_all_of_them() {
    let pages: Vec<String> =
        (100..300).map(|nth| format!("<p>hash{nth} common{nth}")).collect();
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    let index = index(&pages);
    for query in ["hash*", "hash* common*", "hash164* hash*", "hash1* hash*"] {
        let found = found(&index, query);
        let expected = match query {
            "hash164* hash*" => 1,
            "hash1* hash*" => 100,
            _ => 200,
        };
        assert_eq!((found.total, found.relaxed), (expected, None), "{query}");
    }
}

#[test]
fn a_beginning_that_is_cut_says_so() {
    let index = index(&["<p>hash1 hash2", "<p>hash2 hash3", "<p>hash4"]);
    let query = Query::parse("hash*").expect("the query has a word");
    let counts = Counts::default();
    let mut lookup = Lookup::new(&index, &query, &counts);
    assert_eq!(lookup.terms("hash", Kind::Beginning).len(), 4);
    assert!(!counts.is_cut.get());
    lookup.bound(1);
    assert_eq!(
        lookup.terms("hash", Kind::Beginning).len(),
        1,
        "the most frequent one"
    );
    assert!(counts.is_cut.get());
}

#[test]
fn words_that_are_nowhere_are_named() {
    let index = index(&["<p>send and sync"]);
    let unknown = |query| {
        index.unknown_words(&Query::parse(query).expect("it has words"))
    };
    assert_eq!(unknown("send zzzzq"), ["zzzzq"]);
    assert_eq!(unknown("\"sync qx\" vx*"), ["qx", "vx"]);
    assert_eq!(unknown("send sync"), [""; 0]);
}

#[test]
fn of_equal_pages_the_readers_language_and_the_nearer_one_come_first() {
    let index = documentation();
    let best = |language| {
        let query = Query::parse("Vec ch08")
            .expect("it has words")
            .in_language(language);
        index.search(&query, 1).hits[0].document.url().to_owned()
    };
    assert_eq!(best("en-US"), "http://docs/book/ch08-01-vectors.html");
    assert_eq!(best("es"), "http://docs/book/es/ch08-01-vectors.html");
    let pages = ["<p>the same page of some words"; 3];
    let builder = Builder::new();
    for (path, page) in ["a/b/c/page", "a/page", "z/page"].iter().zip(pages) {
        let digest = digest(page.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        builder.add(&format!("http://docs/{path}"), 1, digest);
    }
    let index = builder.finish();
    let urls = urls(&index, "words");
    assert_eq!(
        urls,
        ["http://docs/a/page", "http://docs/z/page", "http://docs/a/b/c/page"]
    );
}

#[test]
fn a_list_of_links_comes_after_the_page() {
    let index = documentation();
    let urls = urls(&index, "mem swap");
    let nth = |end| urls.iter().position(|url| url.ends_with(end));
    assert!(nth("std/mem/fn.swap.html") < nth("std/all.html"), "{urls:?}");
}

proptest! {
    #[test]
    fn a_snippet_is_a_line_and_highlights_what_matched(
        text in "[ab,.\n\u{1b}\u{202e}\u{2028}\u{2067}\u{301}\u{2019}é ]{0,80}|\\PC{0,80}"
    ) {
        let index = index(&[&format!("<p>a {text}")]);
        let query = Query::parse("a").expect("the query has a word");
        let found = index.search(&query, 1);
        let Hit { snippet, highlights, .. } = &found.hits[0];
        prop_assert_eq!(&printable(snippet), snippet);
        prop_assert!(highlights.is_sorted_by_key(|range| range.start) && !highlights.is_empty());
        for range in highlights {
            // Some letters stand for an `a`, such as the ordinal indicator.
            let lit: Vec<String> = words(&snippet[range.clone()])
                .map(|word| word.fold(&mut String::new()).to_owned())
                .collect();
            prop_assert_eq!(lit, ["a"]);
        }
    }
}
