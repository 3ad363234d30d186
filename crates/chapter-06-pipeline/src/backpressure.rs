//! Memory follows the bound, not the input.

use std::error::Error;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::program::body::Body;
use crate::program::digest::digest;
use crate::program::fetch::Transport;
use crate::program::fetch::limits::Limits;
use crate::program::index;
use crate::program::source::Source;
use crate::staged::{Failure, Page, Stages, sources};

// ANCHOR: unbounded
/// Gives the permit back when the request is done. From there on pages queue
/// for the pool, as many as have come.
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
    let (mut documents, mut words) = (JoinSet::new(), 0);
    for source in sources {
        let permit = limits.enter(None).await;
        // A task that has ended has its memory until it is joined.
        while let Some(ended) = documents.try_join_next() {
            words += ended.expect("a panic is caught in its job")?;
        }
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
    Ok(words + sum(documents).await?)
}
// ANCHOR_END: bounded

/// Waits for all documents; the first error drops the rest.
async fn sum(
    mut documents: JoinSet<Result<u64, Failure>>,
) -> Result<u64, Failure> {
    let mut sum = 0;
    while let Some(words) = documents.join_next().await {
        sum += words.expect("a panic is caught in its job")?;
    }
    Ok(sum)
}

// ANCHOR: merge
/// The work on a page: digest it and merge it into an index that all threads
/// share.
pub fn into_index(
    index: Arc<index::Builder>,
) -> impl Fn(&Page) -> u64 + Clone + Send + Sync {
    move |page| {
        let Body { bytes, media_type, charset, .. } = &page.body;
        let digest = digest(bytes, *media_type, charset.as_deref())
            .expect("made-up pages are HTML");
        let words = digest.words.into();
        index.add(&page.url, bytes.len() as u64, digest);
        words
    }
}
// ANCHOR_END: merge

/// Documents under way at once.
const BOUND: usize = 16;
/// The largest body that is read, in bytes.
const CAP: u64 = 64 << 10;

/// Indexes a site both ways to draw it, then sites of growing size to compare
/// the memory.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let origin = stage::serve(100)?;
    let sources = sources(&origin)?;

    let (stages, limits) = (stage::stages()?, Limits::new(BOUND, BOUND, None));
    let timeline = timeline::timeline(
        "unbounded: what has been fetched queues for the pool",
    );
    unbounded(&stages, &limits, sources.clone()).await?;
    timeline.draw();
    println!();

    let (stages, limits) = (stage::stages()?, Limits::new(BOUND, BOUND, None));
    let timeline = timeline::timeline(
        "bounded: who waits for the pool keeps a new request out",
    );
    bounded(&stages, &limits, sources).await?;
    timeline.draw();

    stage::print_table().await
}

mod stage;

#[cfg(test)]
mod tests;
