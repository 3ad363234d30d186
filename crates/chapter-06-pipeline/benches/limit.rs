//! How close the program comes to the machine's limit at three latencies, and whether it finds the
//! number of documents in flight by itself.
//!
//! All arms run in turn, several rounds; the least time of each counts. The program runs twice
//! under two names: where the two differ by more than 5 %, the row means little.
//!
//! A run cannot overlap anything with its first answer. So that the first answer is a small part
//! of it, the pages are served several times, under one URL each time, the more often the longer
//! they take.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chapter_06_pipeline::limit::{discard, from_memory, process_time};
use chapter_06_pipeline::pipeline;
use chapter_06_pipeline::program::bridge::Bridge;
use chapter_06_pipeline::program::concurrency::{self, Concurrency};
use chapter_06_pipeline::program::fetch::Fetcher;
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::{self, Plan};
use origin::{Origin, Site};
use reqwest::Url;
use tokio::runtime::Runtime;

/// Milliseconds, and how often the pages are served.
const LATENCIES: [(u64, usize); 3] = [(5, 2), (50, 4), (500, 16)];
/// The constants that are tried by hand, as multiples of what the model asks for.
const MULTIPLES: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const ROUNDS: usize = 3;

/// The least times of an arm.
#[derive(Clone, Copy)]
struct Least {
    elapsed: f64,
    /// Of all threads of this process, the server's too.
    processor: f64,
}

impl Least {
    fn new() -> Self {
        Least { elapsed: f64::INFINITY, processor: f64::INFINITY }
    }

    fn time<T>(&mut self, arm: impl FnOnce() -> T) -> T {
        let (start, before) = (Instant::now(), process_time().unwrap_or_default());
        let result = arm();
        self.elapsed = self.elapsed.min(start.elapsed().as_secs_f64());
        let processor = process_time().unwrap_or_default().saturating_sub(before);
        self.processor = self.processor.min(processor.as_secs_f64());
        result
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let site = Site::best().preload()?;
    println!("{}", site.describe());
    println!(
        "
times in ms
both     what fetching and computing take of the processor, on {} cores that never pause
E        the larger of compute and fetch / the program, with C* in flight
E both   the largest of the three / the program, with C* in flight and with the best constant
",
        Plan::default().threads
    );
    println!(
        "latency  pages    C*  compute   fetch    both  program    A/A      E  E both    best constant  E both    auto  / best"
    );
    let asked = std::env::var("OVERLAP_LATENCY").ok();
    for (latency, copies) in LATENCIES {
        if asked.as_ref().is_none_or(|asked| *asked == latency.to_string()) {
            row(&site, Duration::from_millis(latency), copies)?;
        }
    }
    println!("\nas many in flight as it finds right, at 20 ms");
    println!("   pages      MiB   words        ms  MiB/s  in flight  their bodies  saved as");
    set(site)?;
    match Site::rust_docs_of(&["std"]) {
        Ok(site) => set(site.preload()?),
        Err(error) => {
            println!("all of std: {error}");
            Ok(())
        }
    }
}

/// The program on all of a set; the fastest of three runs.
fn set(site: Site) -> Result<(), Box<dyn Error>> {
    let runtime = run::runtime()?;
    println!("{}", site.describe());
    let origin = Origin::serve(site).latency(Duration::from_millis(20)).start()?;
    let urls = origin.urls();
    let runs = (0..ROUNDS).map(|_| program(&runtime, &urls, Concurrency::Auto));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let fastest = runs.into_iter().min_by(|(_, a), (_, b)| a.seconds.total_cmp(&b.seconds));
    let (index, report) = fastest.expect("there are some");
    let folder = tempfile::tempdir()?;
    let saved = index.save(&folder.path().join("docs.overlap"))?;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{:>8} {:>8.1} {:>6.2} M {:>9.0} {:>6.0} {:>10} {:>9.1} MiB {:>5.1} MiB",
        report.documents,
        mib(report.bytes),
        report.words as f64 / 1e6,
        report.seconds * 1e3,
        mib(report.bytes) / report.seconds,
        report.peak_in_flight,
        mib(report.peak_bytes),
        mib(saved),
    );
    Ok(())
}

fn row(site: &Site, latency: Duration, copies: usize) -> Result<(), Box<dyn Error>> {
    // Asks the system for as many open files as the largest constant takes.
    concurrency::most();
    let runtime = run::runtime()?;
    let plan = Plan::default();
    let bridge = Bridge::new(plan.threads)?;
    let origin = Origin::serve(site.clone()).latency(latency).start()?;

    let mut pages: Vec<(String, Bytes)> = Vec::new();
    for copy in 0..copies {
        let page = |path: String| {
            Some((format!("{}?copy={copy}", origin.url_of(&path)), origin.site().page(&path)?))
        };
        pages.extend(origin.site().paths().into_iter().filter_map(page));
    }
    let urls: Vec<String> = pages.iter().map(|(url, _)| url.clone()).collect();
    let parsed = urls.iter().map(|url| Url::parse(url)).collect::<Result<Vec<_>, _>>()?;

    let mut compute = Least::new();
    for _ in 0..ROUNDS {
        compute.time(|| from_memory(&bridge, &pages));
    }
    let each = compute.elapsed * plan.threads as f64 / pages.len() as f64;
    let needed = (plan.threads as f64 * (1.0 + latency.as_secs_f64() / each)).ceil();

    let (mut fetch, mut first, mut again, mut auto) =
        (Least::new(), Least::new(), Least::new(), Least::new());
    let mut constants = MULTIPLES.map(|multiple| ((needed * multiple) as usize, Least::new()));
    let needed = needed as usize;
    for _ in 0..ROUNDS {
        compute.time(|| from_memory(&bridge, &pages));
        let bytes = fetch.time(|| {
            let plan = pipeline::plan(Concurrency::Fixed(needed));
            let attempts = plan.attempts(Fetcher::new(&plan.fetch)?, &Arc::default());
            runtime
                .block_on(discard(attempts, parsed.clone(), needed))
                .map_err(|error| Box::<dyn Error>::from(error.to_string()))
        })?;
        assert!(bytes > 0);
        first.time(|| program(&runtime, &urls, Concurrency::Fixed(needed)))?;
        auto.time(|| program(&runtime, &urls, Concurrency::Auto))?;
        again.time(|| program(&runtime, &urls, Concurrency::Fixed(needed)))?;
        for (constant, least) in &mut constants {
            least.time(|| program(&runtime, &urls, Concurrency::Fixed(*constant)))?;
        }
    }
    let (best, least) = constants
        .into_iter()
        .min_by(|(_, a), (_, b)| a.elapsed.total_cmp(&b.elapsed))
        .expect("there are some");
    let ours = first.elapsed.min(again.elapsed);
    let both = (compute.processor + fetch.processor) / plan.threads as f64;
    let floor = compute.elapsed.max(fetch.elapsed);
    println!(
        "{:>4} ms {:>6} {needed:>5} {:>8.0} {:>7.0} {:>7.0} {:>8.0} {:>5.1}% {:>6.2} {:>7.2} {best:>6}: {:>6.0} ms {:>7.2} {:>7.0} {:>7.2}",
        latency.as_millis(),
        pages.len(),
        compute.elapsed * 1e3,
        fetch.elapsed * 1e3,
        both * 1e3,
        ours * 1e3,
        (first.elapsed - again.elapsed).abs() / ours * 100.0,
        floor / ours,
        floor.max(both) / ours,
        least.elapsed * 1e3,
        compute.elapsed.max(both) / least.elapsed,
        auto.elapsed * 1e3,
        auto.elapsed / least.elapsed,
    );
    Ok(())
}

fn program(
    runtime: &Runtime,
    urls: &[String],
    concurrency: Concurrency,
) -> Result<(Index, Report), Box<dyn Error>> {
    let (index, report) = runtime.block_on(pipeline::pipeline(urls, concurrency))?;
    assert_eq!(report.documents, urls.len(), "{:?}", report.failures.first());
    Ok((index, report))
}
