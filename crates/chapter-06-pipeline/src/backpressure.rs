//! Memory that follows the bound, not the input.

use std::error::Error;
use std::io;
use std::sync::Arc;

use origin::{Generator, Origin, Site};
use tokio::task::JoinSet;

use crate::program::body::Body;
use crate::program::digest::digest;
use crate::program::fetch::limits::Limits;
use crate::program::fetch::{self, Fetcher, Transport};
use crate::program::index;
use crate::program::progress::Memory;
use crate::program::run::Plan;
use crate::program::run::bridge::Bridge;
use crate::program::source::Source;
use crate::staged::{Failure, Page, Stages, sources};

// ANCHOR: unbounded
/// Gives the permit back when the request is done. From there on pages queue for the pool, as
/// many as have come.
pub async fn unbounded<T, D>(
    stages: &Arc<Stages<T, D>>,
    limits: &Limits,
    sources: Vec<Source>,
) -> Result<u64, Failure>
where
    T: Transport,
    D: Fn(&Page) -> u64 + Clone + Send + Sync + 'static,
{
    let mut documents = JoinSet::new();
    for source in sources {
        let permit = limits.enter(None).await;
        let stages = Arc::clone(stages);
        documents.spawn(async move {
            let page = stages.fetch(&source).await?;
            drop(permit);
            let words = stages.bridge.run(stages.job(page)).await?;
            Ok(words)
        });
    }
    sum(documents).await
}
// ANCHOR_END: unbounded

// ANCHOR: bounded
/// Keeps the permit from before the request until the page is in the index.
pub async fn bounded<T, D>(
    stages: &Arc<Stages<T, D>>,
    limits: &Limits,
    sources: Vec<Source>,
) -> Result<u64, Failure>
where
    T: Transport,
    D: Fn(&Page) -> u64 + Clone + Send + Sync + 'static,
{
    let mut documents = JoinSet::new();
    for source in sources {
        let permit = limits.enter(None).await;
        let stages = Arc::clone(stages);
        documents.spawn(async move {
            let job = stages.job(stages.fetch(&source).await?);
            let work = move || {
                let _permit = permit;
                job()
            };
            let words = stages.bridge.run(work).await?;
            Ok(words)
        });
    }
    sum(documents).await
}
// ANCHOR_END: bounded

/// Waits for all documents; the first error drops the rest.
async fn sum(mut documents: JoinSet<Result<u64, Failure>>) -> Result<u64, Failure> {
    let mut sum = 0;
    while let Some(words) = documents.join_next().await {
        sum += words.expect("a panic is caught in its job")?;
    }
    Ok(sum)
}

// ANCHOR: merge
/// What a page goes through on the pool: digested, and merged into an index that all share.
pub fn into_index(index: Arc<index::Builder>) -> impl Fn(&Page) -> u64 + Clone + Send + Sync {
    move |page| {
        let Body { bytes, media_type, charset, .. } = &page.body;
        let digest =
            digest(bytes, *media_type, charset.as_deref()).expect("made-up pages are HTML");
        let words = digest.words.into();
        index.add(&page.url, bytes.len() as u64, digest);
        words
    }
}
// ANCHOR_END: merge

/// Documents under way at once.
const BOUND: usize = 16;
/// How often each way is measured.
const ROUNDS: usize = 3;
/// The largest body that is read.
const CAP: u64 = 64 << 10;

/// A site with so many pages, on a server without latency.
fn serve(pages: usize) -> Result<Origin, Box<dyn Error>> {
    let generator = Generator { pages, words_per_page: 4_000, ..Generator::default() };
    Ok(Origin::serve(Site::generated(generator).preload()?).start()?)
}

/// The program's stages, with one thread to digest: the slow side.
fn stages() -> io::Result<Arc<Stages<Fetcher, impl Fn(&Page) -> u64 + Clone + Send + Sync>>> {
    let settings = fetch::Settings { max_body: CAP, ..Plan::default().fetch };
    Ok(Arc::new(Stages {
        transport: Fetcher::new(&settings)?,
        bridge: Bridge::new(1)?,
        digest: into_index(Arc::default()),
        memory: Memory::default(),
    }))
}

/// Indexes sites of growing size both ways, and draws one of them.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let origin = serve(100)?;
    let parts = stages()?;
    let timeline = timeline::timeline("unbounded: what has been fetched queues for the pool");
    unbounded(&parts, &Limits::new(BOUND, BOUND, None), sources(&origin)?).await?;
    timeline.draw();
    println!();
    let parts = stages()?;
    let timeline = timeline::timeline("bounded: who waits for the pool keeps a new request out");
    bounded(&parts, &Limits::new(BOUND, BOUND, None), sources(&origin)?).await?;
    timeline.draw();

    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "\nthe most in memory in {ROUNDS} runs, with {BOUND} permits and bodies of at most {} KiB",
        CAP >> 10
    );
    println!("                     unbounded                    bounded");
    println!("  pages   input      pages    bytes   permits     pages    bytes   permits");
    for pages in [40, 80, 160, 320] {
        let origin = serve(pages)?;
        let sources = sources(&origin)?;
        print!("  {pages:>5} {:>4.1} MB ", mb(origin.site().page_bytes()));

        // A busy moment slows the requests down, and fewer pages queue: the most of some runs.
        let [mut without, mut with] = [((0, 0), 0); 2];
        for _ in 0..ROUNDS {
            let (parts, limits) = (stages()?, Limits::new(BOUND, BOUND, None));
            let words = unbounded(&parts, &limits, sources.clone()).await?;
            without = without.max((parts.memory.most(), limits.peak()));

            let (parts, limits) = (stages()?, Limits::new(BOUND, BOUND, None));
            let same = bounded(&parts, &limits, sources.clone()).await?;
            assert_eq!(same, words, "the same pages");
            with = with.max((parts.memory.most(), limits.peak()));
        }
        for ((most, bytes), permits) in [without, with] {
            print!(" {most:>9} {:>5.1} MB {permits:>9}", mb(bytes));
        }
        println!();
    }
    println!(
        "bounded, never more than permits × cap: {BOUND} × {} KiB = {:.1} MB",
        CAP >> 10,
        mb(BOUND as u64 * CAP)
    );
    Ok(())
}

#[cfg(test)]
mod tests;
