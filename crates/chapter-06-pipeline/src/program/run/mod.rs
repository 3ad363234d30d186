//! A run: every source through fetch, bridge, digest and index, once.
//!
//! ```text
//! rounds ──► lane (a task each site) ──permit──► document (a task each): fetch, bridge,
//!    ▲                ▲                             │               digest, index
//!    │ what is next?  │ may it be asked for?        │ what became of it?
//!    └────────────────┴────────── attached ◄────────┘
//! ```
//!
//! A lane hands out its sources one by one, each with a
//! [`Permit`](super::fetch::limits::Permit). The permit travels with the
//! document to the end, so what is in flight never exceeds the bound, wherever
//! it is. Every source ends as exactly one of indexed, failed or unfinished.
//!
//! `document` is the heart: it knows the stages alone. Links, `robots.txt` and
//! the journal are `attached` to it. Where links are followed, this happens in
//! rounds (see [`crawl`](super::crawl)), and a page may also be passed over or
//! be a redirect.

mod attached;
pub mod bridge;
pub mod concurrency;
mod document;
mod lane;
mod outcome;
mod plan;

pub use plan::{DigestFn, Plan, Threads, runtime};

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use self::attached::Attached;
use self::bridge::Bridge;
use self::concurrency::{Concurrency, Observation};
use self::document::Pipeline;
use self::lane::{by_site, lane};
use self::outcome::{Outcome, Tally};
use super::failure::Failure;
use super::fetch::attempts::Attempts;
use super::fetch::{Fetcher, Transport};
use super::index::{Builder, Index};
pub use super::progress::Progress;
use super::report::{Report, Stages};
use super::source::Source;

/// Runs the plan over the sources until all are done or `stop` is canceled.
///
/// A canceled run takes no more sources, drops its requests, lets the documents
/// end that are being digested, and reports exactly what was done.
///
/// # Errors
/// If the client or the pool cannot be made, or the journal cannot be written.
/// A document that fails is no error: it is in the report.
pub async fn run(
    plan: Plan,
    sources: Vec<Source>,
    stop: CancellationToken,
    progress: Arc<Progress>,
) -> io::Result<(Index, Report)> {
    let transport = Fetcher::new(&plan.fetch)?.counting(&progress.memory);
    run_with(plan, transport, sources, stop, progress).await
}

/// [`run`] with bodies from somewhere else.
///
/// Dropped before its end, it stops where it is: tasks end at their next await,
/// and a document that is being digested ends on its thread.
///
/// # Errors
/// If the pool cannot be made, or the journal cannot be written.
pub async fn run_with<T: Transport>(
    plan: Plan,
    transport: T,
    sources: Vec<Source>,
    stop: CancellationToken,
    progress: Arc<Progress>,
) -> io::Result<(Index, Report)> {
    let start = Instant::now();
    // Of its own, so that a run that stops itself does not look stopped from
    // outside.
    let stop = stop.child_token();
    if plan.concurrency == Concurrency::Auto {
        progress.memory.bound(concurrency::MEMORY, plan.fetch.max_body);
    }
    let (attached, first) = Attached::begin(&plan, sources, stop.clone());
    let pipeline = Arc::new(Pipeline {
        attempts: plan.attempts(transport, &progress),
        bridge: Bridge::new(plan.threads)?,
        digest: plan.digest,
        index: Builder::new(),
        attached,
        progress,
        stop,
    });
    let tally = tokio::select! {
        tally = rounds(&pipeline, first, plan.refused.clone()) => tally?,
        never = watch(&pipeline, &plan) => never,
    };

    let pipeline = Arc::into_inner(pipeline)
        .expect("all lanes, and so all documents, have ended");
    let Pipeline { attempts, bridge, index, attached, progress, stop, .. } =
        pipeline;
    let Attempts { transport, limits, .. } = attempts;
    debug_assert_eq!(
        limits.available(),
        limits.permits(),
        "every permit is available again"
    );
    let follow = attached.followed(&tally);
    if let Some(broken) = attached.into_broken() {
        return Err(io::Error::other(broken));
    }
    let finishing = Instant::now();
    let sorted = sorted(&bridge, index, &stop).await?;
    let finish = finishing.elapsed().as_secs_f64();

    let Tally { failures, skips, mut unfinished, waiting, resumed, .. } = tally;
    // What stands in no index was not done.
    let index = sorted.unwrap_or_else(|| {
        unfinished += progress.indexed.load(Ordering::Relaxed) as usize;
        Index::default()
    });
    let peak_bytes = progress.memory.most().1;
    debug_assert!(
        peak_bytes <= limits.peak_permits() as u64 * plan.fetch.max_body,
        "no more bodies are in memory than there were permits, and none is larger than the cap"
    );
    debug_assert!(
        plan.concurrency != Concurrency::Auto
            || peak_bytes <= concurrency::MEMORY.max(2 * plan.fetch.max_body),
        "an automatic run keeps to its bound"
    );
    let report = Report {
        documents: index.documents().len(),
        failed: failures.len(),
        skipped: skips.len(),
        unfinished: unfinished + waiting,
        resumed,
        bytes: index.bytes(),
        words: index.words(),
        terms: index.terms(),
        top: Vec::new(),
        failures,
        skips,
        follow,
        seconds: start.elapsed().as_secs_f64(),
        stages: Stages {
            fetch: progress.fetching.seconds(),
            digest: progress.digesting.seconds(),
            index: progress.indexing.seconds(),
            finish,
        },
        requests: progress.requests.load(Ordering::Relaxed)
            + transport.resent(),
        retries: progress.retries.load(Ordering::Relaxed),
        connections: transport.connections(),
        concurrency: limits.peak_permits(),
        peak_in_flight: limits.peak(),
        peak_bytes,
        threads: plan.threads,
    };
    Ok((index, report))
}

/// Runs one round after another until nothing is left: without links to follow
/// there is but one.
async fn rounds<T: Transport>(
    pipeline: &Arc<Pipeline<T>>,
    first: Vec<Source>,
    refused: Vec<Failure>,
) -> io::Result<Tally> {
    let Pipeline { bridge, index, progress, stop, .. } = &**pipeline;
    let (mut tally, mut round) = (Tally::default(), first);
    progress.total.fetch_add(refused.len() as u64, Ordering::Relaxed);
    refused
        .into_iter()
        .for_each(|failure| tally.add(Outcome::Failed(failure), progress));
    while !round.is_empty() {
        progress.total.fetch_add(round.len() as u64, Ordering::Relaxed);
        index.reserve(round.len());
        let shared = Arc::clone(pipeline);
        let restore = move || {
            let (rest, done) = shared.attached.restore(&shared.index, round);
            (by_site(rest), done)
        };
        let (sites, done) =
            bridge.run(restore).await.map_err(io::Error::other)?;
        tally.resumed += done.len();
        done.into_iter().for_each(|outcome| tally.add(outcome, progress));

        let mut lanes = JoinSet::new();
        for (site, sources) in sites {
            lanes.spawn(lane(Arc::clone(pipeline), site, sources));
        }
        while let Some(lane) = lanes.join_next().await {
            tally.merge(
                lane.expect("a lane does not panic: its documents are caught"),
            );
        }
        if stop.is_cancelled() {
            break;
        }
        let shared = Arc::clone(pipeline);
        let next = move || shared.attached.next();
        round = bridge.run(next).await.map_err(io::Error::other)?;
    }
    let shared = Arc::clone(pipeline);
    let finish = move || {
        shared.attached.finish(&mut tally);
        tally.failures.sort_by(|a, b| a.url.cmp(&b.url));
        tally.skips.sort_by(|a, b| a.url.cmp(&b.url));
        tally
    };
    bridge.run(finish).await.map_err(io::Error::other)
}

/// The finished index, or nothing if the run is stopped meanwhile. One that was
/// stopped before has the rest of its index sorted.
async fn sorted(
    bridge: &Bridge,
    index: Builder,
    stop: &CancellationToken,
) -> io::Result<Option<Index>> {
    let was_stopped = stop.is_cancelled();
    // The last sort computes, too: it goes over the bridge like every document
    // did.
    let sort = bridge.run(move || index.finish());
    tokio::select! {
        index = sort => index.map(Some).map_err(io::Error::other),
        () = stop.cancelled(), if !was_stopped => Ok(None),
    }
}

/// Adds and takes away permits of an automatic run, for as long as it is
/// polled.
async fn watch<T>(pipeline: &Pipeline<T>, plan: &Plan) -> ! {
    if plan.concurrency != Concurrency::Auto {
        std::future::pending::<()>().await;
    }
    let Pipeline { attempts, bridge, progress, .. } = pipeline;
    let max_permits = concurrency::max_permits();
    let mut ticks = tokio::time::interval(concurrency::EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let observation = Observation {
            permits: attempts.limits.permits(),
            max_permits,
            available: attempts.limits.available(),
            waiting: bridge.waiting(),
            threads: plan.threads,
            memory: progress.memory.bytes(),
            latency: progress.latency.least(),
            each: progress.digesting.mean(),
        };
        attempts.limits.set_permits(concurrency::next_limit(observation));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use witness::{PATIENT, within};

    #[test]
    fn who_stops_while_the_index_is_sorted_does_not_wait_for_it() {
        within(PATIENT, || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.expect("it takes no thread").block_on(async {
                let bridge = Bridge::new(1).expect("a thread can be started");
                // The only thread of the pool is busy for as long as this test
                // likes.
                let (free, busy) = mpsc::channel::<()>();
                bridge.pool().spawn(move || {
                    let _ = busy.recv();
                });
                let stop = CancellationToken::new();
                let stopping = async { stop.cancel() };
                let (index, ()) = tokio::join!(
                    sorted(&bridge, Builder::new(), &stop),
                    stopping
                );
                assert_eq!(index.expect("nothing panics"), None);
                // One that was stopped before keeps what it has.
                drop(free);
                let index = sorted(&bridge, Builder::new(), &stop).await;
                assert!(index.expect("nothing panics").is_some());
            });
        });
    }
}
