//! Index the pages and ask: the program's index, tantivy's, and none, but a
//! scan of all texts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chapter_06_pipeline::program::index::{Builder, Query};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkMatch};
use origin::Site;
use rayon::prelude::*;

use super::pipeline::digest_by_rule;
use super::{Line, argument, lines, rule, seconds};

/// How many documents a query wants to see.
const BEST: usize = 10;

/// Long words that our program wants to find, but does not insist on.
const OPTIONAL: [&str; 3] = ["between", "should", "without"];

/// The way, and the file of queries.
pub(super) fn run(arguments: &[String]) -> Line {
    let (way, queries): (String, String) =
        (argument(arguments, 0)?, argument(arguments, 1)?);
    let (queries, pages) = (lines(&queries)?, pages()?);
    let (total, [indexing, asking]) = match way.as_str() {
        "ours" => ours(&pages, &queries),
        #[cfg(feature = "tantivy")]
        "tantivy" => tantivy::run(&pages, &queries)?,
        "scan" => by_scan(&pages, &queries)?,
        _ => return Err(format!("there is no way {way:?}").into()),
    };
    Ok(format!(
        "seconds={} index={} queries={} result={total}",
        seconds(indexing + asking),
        seconds(indexing),
        seconds(asking)
    ))
}

/// The default set, in memory.
pub(super) fn pages() -> std::io::Result<Vec<(String, Bytes)>> {
    let site = Site::best().preload()?;
    let page = |path: String| site.page(&path).map(|page| (path, page));
    Ok(site.paths().into_iter().filter_map(page).collect())
}

/// Queries of one word or of two, each with an answer: the words of a query
/// stand on one page.
pub(super) fn queries(pages: &[(String, Bytes)], count: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(21);
    let long = |word: &&str| {
        let letters = word.bytes().all(|byte| byte.is_ascii_lowercase());
        word.len() >= 6 && letters && !OPTIONAL.contains(word)
    };
    let mut queries = Vec::with_capacity(count);
    while queries.len() < count && !pages.is_empty() {
        let (_, page) = &pages[random.usize(..pages.len())];
        let words = rule::words(page);
        let words: Vec<&str> =
            words.split_ascii_whitespace().filter(long).collect();
        let Some(one) = random.choice(&words) else { continue };
        match random.choice(&words) {
            Some(other) if queries.len() % 2 == 1 && one != other => {
                queries.push(format!("{one} {other}"));
            }
            _ => queries.push((*one).to_string()),
        }
    }
    queries
}

#[cfg(feature = "tantivy")]
mod tantivy;

type Times = [Duration; 2];

fn ours(pages: &[(String, Bytes)], queries: &[String]) -> (usize, Times) {
    let start = Instant::now();
    let builder = Builder::new();
    builder.reserve(pages.len());
    // A number has no word of a query in it, so a page is found by its text
    // alone.
    pages.par_iter().enumerate().for_each(|(nth, (_, page))| {
        builder.add(&nth.to_string(), page.len() as u64, digest_by_rule(page));
    });
    let index = builder.finish();
    let (indexing, start) = (start.elapsed(), Instant::now());
    let ask = |query: &String| {
        let query = Query::parse(query).expect("a query has a word");
        index.search(&query, BEST).total
    };
    let total = queries.par_iter().map(ask).sum();
    (total, [indexing, start.elapsed()])
}

/// Notes whether there is a match, and wants no second one.
struct Found(bool);

impl Sink for Found {
    type Error = std::io::Error;

    fn matched(
        &mut self,
        _: &Searcher,
        _: &SinkMatch<'_>,
    ) -> Result<bool, Self::Error> {
        self.0 = true;
        Ok(false)
    }
}

fn by_scan(
    pages: &[(String, Bytes)],
    queries: &[String],
) -> Result<(usize, Times), Box<dyn std::error::Error + Send + Sync>> {
    let start = Instant::now();
    let texts: Vec<String> =
        pages.par_iter().map(|(_, page)| rule::words(page)).collect();
    let (indexing, start) = (start.elapsed(), Instant::now());
    let total = AtomicUsize::new(0);
    queries.par_iter().try_for_each(|query| {
        let word = |word| {
            RegexMatcherBuilder::new()
                .word(true)
                .fixed_strings(true)
                .build(word)
        };
        let words = query
            .split(' ')
            .map(word)
            .collect::<Result<Vec<RegexMatcher>, _>>()?;
        let mut searcher = SearcherBuilder::new().line_number(false).build();
        for text in &texts {
            let mut all = true;
            for word in &words {
                let mut found = Found(false);
                searcher.search_slice(word, text.as_bytes(), &mut found)?;
                all &= found.0;
                if !all {
                    break;
                }
            }
            total.fetch_add(usize::from(all), Ordering::Relaxed);
        }
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    Ok((total.into_inner(), [indexing, start.elapsed()]))
}
