use super::super::Builder;
use super::*;
use crate::program::body::MediaType;
use crate::program::digest::digest;
use proptest::prelude::*;

fn index(pages: &[&str]) -> Index {
    let builder = Builder::new();
    for (nth, text) in pages.iter().enumerate() {
        let digest = digest(text.as_bytes(), MediaType::Html, None).expect("it is a page");
        builder.add(&format!("http://example/{nth}"), text.len() as u64, digest);
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
    let index = index(&["<p>race of data", "<p>a data race here", "<title>data</title><p>race"]);
    assert_eq!(urls(&index, "\"data race\""), ["http://example/1"]);
}

#[test]
fn more_often_in_fewer_words_comes_first() {
    let long = format!("<p>lock {}", "word ".repeat(200));
    let index = index(&[&long, "<p>lock and lock", "<p>lock and key"]);
    assert_eq!(urls(&index, "lock"), ["http://example/1", "http://example/2", "http://example/0"]);
}

#[test]
fn the_snippet_highlights_what_matched() {
    let text =
        format!("<p>{}a <b>Data</b>\n race! {}", "before ".repeat(400), "after ".repeat(400));
    let index = index(&[&text]);
    let query = Query::parse("\"data race\" after").expect("the query has words");
    let found = index.search(&query, 1);
    let hit = &found.hits[0];
    let marked: Vec<&str> =
        hit.highlights.iter().map(|range| &hit.snippet[range.clone()]).collect();
    assert_eq!(&marked[..3], ["Data", "race", "after"]);
    assert!(hit.snippet.starts_with("…before"), "{}", hit.snippet);
    assert!(hit.snippet.contains("a Data race! after"), "{}", hit.snippet);
}

#[test]
fn a_snippet_says_nothing_to_the_terminal() {
    let index = index(&["<p>evil \u{1b}]0;owned\u{7} text"]);
    let query = Query::parse("text").expect("the query has a word");
    assert!(!index.search(&query, 1).hits[0].snippet.contains(char::is_control));
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
