//! The run: every source through fetch, bridge, digest and index, once.
//!
//! ```text
//! lane (one task a site) ──permit──► document (a task each) ──► fetch ──► bridge ──► digest, index
//! ```
//!
//! A lane hands out its sources one by one, each with a [`Permit`]. The permit travels with the
//! document to the end, so what is in flight never exceeds the bound, wherever it is. Every source
//! ends as exactly one of indexed, failed or unfinished.
//!
//! Where links are followed, this happens in rounds (see [`crawl`](super::crawl)), a lane first
//! asks for its host's `robots.txt`, and a page may also be passed over or be a redirect.

pub mod bridge;
pub mod concurrency;
mod plan;

pub use plan::{DigestFn, Plan, Threads, runtime};

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures::FutureExt;
use rayon::prelude::*;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use self::bridge::Bridge;
use self::concurrency::{Concurrency, Observation};
use super::body::Body;
use super::crawl::Crawl;
use super::crawl::robots::{self, Access};
use super::digest::{Extract, Unreadable, collect};
use super::failure::{Failure, Kind};
use super::fetch::attempts::{Accept, Attempts};
use super::fetch::limits::Permit;
use super::fetch::{self, Fetcher, Response, Transport};
use super::index::{self, Index};
use super::journal::{JournalError, Record, RecordedOutcome, Replay};
use super::progress::BodyBytes;
pub use super::progress::Progress;
use super::report::{Report, Stages};
use super::source::Source;

/// What came of one source.
enum Outcome {
    Indexed,
    Failed(Failure),
    /// It is another page, which ends on its own.
    Redirected,
    Unfinished,
}

struct Context<T> {
    plan: Plan,
    attempts: Attempts<T>,
    bridge: Bridge,
    index: index::Builder,
    /// What is followed, if links are.
    crawl: Option<Crawl>,
    progress: Arc<Progress>,
    stop: CancellationToken,
    /// Why the run stopped itself.
    broken: OnceLock<JournalError>,
}

/// Runs the plan over the sources until all are done or `stop` is canceled.
///
/// A canceled run takes no more sources, drops its requests, lets the documents end that are
/// being digested, and reports exactly what was done.
///
/// # Errors
/// If the client or the pool cannot be made, or the state cannot be written. What happens to a
/// document is in the report.
pub async fn run(
    plan: Plan,
    sources: Vec<Source>,
    stop: CancellationToken,
    progress: Arc<Progress>,
) -> io::Result<(Index, Report)> {
    let transport = Fetcher::new(&plan.fetch)?;
    run_with(plan, transport, sources, stop, progress).await
}

/// [`run`] with bodies from somewhere else.
///
/// Dropped before its end, it stops where it is: tasks end at their next await, and a document
/// that is being digested ends on its thread.
///
/// # Errors
/// If the pool cannot be made, or the state cannot be written.
pub async fn run_with<T: Transport>(
    plan: Plan,
    transport: T,
    sources: Vec<Source>,
    stop: CancellationToken,
    progress: Arc<Progress>,
) -> io::Result<(Index, Report)> {
    let start = Instant::now();
    let (crawl, first) = match plan.follow {
        Some(follow) => {
            let (crawl, first) = Crawl::begin(follow, plan.redirects, sources);
            (Some(crawl), first)
        }
        None => (None, sources),
    };
    let context = Arc::new(Context {
        attempts: plan.attempts(transport, &progress),
        bridge: Bridge::new(plan.threads)?,
        index: index::Builder::new(),
        crawl,
        progress,
        // Of its own, so that a run that stops itself does not look stopped from outside.
        stop: stop.child_token(),
        broken: OnceLock::new(),
        plan,
    });
    let ended = tokio::select! {
        ended = rounds(&context, first) => ended?,
        never = watch(&context) => never,
    };

    let context = Arc::into_inner(context).expect("all lanes, and so all documents, have ended");
    let Context { plan, attempts, bridge, index, crawl, progress, broken, .. } = context;
    let Attempts { transport, limits, .. } = attempts;
    debug_assert_eq!(limits.available(), limits.permits(), "every place is free again");
    if let Some(broken) = broken.into_inner() {
        return Err(io::Error::other(broken));
    }
    let finishing = Instant::now();
    // The last sort computes, too: it goes over the bridge like every document did.
    let index = bridge.run(move || index.finish()).await.map_err(io::Error::other)?;
    let finish = finishing.elapsed().as_secs_f64();

    let Ended { failures, skips, redirected, unfinished, waiting, resumed } = ended;
    let peak_bytes = progress.peak_memory.load(Ordering::Relaxed);
    debug_assert!(
        peak_bytes <= limits.peak_permits() as u64 * plan.fetch.max_body,
        "no more bodies are in memory than places, and none is larger than the cap"
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
        follow: crawl.map(|crawl| crawl.report(redirected, waiting)),
        seconds: start.elapsed().as_secs_f64(),
        stages: Stages {
            fetch: progress.fetching.seconds(),
            digest: progress.digesting.seconds(),
            index: progress.indexing.seconds(),
            finish,
        },
        requests: progress.requests.load(Ordering::Relaxed),
        retries: progress.retries.load(Ordering::Relaxed),
        connections: transport.connections(),
        concurrency: limits.peak_permits(),
        peak_in_flight: limits.peak(),
        peak_bytes,
        threads: plan.threads,
    };
    Ok((index, report))
}

/// What came of the documents, but for those in the index.
#[derive(Debug, Default)]
struct Ended {
    failures: Vec<Failure>,
    /// Pages that were passed over.
    skips: Vec<Failure>,
    redirected: usize,
    unfinished: usize,
    /// Pages that were found and not begun, because the run was stopped.
    waiting: usize,
    /// Documents that an earlier run had done.
    resumed: usize,
}

/// Runs one round after another until nothing is left: without links to follow there is but one.
async fn rounds<T: Transport>(context: &Arc<Context<T>>, first: Vec<Source>) -> io::Result<Ended> {
    let mut before = context.plan.journal.as_ref().map(|state| state.replay()).unwrap_or_default();
    let (mut ended, mut round) = (Ended::default(), first);
    while !round.is_empty() {
        context.progress.total.fetch_add(round.len() as u64, Ordering::Relaxed);
        context.index.reserve(round.len());
        let shared = Arc::clone(context);
        let restore = move || shared.restore(round, before);
        let (sites, outcomes, rest) =
            context.bridge.run(restore).await.map_err(io::Error::other)?;
        before = rest;
        ended.resumed += outcomes.len();
        outcomes.into_iter().for_each(|outcome| ended.collect(context, outcome));

        let mut lanes = JoinSet::new();
        for (site, sources) in sites {
            lanes.spawn(lane(Arc::clone(context), site, sources));
        }
        while let Some(lane) = lanes.join_next().await {
            ended.merge(lane.expect("a lane does not panic: its documents are caught"));
        }
        if context.crawl.is_none() {
            break;
        }
        let shared = Arc::clone(context);
        let next = move || {
            let crawl = shared.crawl.as_ref().expect("links are followed");
            if shared.stop.is_cancelled() {
                return (Vec::new(), crawl.waiting());
            }
            (crawl.next(), 0)
        };
        (round, ended.waiting) = context.bridge.run(next).await.map_err(io::Error::other)?;
    }
    if let Some(crawl) = &context.crawl {
        let redirect_loops = crawl.redirect_loops();
        ended.redirected -= redirect_loops.len();
        ended.failures.extend(redirect_loops);
    }
    ended.failures.sort_by(|a, b| a.url.cmp(&b.url));
    ended.skips.sort_by(|a, b| a.url.cmp(&b.url));
    Ok(ended)
}

/// Opens and closes places of an automatic run, for as long as it is polled.
async fn watch<T>(context: &Context<T>) -> ! {
    if context.plan.concurrency != Concurrency::Auto {
        std::future::pending::<()>().await;
    }
    let most = concurrency::max_permits();
    let mut looks = tokio::time::interval(concurrency::EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let look = Observation {
            permits: context.attempts.limits.permits(),
            max_permits: most,
            available: context.attempts.limits.available(),
            waiting: context.bridge.waiting(),
            threads: context.plan.threads,
            memory: context.progress.memory.load(Ordering::Relaxed),
            latency: context.progress.latency.least(),
            each: context.progress.digesting.mean(),
        };
        context.attempts.limits.set_permits(concurrency::next_limit(look));
    }
}

/// Sends the sources of one site on their way and collects what becomes of them.
async fn lane<T: Transport>(
    context: Arc<Context<T>>,
    site: Option<String>,
    sources: Vec<Source>,
) -> Ended {
    let mut ended = Ended::default();
    let host = sources.first().and_then(Source::host);
    let (sources, refused) = permitted(&context, site, sources).await;
    refused.into_iter().for_each(|outcome| ended.collect(&context, outcome));
    let mut documents = JoinSet::new();
    let mut sources = sources.into_iter();
    for source in sources.by_ref() {
        let enter = context.attempts.limits.enter(host.as_deref());
        let Some(permit) = context.stop.run_until_cancelled(enter).await else {
            ended.unfinished += 1;
            break;
        };
        documents.spawn(guarded(Arc::clone(&context), source, permit));
        while let Some(outcome) = documents.try_join_next() {
            ended.collect(&context, outcome.expect("a document's panic is caught"));
        }
    }
    ended.unfinished += sources.len();
    while let Some(outcome) = documents.join_next().await {
        ended.collect(&context, outcome.expect("a document's panic is caught"));
    }
    ended
}

/// Of the sources of one site those that its `robots.txt` allows, and what came of the others. It
/// is asked for before anything else of the site, once, and only where links are followed.
async fn permitted<T: Transport>(
    context: &Arc<Context<T>>,
    site: Option<String>,
    sources: Vec<Source>,
) -> (Vec<Source>, Vec<Outcome>) {
    let (Some(crawl), Some(site), Some(first)) = (&context.crawl, site, sources.first()) else {
        return (sources, Vec::new());
    };
    let asked = crawl.site(&site).access.get_or_init(|| access(context, first));
    if context.stop.run_until_cancelled(asked).await.is_none() {
        return (Vec::new(), sources.iter().map(|_| Outcome::Unfinished).collect());
    }
    let shared = Arc::clone(context);
    // Hundreds of rules for thousands of pages are work for the pool.
    let judge = move || {
        let crawl = shared.crawl.as_ref().expect("links are followed");
        let access = crawl.site(&site).access.get().expect("it was asked for above");
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        for source in sources {
            // What a stranger's rules do to the one who reads them is that page's failure.
            let refusal = panic::catch_unwind(AssertUnwindSafe(|| access.refusal(&source)));
            let refusal = refusal.unwrap_or_else(|payload| Some((Kind::Panic, said(&*payload))));
            match refusal {
                None => allowed.push(source),
                Some((kind, detail)) => {
                    refused.push(shared.failed(&source.to_string(), kind, detail));
                }
            }
        }
        (allowed, refused)
    };
    context.bridge.run(judge).await.expect("a panic over a page was caught")
}

/// Asks for the `robots.txt` of the site of a page, and keeps to the pace that it asks for.
async fn access<T: Transport>(context: &Context<T>, page: &Source) -> Access {
    let (Source::Url(page), Some(host)) = (page, page.host()) else {
        unreachable!("a file has no site");
    };
    let url = page.join("/robots.txt").expect("it is a URL on any host");
    let accept = Accept::Bytes { beginning: Some(robots::MAX_BYTES), redirects: robots::REDIRECTS };
    let ask = context.attempts.bytes_as(&url, accept);
    let answer = ask.instrument(info_span!("robots", %url)).await;
    let read = context.bridge.run(move || Access::of(answer)).await;
    let access = read.unwrap_or_else(|panicked| {
        Access::Unreachable(fetch::Error::lasting(Kind::Panic, panicked.0))
    });
    if let Some(delay) = access.delay() {
        context.attempts.limits.slow_down(&host, delay.min(robots::LONGEST_DELAY));
    }
    access
}

impl Ended {
    fn collect<T>(&mut self, context: &Context<T>, outcome: Outcome) {
        let progress = &context.progress;
        let counter = match outcome {
            Outcome::Indexed => &progress.indexed,
            Outcome::Failed(failure) if context.crawl.is_some() && failure.kind.is_no_fault() => {
                self.skips.push(failure);
                &progress.passed
            }
            Outcome::Failed(failure) => {
                self.failures.push(failure);
                &progress.failed
            }
            Outcome::Redirected => {
                self.redirected += 1;
                &progress.passed
            }
            Outcome::Unfinished => {
                self.unfinished += 1;
                return;
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn merge(&mut self, lane: Ended) {
        self.failures.extend(lane.failures);
        self.skips.extend(lane.skips);
        self.redirected += lane.redirected;
        self.unfinished += lane.unfinished;
    }
}

/// A panic in a document's task is that document's failure and nobody else's.
async fn guarded<T: Transport>(
    context: Arc<Context<T>>,
    source: Source,
    permit: Permit,
) -> Outcome {
    let url = source.to_string();
    let work = document(Arc::clone(&context), source, &url, permit);
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|payload| context.failed(&url, Kind::Panic, said(&*payload)))
}

fn said(payload: &(dyn Any + Send)) -> String {
    payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "a task panicked".into())
}

// ANCHOR: document
async fn document<T: Transport>(
    context: Arc<Context<T>>,
    source: Source,
    url: &str,
    permit: Permit,
) -> Outcome {
    let accept = if context.crawl.is_some() { Accept::PageOrRedirect } else { Accept::Page };
    let fetch = context.attempts.get(&source, accept, permit);
    let fetch = fetch.instrument(info_span!("fetch", url, host = source.host()));
    // Stopped: the request is dropped where it is, and its places are free.
    let Some((fetched, mut permit)) = context.stop.run_until_cancelled(fetch).await else {
        return Outcome::Unfinished;
    };
    let body = match fetched {
        Ok(Response::Body(body)) => body,
        Ok(Response::Redirect(to)) => return context.redirected(url, to.into()),
        Err(error) => return context.failed(url, error.kind, error.detail),
    };
    permit.leave_host();
    let held = BodyBytes::new(&context.progress, body.bytes.len() as u64);

    let permit = Arc::new(permit);
    // A failure is noted before the place is free, as a digest is: a run that is killed must not
    // lose more documents than were in flight.
    let _noted = context.plan.journal.is_some().then(|| Arc::clone(&permit));
    let shared = Arc::clone(&context);
    let address = url.to_owned();
    let span = info_span!("digest", url);
    let work = move || {
        // The permit ends with the work, even if nobody waits for it anymore; and after the span,
        // so that a timeline never shows more documents than are allowed.
        let _permit = permit;
        let _held = held;
        let span = span;
        if shared.stop.is_cancelled() {
            return Ok(false);
        }
        span.in_scope(|| shared.take_in(address, &body)).map(|()| true)
    };
    match context.bridge.run(work).await {
        Ok(Ok(true)) => Outcome::Indexed,
        Ok(Ok(false)) => Outcome::Unfinished,
        Ok(Err(Refused::Unreadable(reason))) => {
            context.failed(url, reason.kind(), reason.to_string())
        }
        Ok(Err(Refused::NoIndex)) => Outcome::Failed(no_index(url)),
        Ok(Err(Refused::State(error))) => context.give_up(error),
        Err(panicked) => context.failed(url, Kind::Panic, panicked.0),
    }
}
// ANCHOR_END: document

/// Why a body did not come into the index.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("it asks not to be indexed")]
    NoIndex,
    #[error(transparent)]
    State(#[from] JournalError),
}

fn no_index(url: &str) -> Failure {
    Failure { url: url.to_owned(), kind: Kind::NoIndex, detail: "asks not to be indexed".into() }
}

/// Sources that are still to be fetched, by site.
type Sites = BTreeMap<Option<String>, Vec<Source>>;

impl<T: Transport> Context<T> {
    /// The compute-bound part, on a thread of the pool.
    fn take_in(&self, url: String, body: &Body) -> Result<(), Refused> {
        let start = Instant::now();
        let extract = if self.crawl.is_some() { Extract::TextAndLinks } else { Extract::Text };
        let digest = (self.plan.digest)(body, extract);
        let links = digest.as_ref().ok().zip(self.crawl.as_ref()).map(|(digest, crawl)| {
            let asked = body.directives.and(digest.links.directives);
            (asked, if asked.nofollow { Vec::new() } else { crawl.links(&url, &digest.links) })
        });
        self.progress.digesting.add(start);
        let digest = digest?;
        let (asked, links) = links.unwrap_or_default();

        let start = Instant::now();
        let _span = info_span!("index").entered();
        let bytes = body.bytes.len() as u64;
        if let Some(state) = &self.plan.journal {
            let (title, text) = (Cow::Borrowed(&*digest.title), Cow::Borrowed(&*digest.text));
            let done = match asked.noindex {
                true => RecordedOutcome::Failed(Cow::Owned(no_index(&url))),
                false => RecordedOutcome::Indexed { bytes, title, text },
            };
            state.append(&url, &Record { outcome: done, links: Cow::Borrowed(&links) })?;
        }
        // Noted first: a page that was found is found again when the run goes on.
        if let Some(crawl) = &self.crawl {
            crawl.add(&links);
        }
        if asked.noindex {
            return Err(Refused::NoIndex);
        }
        self.index.add(&url, bytes, digest);
        self.progress.indexing.add(start);
        Ok(())
    }

    /// Brings back what of these sources was done before. Returns the others by site, what came of
    /// those that were done, and what else was done before.
    fn restore(&self, sources: Vec<Source>, mut before: Replay) -> (Sites, Vec<Outcome>, Replay) {
        let (mut sites, mut known) = (Sites::new(), Vec::new());
        for source in sources {
            let url = if before.is_empty() { String::new() } else { source.to_string() };
            match before.remove(&url) {
                Some(done) => known.push((url, done)),
                None => sites.entry(source.site()).or_default().push(source),
            }
        }
        sites.values_mut().for_each(Vec::shrink_to_fit);
        let outcomes = known
            .into_par_iter()
            .map(|(url, Record { outcome: done, links })| {
                if let Some(crawl) = &self.crawl {
                    crawl.add(&links);
                }
                match done {
                    RecordedOutcome::Indexed { bytes, title, text } => {
                        self.index.add(&url, bytes, collect(title.into_owned(), text.into_owned()));
                        Outcome::Indexed
                    }
                    RecordedOutcome::Failed(failure) => Outcome::Failed(failure.into_owned()),
                    RecordedOutcome::Redirect(to) => self.redirect(&url, &to),
                }
            })
            .collect();
        (sites, outcomes, before)
    }

    /// What becomes of a redirect that is not followed at once. It is noted as what it is: whether
    /// the crawl goes where it leads is found out anew when the run goes on.
    fn redirected(&self, url: &str, to: String) -> Outcome {
        if let Some(state) = &self.plan.journal
            && let Err(error) =
                state.append(url, &RecordedOutcome::Redirect(Cow::Borrowed(&to)).into())
        {
            return self.give_up(error);
        }
        self.redirect(url, &to)
    }

    fn redirect(&self, url: &str, to: &str) -> Outcome {
        let crawl = self.crawl.as_ref().expect("redirects are handed back to a crawl only");
        match crawl.redirect(url, to) {
            Ok(()) => Outcome::Redirected,
            Err((kind, detail)) => Outcome::Failed(Failure { url: url.to_owned(), kind, detail }),
        }
    }

    /// A failure, noted if there is a state: a line of text into the system's memory, which is not
    /// worth a trip over the bridge.
    fn failed(&self, url: &str, kind: Kind, detail: impl Into<String>) -> Outcome {
        let failure = Failure { url: url.to_owned(), kind, detail: detail.into() };
        if let Some(state) = &self.plan.journal
            && let Err(error) =
                state.append(url, &RecordedOutcome::Failed(Cow::Borrowed(&failure)).into())
        {
            return self.give_up(error);
        }
        Outcome::Failed(failure)
    }

    /// Stops the run, because what it does can no longer be kept.
    fn give_up(&self, error: JournalError) -> Outcome {
        // The first error says it all.
        let _ = self.broken.set(error);
        self.stop.cancel();
        Outcome::Unfinished
    }
}
