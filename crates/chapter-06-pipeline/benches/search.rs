//! What one query costs over the saved default index: the search with its snippets, without
//! printing.
//!
//! Each query is asked many times in a row, and the least time counts. The first stands in the
//! table twice: where its two times differ by more than 5 %, the machine is too busy for the others
//! to mean much.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chapter_06_pipeline::limit::from_memory;
use chapter_06_pipeline::program::index::{Index, Query};
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::run::bridge::Bridge;
use origin::Site;

const ROUNDS: usize = 2_000;

/// A word, a rare word, a common word, several, a path, a phrase, a question, a beginning, and what
/// leads to less being asked.
const QUERIES: [&str; 12] = [
    "ownership",
    "dropck",
    "the",
    "hash map",
    "Vec::push",
    "std::io",
    "\"data race\"",
    "how do I read a file line by line",
    "Hash*",
    "\"race of data\"",
    "HashMpa",
    "ownership",
];

fn main() -> Result<(), Box<dyn Error>> {
    let site = Site::best().preload()?;
    let pages: Vec<_> = site
        .paths()
        .into_iter()
        .filter_map(|path| Some((path.clone(), site.page(&path)?)))
        .collect();
    let bridge = Bridge::new(Plan::default().threads)?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("docs.overlap");
    from_memory(&bridge, &pages).save(&path)?;
    let index = Index::load(&path)?;
    println!("{}", site.describe());
    println!("\na query, with its first ten hits and their snippets (the least of {ROUNDS})");
    for text in QUERIES {
        let query = Query::parse(text)?.in_language("en");
        let mut least = Duration::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            black_box(index.search(black_box(&query), 10));
            least = least.min(start.elapsed());
        }
        let total = index.search(&query, 10).total;
        println!("{text:36} {total:>6} match {:>8.1} µs", least.as_secs_f64() * 1e6);
    }
    Ok(())
}
