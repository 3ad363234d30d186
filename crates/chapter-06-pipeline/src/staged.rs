//! Two stages overlap when no page waits for all others.

use std::error::Error;
use std::future::ready;
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use rayon::prelude::*;
use timeline::Row;
use tracing::{Instrument, info_span};

use crate::program::fetch::{Response, Transport};
use crate::program::progress::Memory;
use crate::program::run::bridge::Bridge;
use crate::program::source::Source;

// ANCHOR: stages
/// The parts of both ways: a stage that waits and a stage that computes.
#[derive(Debug)]
pub struct Stages<T, D> {
    /// Gets pages.
    pub transport: T,
    /// The threads that digest.
    pub bridge: Bridge,
    /// Takes a page apart and returns the number of its words.
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

    /// The stage that computes: a job for a thread of the pool. The page ends
    /// with it.
    pub fn job(&self, page: Page) -> impl FnOnce() -> u64 + Send + use<T, D> {
        let span = info_span!("digest", page = page.url);
        let digest = self.digest.clone();
        move || span.in_scope(|| digest(&page))
    }
}
// ANCHOR_END: stages

// ANCHOR: staged
/// Fetches all pages, `at_once` at a time; then digests all, on every thread of
/// the pool.
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
    let pages: Vec<Page> =
        fetches.buffer_unordered(at_once).try_collect().await?;

    let jobs: Vec<_> = pages.into_iter().map(|page| stages.job(page)).collect();
    let words = stages
        .bridge
        .run(|| jobs.into_par_iter().map(|job| job()).sum())
        .await?;
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
    pages
        .buffer_unordered(at_once)
        .try_fold(0, |sum, words| ready(Ok(sum + words)))
        .await
}
// ANCHOR_END: streamed

// ANCHOR: overlap
/// For how long pages were being fetched and others digested at the same time.
pub fn overlap<'a>(
    fetches: impl Iterator<Item = &'a Row>,
    digests: impl Iterator<Item = &'a Row>,
) -> Duration {
    let waiting = union(fetches.map(|row| (row.start, row.end)));
    let computing = union(
        digests.flat_map(|row| &row.stays).map(|run| (run.start, run.end)),
    );
    let pairs =
        waiting.iter().flat_map(|a| computing.iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| a.1.min(b.1).saturating_sub(a.0.max(b.0))).sum()
}
// ANCHOR_END: overlap

/// The same instants, as stretches of time that do not touch.
fn union(
    stretches: impl Iterator<Item = (Duration, Duration)>,
) -> Vec<(Duration, Duration)> {
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

/// Pages under way at once.
const AT_ONCE: usize = 16;

/// Fetches and digests a site both ways: once to draw it, then several times to
/// measure it.
pub fn main() -> Result<(), Box<dyn Error>> {
    let origin =
        stage::serve(Duration::from_millis(5), Duration::from_millis(10))?;
    let sources = sources(&origin)?;
    draw(&sources)?;
    stage::print_table(&sources)
}

#[tokio::main(flavor = "current_thread")]
async fn draw(sources: &[Source]) -> Result<(), Box<dyn Error>> {
    let stages = stage::stages()?;
    let timeline = timeline::timeline("staged: fetch all, then digest all");
    staged(&stages, sources, AT_ONCE).await?;
    timeline.draw();
    println!();

    let stages = stage::stages()?;
    let timeline = timeline::timeline("streamed: digest what has arrived");
    streamed(&stages, sources, AT_ONCE).await?;
    timeline.draw();
    Ok(())
}

mod stage;
pub use stage::{Failure, Page, sources, words};

#[cfg(test)]
mod tests;
