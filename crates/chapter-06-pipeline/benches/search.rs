//! What one query costs over the saved default index: the search with its first
//! ten hits and their snippets, without printing.
//!
//! Each query is asked many times in a row on one thread, and the least
//! processor time counts: what else runs on the machine hardly changes it.
//! Beside it stands how many postings and positions were read, which nothing
//! changes.
//!
//! The usual queries are those of `tests/queries.txt`. The others are made to
//! cost as much as they can, of the words that the index has most of.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use chapter_06_pipeline::limit::from_memory;
use chapter_06_pipeline::program::index::{Index, Query};
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::run::bridge::Bridge;
use origin::Site;

#[path = "../tests/integration/dear.rs"]
mod dear;

use dear::dear;

const QUERIES: &str = include_str!("../tests/queries.txt");

const ROUNDS: usize = 200;
/// Rounds of a query that takes milliseconds.
const FEW: usize = 10;

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

    let asked = QUERIES.lines().filter_map(|line| line.split_once('\t'));
    let mut usual: Vec<(Duration, u64)> = Vec::new();
    for (text, _) in asked {
        usual.push(cost(
            &index,
            &Query::parse(text)?.in_language("en"),
            ROUNDS,
        ));
    }
    usual.sort_unstable();
    println!("\n{:44} {:>10} {:>10}", "a query", "µs", "read");
    let of_usual = |name: &str, (took, visited): (Duration, u64)| {
        let name = format!("{name} of {} usual queries", usual.len());
        println!("{name:44} {:>10.1} {visited:>10}", micros(took));
    };
    of_usual("the median", usual[usual.len() / 2]);
    of_usual("nine tenths", usual[usual.len() * 9 / 10]);
    of_usual("99 of 100", usual[usual.len() * 99 / 100]);
    of_usual("the dearest", usual[usual.len() - 1]);
    for (name, text) in dear(&index) {
        let (took, visited) =
            cost(&index, &Query::parse(&text)?.in_language("en"), FEW);
        println!("{name:44} {:>10.1} {visited:>10}", micros(took));
    }
    println!("\na suggestion for a word that stands nowhere");
    for text in [
        "ownershpi",
        "a_word_that_is_long_and_near_to_none",
        "hashmpa borow vectro lifetme",
    ] {
        let query = Query::parse(text)?;
        let took =
            least(FEW, || drop(black_box(index.suggest(black_box(&query)))));
        println!("{text:44} {:>10.1}", micros(took));
    }
    Ok(())
}

/// The least processor time that a query takes, and what it reads.
fn cost(index: &Index, query: &Query, rounds: usize) -> (Duration, u64) {
    let took =
        least(rounds, || drop(black_box(index.search(black_box(query), 10))));
    (took, index.search(query, 10).visited)
}

fn least(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..rounds {
        let start = processor_time();
        work();
        least = least.min(processor_time() - start);
    }
    least
}

/// What this thread has had of a processor, to the nanosecond:
/// `witness::thread_cpu_time` is for milliseconds.
#[cfg(unix)]
fn processor_time() -> Duration {
    let time =
        rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// What has passed: nobody here says what this thread had of it.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    static BEGUN: std::sync::OnceLock<std::time::Instant> =
        std::sync::OnceLock::new();
    BEGUN.get_or_init(std::time::Instant::now).elapsed()
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}
