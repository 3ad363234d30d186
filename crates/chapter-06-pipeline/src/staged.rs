//! Fetch all pages, then digest all: two stages that never overlap, and every page in memory.

use std::error::Error;
use std::future::ready;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};
use origin::{Generator, Origin, Site};
use rayon::prelude::*;
use reqwest::Url;
use timeline::{Recording, Row};
use tracing::{Instrument, info_span};

use crate::program::body::Body;
use crate::program::digest::digest;
use crate::program::fetch::{self, Fetcher, Response, Transport};
use crate::program::progress::{BodyBytes, Memory};
use crate::program::run::Plan;
use crate::program::run::bridge::{Bridge, Panicked};
use crate::program::source::Source;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A page did not come.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// A page is elsewhere. The program goes there, see its `attempts`; this lesson does not.
    #[error("{0} has moved to {1}")]
    Moved(Source, Url),
    /// A page could not be digested.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

// ANCHOR: stages
/// What both ways are made of: a stage that waits and a stage that computes.
#[derive(Debug)]
pub struct Stages<T, D> {
    /// Where pages come from.
    pub transport: T,
    /// The threads that digest.
    pub bridge: Bridge,
    /// Takes a page apart and returns how many words it has.
    pub digest: D,
    /// Counts the pages that have been fetched and not yet digested.
    pub memory: Memory,
}

impl<T: Transport, D: Fn(&Page) -> u64 + Clone + Send + 'static> Stages<T, D> {
    /// The stage that waits.
    pub async fn fetch(&self, source: &Source) -> Result<Page, Failure> {
        let span = info_span!("fetch", page = %source);
        match self.transport.get(source).instrument(span).await? {
            Response::Body(body) => {
                let held = self.memory.hold(body.bytes.len() as u64);
                Ok(Page { url: source.to_string(), body, _held: held })
            }
            Response::Redirect(to) => Err(Failure::Moved(source.clone(), to)),
        }
    }

    /// The stage that computes: a job for a thread of the pool. The page ends with it.
    pub fn job(&self, page: Page) -> impl FnOnce() -> u64 + Send + use<T, D> {
        let span = info_span!("digest", page = page.url);
        let digest = self.digest.clone();
        move || span.in_scope(|| digest(&page))
    }
}
// ANCHOR_END: stages

// ANCHOR: staged
/// Fetches all pages, `at_once` at a time; then digests all, on every thread of the pool.
pub async fn staged<T, D>(
    stages: &Stages<T, D>,
    sources: &[Source],
    at_once: usize,
) -> Result<u64, Failure>
where
    T: Transport,
    D: Fn(&Page) -> u64 + Clone + Send + 'static,
{
    let fetches = stream::iter(sources).map(|source| stages.fetch(source));
    let pages: Vec<Page> = fetches.buffer_unordered(at_once).try_collect().await?;

    let jobs: Vec<_> = pages.into_iter().map(|page| stages.job(page)).collect();
    let words = stages.bridge.run(|| jobs.into_par_iter().map(|job| job()).sum()).await?;
    Ok(words)
}
// ANCHOR_END: staged

// ANCHOR: streamed
/// Digests each page as soon as it has been fetched, `at_once` pages at a time.
pub async fn streamed<T, D>(
    stages: &Stages<T, D>,
    sources: &[Source],
    at_once: usize,
) -> Result<u64, Failure>
where
    T: Transport,
    D: Fn(&Page) -> u64 + Clone + Send + 'static,
{
    let pages = stream::iter(sources).map(async |source| {
        let page = stages.fetch(source).await?;
        let words = stages.bridge.run(stages.job(page)).await?;
        Ok(words)
    });
    pages.buffer_unordered(at_once).try_fold(0, |sum, words| ready(Ok(sum + words))).await
}
// ANCHOR_END: streamed

// ANCHOR: overlap
/// For how long pages were being fetched and others digested at the same time.
pub fn overlap<'a>(
    fetches: impl Iterator<Item = &'a Row>,
    digests: impl Iterator<Item = &'a Row>,
) -> Duration {
    let waiting = union(fetches.map(|row| (row.start, row.end)));
    let computing = union(digests.flat_map(|row| &row.stays).map(|run| (run.start, run.end)));
    let pairs = waiting.iter().flat_map(|a| computing.iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| a.1.min(b.1).saturating_sub(a.0.max(b.0))).sum()
}
// ANCHOR_END: overlap

/// The same instants as stretches that do not touch.
fn union(stretches: impl Iterator<Item = (Duration, Duration)>) -> Vec<(Duration, Duration)> {
    let mut sorted: Vec<_> = stretches.collect();
    sorted.sort_unstable();
    let mut united: Vec<(Duration, Duration)> = Vec::new();
    for (start, end) in sorted {
        match united.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => united.push((start, end)),
        }
    }
    united
}

/// A page that has been fetched.
#[derive(Debug)]
pub struct Page {
    /// Where it came from.
    pub url: String,
    /// What came.
    pub body: Body,
    _held: BodyBytes,
}

/// How many words the program finds in a page.
pub fn words(page: &Page) -> u64 {
    let Body { bytes, media_type, charset, .. } = &page.body;
    digest(bytes, *media_type, charset.as_deref()).expect("made-up pages are HTML").words.into()
}

/// A server's pages as sources for the program.
pub fn sources(origin: &Origin) -> Result<Vec<Source>, Box<dyn Error>> {
    origin.urls().iter().map(|url| Ok(Source::Url(Url::parse(url)?))).collect()
}

/// Pages under way at once.
const AT_ONCE: usize = 16;
/// How often each way is measured.
const ROUNDS: usize = 3;

/// Fetches and digests a site both ways: once to draw it, some times to measure it.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let generator = Generator { pages: 128, words_per_page: 4_000, ..Generator::default() };
    let site = Site::generated(generator).preload()?;
    let [latency, jitter] = [5, 10].map(Duration::from_millis);
    let origin = Origin::serve(site).latency(latency).jitter(jitter).start()?;
    println!(
        "{} pages of {} words, each {} to {} ms away; {AT_ONCE} at once\n",
        generator.pages,
        generator.words_per_page,
        latency.as_millis(),
        (latency + jitter).as_millis()
    );
    let sources = sources(&origin)?;
    let plan = Plan::default();
    let stages = || -> Result<_, Box<dyn Error>> {
        let (transport, bridge) = (Fetcher::new(&plan.fetch)?, Bridge::new(plan.threads)?);
        Ok(Stages { transport, bridge, digest: words, memory: Memory::default() })
    };

    let (parts, timeline) = (stages()?, timeline::timeline("staged: fetch all, then digest all"));
    staged(&parts, &sources, AT_ONCE).await?;
    timeline.draw();
    println!();
    let (parts, timeline) = (stages()?, timeline::timeline("streamed: digest what has arrived"));
    streamed(&parts, &sources, AT_ONCE).await?;
    timeline.draw();

    // They take turns: a busy moment of the machine meets both.
    let both = |recording: Recording| overlap(recording.named("fetch"), recording.named("digest"));
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let (parts, timeline, start) = (stages()?, timeline::timeline("measured"), Instant::now());
        let words = staged(&parts, &sources, AT_ONCE).await?;
        rounds[0].push((start.elapsed(), both(timeline.finish()), parts.memory.most(), words));
        let (parts, timeline, start) = (stages()?, timeline::timeline("measured"), Instant::now());
        let words = streamed(&parts, &sources, AT_ONCE).await?;
        rounds[1].push((start.elapsed(), both(timeline.finish()), parts.memory.most(), words));
    }
    println!("\nthe fastest of {ROUNDS}       time   both at once   most in memory          words");
    for (name, rounds) in ["staged", "streamed"].into_iter().zip(rounds) {
        let (took, both, (pages, bytes), words) = rounds.into_iter().min().ok_or("no round")?;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "  {name:<14} {:>7.0} ms {:>11.0} ms {pages:>5} pages {:>4.1} MB {words:>12}",
            ms(took),
            ms(both),
            bytes as f64 / 1e6,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
