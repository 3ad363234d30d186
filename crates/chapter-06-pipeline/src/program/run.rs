//! The run: every source through fetch, bridge, digest and index, once.
//!
//! ```text
//! lane (one task a host) ──permit──► document (a task each) ──► fetch ──► bridge ──► digest, index
//! ```
//!
//! A lane hands out its sources one by one, each with a [`Permit`]. The permit travels with the
//! document to the end, so what is in flight never exceeds the bound, wherever it is. Every source
//! ends as exactly one of indexed, failed or unfinished.

use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt;
use rayon::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span, warn};

use super::bridge::Bridge;
use super::concurrency::{self, Concurrency, Latency, Look};
use super::digest::{Digest, Form, Unreadable, collect, digest};
use super::failure::{Failure, Kind};
use super::fetch::{self, Answer, Body, Fetcher, Transport};
use super::index::{self, Index};
use super::limits::{Limits, Permit};
use super::report::{Report, Stages};
use super::retry::{Budget, delay};
use super::sources::Source;
use super::state::{Before, Done, State, StateError};

/// How to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Documents in flight at once: from before the request until they are in the index.
    pub concurrency: Concurrency,
    /// Requests to one host at once.
    pub per_host: usize,
    /// Requests to one host per second, if bounded.
    pub rate: Option<f64>,
    /// Further attempts after a failed one.
    pub retries: u32,
    /// Redirects that are followed.
    pub redirects: u32,
    /// Threads that digest.
    pub threads: usize,
    /// What a request may do.
    pub fetch: fetch::Settings,
    /// What was done before, and where to note what is done now.
    pub state: Option<Arc<State>>,
    /// The compute-bound stage. A test may put in one that panics.
    pub digest: DigestFn,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            concurrency: Concurrency::Auto,
            per_host: 8,
            rate: None,
            retries: 3,
            redirects: 10,
            threads: Threads::available().rayon,
            fetch: fetch::Settings {
                connect_timeout: Duration::from_secs(5),
                timeout: Duration::from_secs(20),
                max_body: 8 << 20,
            },
            state: None,
            digest,
        }
    }
}

/// A body, its form and its declared charset into a digest.
pub type DigestFn = fn(&[u8], Form, Option<&str>) -> Result<Digest, Unreadable>;

/// How the machine's cores are split between waiting and computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads {
    /// Tokio's workers.
    pub tokio: usize,
    /// Rayon's threads.
    pub rayon: usize,
}

impl Threads {
    /// The split for the cores of this machine.
    pub fn available() -> Self {
        Self::of(thread::available_parallelism().map_or(1, usize::from))
    }

    /// With few cores one worker shares a core with the pool: it sleeps most of the time, and a
    /// pool with a thread less would leave a core idle. With many it gets cores of its own.
    pub fn of(cores: usize) -> Self {
        match cores {
            0..=3 => Threads { tokio: 1, rayon: cores.max(1) },
            4..=6 => Threads { tokio: 1, rayon: cores - 1 },
            _ => Threads { tokio: 2, rayon: cores - 2 },
        }
    }
}

/// A runtime for [`run`].
///
/// # Errors
/// If its threads cannot be started.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(Threads::available().tokio).enable_all().build()
}

/// What a run has done so far; anyone may look at any time.
#[derive(Debug, Default)]
pub struct Progress {
    /// Documents in the index.
    pub indexed: AtomicU64,
    /// Documents that failed.
    pub failed: AtomicU64,
    /// Bytes of bodies.
    pub bytes: AtomicU64,
    /// Bytes of bodies that are in memory now.
    memory: AtomicU64,
    latency: Latency,
    requests: AtomicU64,
    retries: AtomicU64,
    fetching: Clock,
    digesting: Clock,
    indexing: Clock,
}

/// Adds up durations from many threads.
#[derive(Debug, Default)]
struct Clock {
    nanos: AtomicU64,
    count: AtomicU64,
}

impl Clock {
    fn add(&self, since: Instant) {
        self.nanos.fetch_add(since.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// The mean of what was added, if anything was.
    fn mean(&self) -> Option<Duration> {
        let nanos = self.nanos.load(Ordering::Relaxed);
        nanos.checked_div(self.count.load(Ordering::Relaxed)).map(Duration::from_nanos)
    }
}

/// What came of one source.
enum Outcome {
    Indexed,
    Failed(Failure),
    Unfinished,
}

struct Context<T> {
    plan: Plan,
    transport: T,
    limits: Limits,
    budget: Budget,
    bridge: Bridge,
    index: index::Builder,
    progress: Arc<Progress>,
    stop: CancellationToken,
    /// Why the run stopped itself.
    broken: OnceLock<StateError>,
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
    let context = Arc::new(Context {
        transport,
        limits: Limits::new(plan.concurrency.first(), plan.per_host, plan.rate),
        budget: Budget::new(),
        bridge: Bridge::new(plan.threads)?,
        index: index::Builder::new(),
        progress,
        // Of its own, so that a run that stops itself does not look stopped from outside.
        stop: stop.child_token(),
        broken: OnceLock::new(),
        plan,
    });
    let before = context.plan.state.as_ref().map(|state| state.take_before()).unwrap_or_default();
    let resumed = before.len();
    let done = before.keys().cloned().collect::<BTreeSet<_>>();
    let restoring = Arc::clone(&context);
    let restored = context.bridge.run(move || restoring.restore(before)).await;
    let mut failures = restored.map_err(io::Error::other)?;

    let mut hosts: BTreeMap<Option<String>, Vec<Source>> = BTreeMap::new();
    for source in sources {
        if done.is_empty() || !done.contains(&source.to_string()) {
            hosts.entry(source.host()).or_default().push(source);
        }
    }
    let mut lanes = JoinSet::new();
    for (host, sources) in hosts {
        lanes.spawn(lane(Arc::clone(&context), host, sources));
    }
    let mut unfinished = 0;
    let mut next = async || {
        tokio::select! {
            lane = lanes.join_next() => lane,
            never = watch(&context) => never,
        }
    };
    while let Some(lane) = next().await {
        let lane = lane.expect("a lane does not panic: its documents are caught");
        failures.extend(lane.failures);
        unfinished += lane.unfinished;
    }
    failures.sort_by(|a, b| a.url.cmp(&b.url));

    let context = Arc::into_inner(context).expect("all lanes, and so all documents, have ended");
    let Context { plan, transport, limits, bridge, index, progress, broken, .. } = context;
    debug_assert_eq!(limits.free(), limits.places(), "every place is free again");
    if let Some(broken) = broken.into_inner() {
        return Err(io::Error::other(broken));
    }
    let finishing = Instant::now();
    // The last sort computes, too: it goes over the bridge like every document did.
    let index = bridge.run(move || index.finish()).await.map_err(io::Error::other)?;
    let finish = finishing.elapsed().as_secs_f64();

    let report = Report {
        documents: index.documents().len(),
        failed: failures.len(),
        unfinished,
        resumed,
        bytes: index.bytes(),
        words: index.words(),
        terms: index.terms(),
        top: Vec::new(),
        failures,
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
        concurrency: limits.most(),
        peak_in_flight: limits.peak(),
        threads: plan.threads,
    };
    Ok((index, report))
}

/// Opens and closes places of an automatic run, for as long as it is polled.
async fn watch<T>(context: &Context<T>) -> ! {
    if context.plan.concurrency != Concurrency::Auto {
        std::future::pending::<()>().await;
    }
    let mut looks = tokio::time::interval(concurrency::EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let look = Look {
            places: context.limits.places(),
            free: context.limits.free(),
            waiting: context.bridge.waiting(),
            threads: context.plan.threads,
            memory: context.progress.memory.load(Ordering::Relaxed),
            latency: context.progress.latency.least(),
            each: context.progress.digesting.mean(),
        };
        context.limits.set_places(concurrency::next(look));
    }
}

/// What came of the sources of one host, but for those in the index.
#[derive(Debug, Default)]
struct Lane {
    failures: Vec<Failure>,
    unfinished: usize,
}

/// Sends the sources of one host on their way and collects what becomes of them.
async fn lane<T: Transport>(
    context: Arc<Context<T>>,
    host: Option<String>,
    sources: Vec<Source>,
) -> Lane {
    let mut lane = Lane::default();
    let mut documents = JoinSet::new();
    let mut sources = sources.into_iter();
    for source in sources.by_ref() {
        let enter = context.limits.enter(host.as_deref());
        let Some(permit) = context.stop.run_until_cancelled(enter).await else {
            lane.unfinished += 1;
            break;
        };
        documents.spawn(guarded(Arc::clone(&context), source, permit));
        while let Some(ended) = documents.try_join_next() {
            lane.collect(&context.progress, ended.expect("a document's panic is caught"));
        }
    }
    lane.unfinished += sources.len();
    while let Some(ended) = documents.join_next().await {
        lane.collect(&context.progress, ended.expect("a document's panic is caught"));
    }
    lane
}

impl Lane {
    fn collect(&mut self, progress: &Progress, outcome: Outcome) {
        match outcome {
            Outcome::Indexed => drop(progress.indexed.fetch_add(1, Ordering::Relaxed)),
            Outcome::Failed(failure) => {
                progress.failed.fetch_add(1, Ordering::Relaxed);
                self.failures.push(failure);
            }
            Outcome::Unfinished => self.unfinished += 1,
        }
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
    let fetch = attempts(&context, &source, permit);
    let fetch = fetch.instrument(info_span!("fetch", url));
    // Stopped: the request is dropped where it is, and its places are free.
    let Some((fetched, mut permit)) = context.stop.run_until_cancelled(fetch).await else {
        return Outcome::Unfinished;
    };
    let body = match fetched {
        Ok(body) => body,
        Err(error) => return context.failed(url, error.kind, error.detail),
    };
    permit.leave_host();
    let held = Held::new(&context.progress, &body);

    let permit = Arc::new(permit);
    // A failure is noted before the place is free, as a digest is: a run that is killed must not
    // lose more documents than were in flight.
    let _noted = context.plan.state.is_some().then(|| Arc::clone(&permit));
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
            context.failed(url, kind(&reason), reason.to_string())
        }
        Ok(Err(Refused::State(error))) => context.give_up(error),
        Err(panicked) => context.failed(url, Kind::Panic, panicked.0),
    }
}
// ANCHOR_END: document

/// The memory that a body takes.
struct Held(Arc<Progress>, u64);

impl Held {
    fn new(progress: &Arc<Progress>, body: &Body) -> Self {
        let bytes = body.bytes.len() as u64;
        progress.memory.fetch_add(bytes, Ordering::Relaxed);
        Held(Arc::clone(progress), bytes)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.memory.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// Why a body did not come into the index.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    State(#[from] StateError),
}

fn kind(unreadable: &Unreadable) -> Kind {
    match unreadable {
        Unreadable::Empty => Kind::Empty,
        Unreadable::TooDeep(_) => Kind::TooLarge,
        Unreadable::Binary => Kind::NotText,
        Unreadable::Charset(_) => Kind::Charset,
    }
}

impl<T: Transport> Context<T> {
    /// The compute-bound part, on a thread of the pool.
    fn take_in(&self, url: String, body: &Body) -> Result<(), Refused> {
        let start = Instant::now();
        let digest = (self.plan.digest)(&body.bytes, body.form, body.charset.as_deref());
        self.progress.digesting.add(start);
        let digest = digest?;

        let start = Instant::now();
        let _span = info_span!("index").entered();
        let bytes = body.bytes.len() as u64;
        if let Some(state) = &self.plan.state {
            let (title, text) = (Cow::Borrowed(&*digest.title), Cow::Borrowed(&*digest.text));
            state.note(&url, &Done::Indexed { bytes, title, text })?;
        }
        self.index.add(url, bytes, digest);
        self.progress.indexing.add(start);
        Ok(())
    }

    /// Brings back what was done before, and returns the failures among it.
    fn restore(&self, before: Before) -> Vec<Failure> {
        before
            .into_par_iter()
            .filter_map(|(url, done)| match done {
                Done::Indexed { bytes, title, text } => {
                    self.index.add(url, bytes, collect(title.into_owned(), text.into_owned()));
                    self.progress.indexed.fetch_add(1, Ordering::Relaxed);
                    None
                }
                Done::Failed(failure) => {
                    self.progress.failed.fetch_add(1, Ordering::Relaxed);
                    Some(failure.into_owned())
                }
            })
            .collect()
    }

    /// A failure, noted if there is a state: a line of text into the system's memory, which is not
    /// worth a trip over the bridge.
    fn failed(&self, url: &str, kind: Kind, detail: impl Into<String>) -> Outcome {
        let failure = Failure { url: url.to_owned(), kind, detail: detail.into() };
        if let Some(state) = &self.plan.state
            && let Err(error) = state.note(url, &Done::Failed(Cow::Borrowed(&failure)))
        {
            return self.give_up(error);
        }
        Outcome::Failed(failure)
    }

    /// Stops the run, because what it does can no longer be kept.
    fn give_up(&self, error: StateError) -> Outcome {
        // The first error says it all.
        let _ = self.broken.set(error);
        self.stop.cancel();
        Outcome::Unfinished
    }
}

// ANCHOR: attempts
/// Tries until there is a body, or no use in trying, and follows redirects. Whatever it waits for
/// next, it holds no place meanwhile: a failing host does not slow the others down.
async fn attempts<T: Transport>(
    context: &Context<T>,
    source: &Source,
    mut permit: Permit,
) -> (Result<Body, fetch::Error>, Permit) {
    let (mut source, mut failures, mut redirects) = (source.clone(), 0, 0);
    context.budget.earn();
    loop {
        let error = match request(context, &source).await {
            Ok(Answer::Body(body)) => return (Ok(body), permit),
            Ok(Answer::Redirect(to)) => {
                redirects += 1;
                if redirects > context.plan.redirects {
                    let most = context.plan.redirects;
                    return (Err(fetch::Error::too_many_redirects(most)), permit);
                }
                drop(permit);
                source = Source::Url(to);
                permit = context.limits.enter(source.host().as_deref()).await;
                continue;
            }
            Err(error) => error,
        };
        failures += 1;
        if !error.transient || failures > context.plan.retries {
            return (Err(error), permit);
        }
        let Some(pause) = delay(failures, error.retry_after, fastrand::f64()) else {
            return (Err(error.asking_too_much()), permit);
        };
        if !context.budget.spend() {
            return (Err(error), permit);
        }
        warn!(failures, ?pause, error.detail, "trying again");
        drop(permit);
        tokio::time::sleep(pause).await;
        context.progress.retries.fetch_add(1, Ordering::Relaxed);
        permit = context.limits.enter(source.host().as_deref()).await;
    }
}
// ANCHOR_END: attempts

async fn request<T: Transport>(
    context: &Context<T>,
    source: &Source,
) -> Result<Answer, fetch::Error> {
    let progress = &context.progress;
    progress.requests.fetch_add(1, Ordering::Relaxed);
    let start = Instant::now();
    let answer = context.transport.get(source).await;
    progress.fetching.add(start);
    if let Ok(Answer::Body(body)) = &answer {
        progress.latency.note(start.elapsed());
        progress.bytes.fetch_add(body.bytes.len() as u64, Ordering::Relaxed);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_of_the_cores() {
        let split = |cores| (Threads::of(cores).tokio, Threads::of(cores).rayon);
        assert_eq!([1, 2, 3, 4, 6, 8].map(split), [(1, 1), (1, 2), (1, 3), (1, 3), (1, 5), (2, 6)]);
    }
}
