//! What people ask of the Rust documentation, and the pages that answer it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::digest;
use chapter_06_pipeline::program::index::{Builder, Index, Query};
use origin::{DEFAULT_RUST_DOCS, Site};
use rayon::prelude::*;

use crate::dear::dear;

/// Queries by group, each with the pages that answer it: one is among the first
/// three hits.
const QUERIES: &str = include_str!("../queries.txt");

/// The address that the documentation has in the index.
const AT: &str = "http://docs.example/";

/// The standard library's reference and the default set; `None` where it is not
/// installed.
fn documentation() -> Option<&'static Index> {
    static INDEX: OnceLock<Option<Index>> = OnceLock::new();
    let made = INDEX.get_or_init(|| {
        let folders: Vec<&str> =
            ["std"].into_iter().chain(DEFAULT_RUST_DOCS).collect();
        let site = match Site::rust_docs_of(&folders) {
            Ok(site) => site,
            Err(error) => {
                eprintln!(
                    "SKIPPED: the queries need the Rust documentation: {error}"
                );
                return None;
            }
        };
        let builder = Builder::new();
        site.paths().into_par_iter().for_each(|path| {
            let page = site.page(&path).expect("the site has its own pages");
            if let Ok(digest) = digest(&page, MediaType::Html, Some("utf-8")) {
                builder.add(
                    &format!("{AT}{}", path.trim_start_matches('/')),
                    0,
                    digest,
                );
            }
        });
        Some(builder.finish())
    });
    made.as_ref()
}

/// A query and the pages that answer it, some with an anchor.
struct Asked {
    text: &'static str,
    wanted: Vec<&'static str>,
}

fn groups() -> BTreeMap<&'static str, Vec<Asked>> {
    let mut groups: BTreeMap<&str, Vec<Asked>> = BTreeMap::new();
    let mut group = "";
    for line in QUERIES.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            group = name;
        } else if let Some((text, wanted)) = line.split_once('\t') {
            let asked = Asked { text, wanted: wanted.split(' ').collect() };
            groups.entry(group).or_default().push(asked);
        }
    }
    groups
}

/// Where the first page stands that answers a query, counted from 0, and
/// whether it is the section that was wanted.
fn place(index: &Index, asked: &Asked) -> Option<(usize, bool)> {
    let query =
        Query::parse(asked.text).expect("it has a word").in_language("en");
    let found = index.search(&query, 20);
    let urls: Vec<String> = found.hits.iter().map(|hit| hit.url()).collect();
    let page = |url: &str| url.split('#').next().unwrap_or_default().to_owned();
    let answers = |url: &String| {
        let path = url.strip_prefix(AT).expect("all pages are below it");
        asked.wanted.iter().any(|wanted| page(wanted) == page(path))
    };
    let nth = urls.iter().position(answers)?;
    let exact =
        asked.wanted.iter().any(|wanted| urls[nth] == format!("{AT}{wanted}"));
    Some((nth, exact))
}

#[test]
fn the_page_one_wants_is_in_the_first_three() {
    let Some(index) = documentation() else { return };
    let (mut all, mut first, mut top) = (0, 0, 0);
    let (mut missed, mut sections) = (Vec::new(), (0, 0));
    for (group, queries) in groups() {
        for asked in &queries {
            let place = place(index, asked);
            all += 1;
            first += usize::from(matches!(place, Some((0, _))));
            top += usize::from(matches!(place, Some((0..3, _))));
            if !matches!(place, Some((0..3, _))) {
                missed.push(format!("{group}: {}: {place:?}", asked.text));
            }
            if let (Some((_, exact)), "methods", true) =
                (place, group, asked.wanted[0].contains('#'))
            {
                sections = (sections.0 + usize::from(exact), sections.1 + 1);
            }
            let path = group == "paths" || group == "methods";
            assert!(
                !path || place.is_some(),
                "{} does not lead to {:?}",
                asked.text,
                asked.wanted
            );
        }
    }
    let shown = missed.join("\n");
    eprintln!(
        "{all} queries: {first} first, {top} in the first three; not there:\n{shown}"
    );
    eprintln!(
        "{} of {} methods lead to their sections",
        sections.0, sections.1
    );
    assert!(
        all >= 300 && 100 * top >= 95 * all,
        "{top} of {all}; not there:\n{shown}"
    );
    assert!(100 * sections.0 >= 95 * sections.1, "{sections:?}");
}

/// What is read for a query, in postings and positions. A few nanoseconds each,
/// on any machine.
#[test]
fn no_query_reads_more_than_a_part_of_the_index() {
    let Some(index) = documentation() else { return };
    let visited = |text: &str| {
        let query =
            Query::parse(text).expect("it has a word").in_language("en");
        index.search(&query, 10).visited
    };
    let mut usual: Vec<(u64, &str)> = groups()
        .values()
        .flatten()
        .map(|asked| (visited(asked.text), asked.text))
        .collect();
    usual.sort_unstable();
    let (median, most) = (usual[usual.len() / 2].0, usual[usual.len() - 1]);
    eprintln!(
        "{} usual queries read {median} (median) to {most:?}",
        usual.len()
    );
    for (name, text) in dear(index) {
        let read = visited(&text);
        eprintln!("{name:40} reads {read}");
        assert!((1..DEAR).contains(&read), "{name} reads {read}");
    }
    // Words that stand nowhere are known before anything is read.
    assert_eq!(visited(&"nowhereqzx ".repeat(500)), 0);
    assert!(median < USUAL, "{median}");
    assert!(most.0 < DEAREST_USUAL, "{most:?}");
}

// The bounds over twice the default index, half as much again as was measured:
// 2,317 for the median of the usual queries, 99,696 for the dearest of them,
// 913,535 for any.
const USUAL: u64 = 3_500;
const DEAREST_USUAL: u64 = 150_000;
const DEAR: u64 = 1_400_000;
