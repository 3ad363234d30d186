//! How close the program comes to the machine's limit at three latencies, and
//! whether it finds the number of documents in flight by itself.
//!
//! All arms run in turn, several rounds. Each share is made of times of one
//! round, and the median of the rounds counts: on a machine whose speed changes
//! from minute to minute, neighbors in time compare, and the fastest of all do
//! not. At *C\** the program runs twice, under two names: where the two differ
//! by more than 5 %, the row means little.
//!
//! Each latency is measured twice. Over sockets, client and server want the
//! processor, too, and here both share it with the pool. In memory, a body is
//! there when its latency has passed and costs next to nothing: that is how
//! well the program itself overlaps.
//!
//! A run cannot overlap anything with its first answer. So that the first
//! answer is a small part of it, the pages are served several times, under one
//! URL each time, the more often the longer they take.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chapter_06_pipeline::limit::{discard, from_memory, process_time};
use chapter_06_pipeline::pipeline;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::fetch::{self, Fetcher, Response, Transport};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::bridge::Bridge;
use chapter_06_pipeline::program::run::concurrency::{self, Concurrency};
use chapter_06_pipeline::program::run::{self, Plan, Progress};
use chapter_06_pipeline::program::source::Source;
use origin::{Origin, Site};
use reqwest::Url;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Milliseconds, how often the pages are served, and rounds.
const LATENCIES: [(u64, usize, usize); 3] =
    [(5, 2, 7), (50, 4, 5), (500, 16, 3)];
/// The concurrency of the model, the same with room for chance (see
/// `docs/src/chapter-06/measured.md`), and twice as many.
fn constants(needed: usize) -> [usize; 3] {
    let chance = 2.0 * (needed as f64).sqrt();
    // A connection each may be more than the system allows.
    [needed, needed + chance as usize, 2 * needed]
        .map(|permits| permits.min(concurrency::max_permits()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let site = Site::best().preload()?;
    println!("{}", site.describe());
    println!(
        "
times in ms
both     what fetching and computing take of the processor, on {} cores that never pause
E        the larger of compute and fetch / the program
E both   the largest of the three / the program
",
        cores()
    );
    let asked = std::env::var("OVERLAP_LATENCY").ok();
    for (latency, copies, rounds) in LATENCIES {
        if asked.as_ref().is_some_and(|asked| *asked != latency.to_string()) {
            continue;
        }
        let latency = Duration::from_millis(latency);
        let origin = Origin::serve(site.clone()).latency(latency).start()?;
        let pages = pages(&origin, copies);
        println!(
            "{} ms, {} pages, in memory",
            latency.as_millis(),
            pages.len()
        );
        let bodies: HashMap<String, Bytes> = pages.iter().cloned().collect();
        let memory = Memory { latency, bodies: Arc::new(bodies) };
        rows(latency, rounds, &pages, || Ok(memory.clone()))?;
        println!(
            "{} ms, {} pages, over sockets",
            latency.as_millis(),
            pages.len()
        );
        rows(latency, rounds, &pages, || Fetcher::new(&Plan::default().fetch))?;
    }
    println!("\nas many in flight as it finds right, at 20 ms");
    println!(
        "   pages      MiB   words        ms  MiB/s  in flight  their bodies  saved as"
    );
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
    let origin =
        Origin::serve(site).latency(Duration::from_millis(20)).start()?;
    let urls = origin.urls();
    let urls = urls
        .iter()
        .map(|url| Url::parse(url))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = pipeline::plan(Concurrency::Auto);
    let run =
        || program(&runtime, &urls, plan.clone(), Fetcher::new(&plan.fetch)?);
    let runs = (0..3).map(|_| run());
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let fastest = runs
        .into_iter()
        .min_by(|(_, a), (_, b)| a.seconds.total_cmp(&b.seconds));
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

/// The time of an arm in each round.
#[derive(Default)]
struct Times {
    elapsed: Vec<f64>,
    /// Of all threads of this process, the server's too.
    processor: Vec<f64>,
}

impl Times {
    fn time<T>(&mut self, arm: impl FnOnce() -> T) -> T {
        let (start, before) =
            (Instant::now(), process_time().unwrap_or_default());
        let result = arm();
        self.elapsed.push(start.elapsed().as_secs_f64());
        let processor =
            process_time().unwrap_or_default().saturating_sub(before);
        self.processor.push(processor.as_secs_f64());
        result
    }
}

fn median(of: impl IntoIterator<Item = f64>) -> f64 {
    let mut of: Vec<f64> = of.into_iter().collect();
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The arms of one number of documents in flight.
#[derive(Default)]
struct Row {
    compute: Times,
    fetch: Times,
    program: Times,
}

impl Row {
    /// The processor time of fetching and computing, in each round.
    fn both(&self) -> impl Iterator<Item = f64> {
        let processors =
            self.compute.processor.iter().zip(&self.fetch.processor);
        processors.map(|(compute, fetch)| (compute + fetch) / cores() as f64)
    }

    /// E, without and with the third floor, of a program that took so long in
    /// each round.
    fn overlaps(&self, program: &Times) -> (f64, f64) {
        let floors = self.compute.elapsed.iter().zip(&self.fetch.elapsed);
        let floors: Vec<f64> =
            floors.map(|(compute, fetch)| compute.max(*fetch)).collect();
        let alone = floors
            .iter()
            .zip(&program.elapsed)
            .map(|(floor, program)| floor / program);
        let all = floors.iter().zip(self.both()).zip(&program.elapsed);
        let all = all.map(|((floor, both), program)| floor.max(both) / program);
        (median(alone), median(all))
    }
}

/// A network that takes no processor.
#[derive(Clone)]
struct Memory {
    latency: Duration,
    bodies: Arc<HashMap<String, Bytes>>,
}

impl Transport for Memory {
    async fn get(&self, source: &Source) -> Result<Response, fetch::Error> {
        let Source::Url(url) = source else {
            unreachable!("all sources are URLs")
        };
        tokio::time::sleep(self.latency).await;
        let bytes = self.bodies[url.as_str()].to_vec();
        let charset = Some("utf-8".to_owned());
        Ok(Response::Body(Body {
            bytes,
            media_type: MediaType::Html,
            charset,
            ..Body::default()
        }))
    }

    fn connections(&self) -> u64 {
        0
    }
}

/// Every page of the site under several URLs, each with its body.
fn pages(origin: &Origin, copies: usize) -> Vec<(String, Bytes)> {
    let mut pages = Vec::new();
    for copy in 0..copies {
        let page = |path: String| {
            Some((
                format!("{}?copy={copy}", origin.url_of(&path)),
                origin.site().page(&path)?,
            ))
        };
        pages.extend(origin.site().paths().into_iter().filter_map(page));
    }
    pages
}

fn rows<T: Transport>(
    latency: Duration,
    rounds: usize,
    pages: &[(String, Bytes)],
    network: impl Fn() -> io::Result<T>,
) -> Result<(), Box<dyn Error>> {
    let runtime = run::runtime()?;
    let threads = Plan::default().threads;
    let bridge = Bridge::new(threads)?;
    let urls = pages
        .iter()
        .map(|(url, _)| Url::parse(url))
        .collect::<Result<Vec<_>, _>>()?;
    let program =
        |permits| program(&runtime, &urls, pipeline::plan(permits), network()?);

    let mut trial = Times::default();
    (0..3).for_each(|_| drop(trial.time(|| from_memory(&bridge, pages))));
    let each = median(trial.elapsed) * threads as f64 / pages.len() as f64;
    let needed =
        (threads as f64 * (1.0 + latency.as_secs_f64() / each)).ceil() as usize;
    println!("  C* = {needed}");

    let constants = constants(needed);
    let mut rows = constants.map(|_| Row::default());
    let (mut again, mut auto, mut peak) =
        (Times::default(), Times::default(), 0);
    for _ in 0..rounds {
        for (nth, (constant, row)) in
            constants.iter().zip(&mut rows).enumerate()
        {
            row.fetch.time(|| -> Result<(), Box<dyn Error>> {
                let plan = pipeline::plan(Concurrency::Fixed(*constant));
                let attempts = plan.attempts(network()?, &Arc::default());
                let bytes = runtime
                    .block_on(discard(attempts, urls.clone(), *constant))
                    .map_err(|error| {
                        Box::<dyn Error>::from(error.to_string())
                    })?;
                assert!(bytes > 0);
                Ok(())
            })?;
            row.program.time(|| program(Concurrency::Fixed(*constant)))?;
            row.compute.time(|| from_memory(&bridge, pages));
            if nth == 0 {
                again.time(|| program(Concurrency::Fixed(*constant)))?;
            }
        }
        let (_, report) = auto.time(|| program(Concurrency::Auto))?;
        peak = peak.max(report.peak_in_flight);
    }

    println!(
        "  in flight  compute   fetch    both  program  its CPU     E  E both"
    );
    for (constant, row) in constants.iter().zip(&rows) {
        let (alone, all) = row.overlaps(&row.program);
        println!(
            "  {constant:>9} {:>8.0} {:>7.0} {:>7.0} {:>8.0} {:>8.0} {alone:>5.2} {all:>7.2}",
            median(row.compute.elapsed.iter().copied()) * 1e3,
            median(row.fetch.elapsed.iter().copied()) * 1e3,
            median(row.both()) * 1e3,
            median(row.program.elapsed.iter().copied()) * 1e3,
            median(row.program.processor.iter().copied()) * 1e3
                / cores() as f64,
        );
    }
    let differ = rows[0].program.elapsed.iter().zip(&again.elapsed);
    let differ = median(differ.map(|(a, b)| (a - b).abs() / a.min(*b)));
    // Against each constant, of times of one round; that with which it compares
    // worst is the best.
    let against = rows.iter().map(|row| {
        let pairs = auto.elapsed.iter().zip(&row.program.elapsed);
        median(pairs.map(|(auto, constant)| auto / constant))
    });
    let against = against.fold(0.0, f64::max);
    // It allows more permits than the model asks for: the floors are those of
    // the last row.
    let (alone, all) = rows[rows.len() - 1].overlaps(&auto);
    let busy = median(auto.processor) * 1e3 / cores() as f64;
    let auto = median(auto.elapsed);
    println!(
        "  {:>9} {:>33.0} {busy:>8.0} {alone:>5.2} {all:>7.2}   {against:.2} x the best",
        format!("auto, {peak}"),
        auto * 1e3,
    );
    println!(
        "  the program with C*, again: differs by {:.1} %\n",
        differ * 100.0
    );
    Ok(())
}

fn program<T: Transport>(
    runtime: &Runtime,
    urls: &[Url],
    plan: Plan,
    network: T,
) -> Result<(Index, Report), Box<dyn Error>> {
    let sources: Vec<Source> = urls.iter().cloned().map(Source::Url).collect();
    let (stop, progress) =
        (CancellationToken::new(), Arc::new(Progress::default()));
    let (index, report) = runtime
        .block_on(run::run_with(plan, network, sources, stop, progress))?;
    assert_eq!(report.documents, urls.len(), "{:?}", report.failures.first());
    Ok((index, report))
}
