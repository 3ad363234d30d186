//! The coordinator: chapter 6's run, with workers for its network.
//!
//! It holds everything that concerns many documents. All of it that is of
//! NATS is here: a request becomes a job in the queue, together with others that
//! are ready, and whoever asked for it waits for the job's result.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use chapter_06_pipeline::cli::say;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::digest::{
    Digest, Extract, Unreadable, digest_body,
};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::limits::Limits;
use chapter_06_pipeline::program::fetch::{
    self, Fetcher, Pieces, Response, Transport,
};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::concurrency::{self, Concurrency};
use chapter_06_pipeline::program::run::{Plan, Progress, run_with};
use chapter_06_pipeline::program::source::Source;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use reqwest::Url;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{
    Instant, Interval, MissedTickBehavior, interval, sleep, timeout,
};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Error};
use super::message::{
    Answer, Job, Jobs, MOST_TOGETHER, Malformed, Numbers, Outcome, Piece,
};
use super::{
    ACK_WAIT, FAREWELL, Incarnation, LONGEST_AWAY, Lane, RESULTS, RETRY,
};

/// Messages that are pulled at once.
const BATCH: usize = 64;
/// Messages with jobs that are on their way to the server at once.
const UNDER_WAY: usize = 8;
/// Bytes of jobs that are sent in one message, if it has more than one.
const TOGETHER: usize = 64 << 10;
/// A message has at most this part of the jobs that nobody has done, so that so
/// many workers can have some.
const SHARED_BY: usize = 4;
/// How often the coordinator looks after its jobs.
const LOOK: Duration = Duration::from_secs(1);
/// A job that takes longer is looked for in the queue.
const LONG: Duration = Duration::from_secs(2);
/// Messages that are looked for at once.
const LOOKED_FOR: usize = 32;
/// A job that has been gone from the queue for so long, without a result, was
/// lost: a result that got lost on its way comes again sooner.
const GONE: Duration = Duration::from_secs(2 * ACK_WAIT.as_secs());
/// So long nobody has taken a job until that is said.
const NO_WORKER: Duration = Duration::from_secs(2);
/// Results of one job that come in pieces at the same time.
const MOST_DELIVERED: usize = 4;
/// How often a job is published again that was lost.
const MOST_LOST: u32 = 5;
/// How often the permits of an automatic run are adapted to the workers.
const WATCH: Duration = Duration::from_millis(50);
/// A worker of which no result has come for so long is not counted on.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// Workers that are counted.
const MOST_WORKERS: usize = 1_024;
/// A result's bytes beside a body's: its words and their positions.
const MOST_MORE: u64 = 1 << 20;

/// Runs the plan over the sources with the workers of a server, as
/// [`run`](chapter_06_pipeline::program::run::run) does with its own client
/// and its own pool. `run` is the number of the run: jobs of earlier processes
/// with it are thrown away.
///
/// # Errors
/// Those of `run`; and if the server goes and does not come back.
pub async fn run(
    connection: Connection,
    run: u64,
    plan: Plan,
    sources: Vec<Source>,
    stop: CancellationToken,
    progress: Arc<Progress>,
) -> io::Result<(Index, Report)> {
    let fetcher = Fetcher::new(&plan.fetch)?.counting(&progress.memory);
    let process = fastrand::u64(..);
    let (urls, ready_urls) = mpsc::unbounded_channel();
    let (files, ready_files) = mpsc::unbounded_channel();
    let new =
        || Limits::new(plan.concurrency.first(), plan.per_host, plan.rate);
    let limits = plan.limits.clone().unwrap_or_else(|| Arc::new(new()));
    let shared = Arc::new(Shared {
        connection,
        from: Incarnation { run, process },
        links: plan.follow.is_some(),
        settings: plan.fetch.clone(),
        progress: Arc::clone(&progress),
        waiting: Mutex::default(),
        next: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        resent: AtomicU64::new(0),
        urls,
        files,
        heard_of: Mutex::default(),
    });
    shared.forget_earlier().await.map_err(io::Error::other)?;
    tracing::info!(process, "connected");
    let is_auto = plan.concurrency == Concurrency::Auto;
    if is_auto {
        progress.memory.bound(concurrency::MEMORY, plan.fetch.max_body);
    }
    let plan = Plan {
        digest: received,
        // Chapter 6's watch looks at a pool of its own, and here that has
        // little to do: it would add permits for ever.
        concurrency: Concurrency::Fixed(limits.permits()),
        limits: Some(Arc::clone(&limits)),
        ..plan
    };
    let workers = Workers { shared: Arc::clone(&shared), fetcher };
    // Each of the others ends only if the server does.
    let result = tokio::select! {
        result = run_with(plan, workers, sources, stop, progress) => result,
        error = shared.listen() => Err(io::Error::other(error)),
        error = shared.look_after() => Err(io::Error::other(error)),
        error = shared.publish_jobs(Lane::Url, ready_urls) => {
            Err(io::Error::other(error))
        }
        error = shared.publish_jobs(Lane::File, ready_files) => {
            Err(io::Error::other(error))
        }
        never = shared.publish_lost() => never,
        never = shared.say_what_is_wanted() => never,
        never = shared.watch(&limits), if is_auto => never,
    };
    shared.leave().await;
    let statistics = shared.connection.client.statistics();
    tracing::info!(
        sent = statistics.out_messages.load(Ordering::Relaxed),
        sent_bytes = statistics.out_bytes.load(Ordering::Relaxed),
        received = statistics.in_messages.load(Ordering::Relaxed),
        received_bytes = statistics.in_bytes.load(Ordering::Relaxed),
        "the coordinator's traffic"
    );
    result
}

/// The digest in a body that a worker sent; or that of a document which no
/// worker can be told of.
fn received(body: &Body, extract: Extract) -> Result<Digest, Unreadable> {
    if body.made_of.is_none() {
        return digest_body(body, extract);
    }
    // A panic of a document is a row of the report.
    Ok(Digest::from_bytes(&body.bytes)
        .unwrap_or_else(|error| panic!("a worker's result: {error}")))
}

// ANCHOR: transport
/// A transport whose network is the workers.
struct Workers {
    shared: Arc<Shared>,
    /// For what is read here: `robots.txt` and sitemaps.
    fetcher: Fetcher,
}

impl Transport for Workers {
    async fn get(&self, source: &Source) -> Result<Response, fetch::Error> {
        match self.shared.job(source) {
            Some(asked) => asked.answer().await,
            None => self.fetcher.get(source).await,
        }
    }
    // ANCHOR_END: transport

    async fn get_bytes(
        &self,
        url: &Url,
        beginning: Option<usize>,
    ) -> Result<Response, fetch::Error> {
        self.fetcher.get_bytes(url, beginning).await
    }

    async fn get_pieces(
        &self,
        url: &Url,
        to: Pieces,
    ) -> Result<Response, fetch::Error> {
        self.fetcher.get_pieces(url, to).await
    }

    fn connections(&self) -> u64 {
        self.fetcher.connections()
            + self.shared.connections.load(Ordering::Relaxed)
    }

    fn resent(&self) -> u64 {
        self.fetcher.resent() + self.shared.resent.load(Ordering::Relaxed)
    }
}

/// What the requests, the listener and the one who looks after them share.
struct Shared {
    connection: Connection,
    from: Incarnation,
    links: bool,
    settings: fetch::Settings,
    progress: Arc<Progress>,
    /// The jobs whose results have not come, by number.
    waiting: Mutex<HashMap<u64, Waiting>>,
    next: AtomicU64,
    connections: AtomicU64,
    resent: AtomicU64,
    /// The numbers of jobs that are ready to be published.
    urls: UnboundedSender<u64>,
    files: UnboundedSender<u64>,
    /// The workers of which a result has come lately: when, and how many jobs
    /// each can have in hand.
    heard_of: Mutex<BTreeMap<u64, (Instant, u32)>>,
}

/// A job whose result has not come.
struct Waiting {
    job: Job,
    to: oneshot::Sender<Result<Answer, Malformed>>,
    /// The number of the message that it is in, and since when the server has
    /// that.
    stored: Option<(u64, Instant)>,
    /// How often it was published again, because it was in the queue no more.
    lost: u32,
    /// Since when it is not in the queue where it is looked for.
    missing: Option<Instant>,
    /// The pieces of results that have come, by delivery.
    pieces: HashMap<u64, Vec<Option<Vec<u8>>>>,
}

/// One request, from the job to its answer. Dropped, nobody waits for it
/// anymore.
struct Asked<'a> {
    shared: &'a Shared,
    number: u64,
    answer: oneshot::Receiver<Result<Answer, Malformed>>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.shared.waiting().remove(&self.number);
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a new job, or returns `None` if it cannot be sent.
    fn job(&self, source: &Source) -> Option<Asked<'_>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let job = Job::new(number, source)?;
        let lane = job.lane();
        let (to, answer) = oneshot::channel();
        let waiting = Waiting {
            job,
            to,
            stored: None,
            lost: 0,
            missing: None,
            pieces: HashMap::new(),
        };
        self.waiting().insert(number, waiting);
        self.is_ready(lane, number);
        Some(Asked { shared: self, number, answer })
    }

    /// Has a job published.
    fn is_ready(&self, lane: Lane, number: u64) {
        let ready = match lane {
            Lane::Url => &self.urls,
            Lane::File => &self.files,
        };
        // Who publishes ends with the run.
        let _ = ready.send(number);
    }

    // ANCHOR: publish_jobs
    /// Publishes the jobs of a lane, for as long as it is polled. A message
    /// that is full goes at once. Fewer jobs go when no message is on its way:
    /// meanwhile more come together. Returns if the server stores nothing.
    async fn publish_jobs(
        &self,
        lane: Lane,
        mut ready: UnboundedReceiver<u64>,
    ) -> Error {
        let mut together = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let most = most_together(self.waiting().len());
            let is_idle = under_way.is_empty() && !together.is_empty();
            if is_idle || together.len() >= most && under_way.len() < UNDER_WAY
            {
                let some = self.some(&mut together, most);
                under_way.push(self.publish(lane, some));
                continue;
            }
            tokio::select! {
                Some(number) = ready.recv() => {
                    together.push_back(number);
                    while let Ok(number) = ready.try_recv() {
                        together.push_back(number);
                    }
                }
                Some(stored) = under_way.next() => {
                    if let Err(error) = stored {
                        return error;
                    }
                }
            }
        }
    }
    // ANCHOR_END: publish_jobs

    /// Takes jobs for one message. Whoever asked for one may have gone.
    fn some(&self, together: &mut VecDeque<u64>, most: usize) -> Vec<Job> {
        let all = self.waiting();
        let (mut jobs, mut size) = (Vec::new(), 0);
        while jobs.len() < most
            && let Some(number) = together.front()
        {
            if let Some(waiting) = all.get(number) {
                size += waiting.job.size();
                if size > TOGETHER && !jobs.is_empty() {
                    break;
                }
                jobs.push(waiting.job.clone());
            }
            together.pop_front();
        }
        jobs
    }

    /// Publishes jobs in one message until the server has stored it.
    async fn publish(&self, lane: Lane, jobs: Vec<Job>) -> Result<(), Error> {
        if jobs.is_empty() {
            return Ok(());
        }
        let numbers: Vec<u64> = jobs.iter().map(|job| job.number).collect();
        let message = self.next.fetch_add(1, Ordering::Relaxed);
        let Incarnation { process, .. } = self.from;
        let id = format!("{process:016x}-{message}");
        let subject = self.from.jobs(lane, message);
        let jobs = Jobs::new(self.from, self.links, &self.settings, jobs);
        let bytes = jobs.to_bytes().into();
        self.connection.publish(&subject, &id, bytes).await?;
        let stored = Some((message, Instant::now()));
        let mut all = self.waiting();
        for number in numbers {
            if let Some(waiting) = all.get_mut(&number) {
                waiting.stored = stored;
            }
        }
        Ok(())
    }

    /// Tells workers which of some jobs are still wanted, for as long as it is
    /// polled: those whose results have not come.
    async fn say_what_is_wanted(&self) -> ! {
        let client = &self.connection.client;
        loop {
            let questions = client.subscribe(self.from.wanted()).await;
            if let Ok(mut questions) = questions {
                while let Some(question) = questions.next().await {
                    let (Ok(Numbers(mut numbers)), Some(reply)) = (
                        Numbers::from_bytes(&question.payload),
                        question.reply,
                    ) else {
                        continue;
                    };
                    {
                        let all = self.waiting();
                        numbers.retain(|number| all.contains_key(number));
                    }
                    let answer = Numbers(numbers).to_bytes();
                    // One that is lost is asked for again.
                    let _ = client.publish(reply, answer.into()).await;
                }
            }
            sleep(RETRY).await;
        }
    }
}

/// Jobs that a message may have, of so many that nobody has done.
fn most_together(not_done: usize) -> usize {
    (not_done / SHARED_BY).clamp(1, MOST_TOGETHER)
}

/// The permits of a run that was not told how many documents may be in flight.
impl Shared {
    /// Adds permits, or takes some away, as workers come and go, for as long as
    /// it is polled.
    async fn watch(&self, limits: &Limits) -> ! {
        let (first, most) = (limits.permits(), concurrency::MAX_PERMITS);
        let mut ticks = interval(WATCH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut heard_of = self.heard_of();
            heard_of.retain(|_, (last, _)| last.elapsed() < FORGOTTEN);
            let slots = heard_of.values().map(|(_, slots)| *slots).sum();
            drop(heard_of);
            limits.set_permits(permits(slots, first, most));
        }
    }

    fn heard_of(&self) -> MutexGuard<'_, BTreeMap<u64, (Instant, u32)>> {
        self.heard_of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a worker is there.
    fn hear_of(&self, worker: u64, slots: u32) {
        let mut heard_of = self.heard_of();
        if heard_of.len() < MOST_WORKERS || heard_of.contains_key(&worker) {
            heard_of.insert(worker, (Instant::now(), slots));
        }
    }
}

/// The permits for workers that together can have so many jobs in hand: for
/// those jobs, and for as many documents again, whose jobs wait in the queue or
/// whose results are on their way or become part of the index. More would wait
/// only.
fn permits(slots: u32, first: usize, most: usize) -> usize {
    (2 * slots as usize).clamp(first.min(most), most)
}

impl Asked<'_> {
    /// The answer of a worker.
    async fn answer(mut self) -> Result<Response, fetch::Error> {
        let answer = (&mut self.answer).await;
        let unreadable = || {
            let detail = "a worker's result cannot be read";
            fetch::Error::lasting(Kind::Panic, detail)
        };
        // Its sender goes only with this value or after it has sent.
        let answer = answer.unwrap_or(Err(Malformed));
        match answer.map_err(|_| unreadable())? {
            Answer::Failed(error) => Err(error),
            Answer::Redirect(to) => Ok(Response::Redirect(to)),
            Answer::Document { size, directives, digest } => {
                let most = self.shared.settings.max_body;
                if size > most {
                    return Err(unreadable());
                }
                let mut held = self.shared.progress.memory.hold(0);
                held.grow((digest.len() as u64).min(most)).await;
                Ok(Response::Body(Body {
                    bytes: digest,
                    directives,
                    held: Some(held),
                    made_of: Some(size),
                    ..Body::default()
                }))
            }
        }
    }
}

/// The listener.
impl Shared {
    /// Takes results from the server for as long as it is polled. Returns if
    /// that cannot be done.
    async fn listen(&self) -> Error {
        let pull = |consumer| self.take_from(consumer);
        self.connection.until_away(|| self.results(), pull).await
    }

    /// The consumer of our results. The server forgets it some time after we
    /// have gone.
    async fn results(&self) -> Result<Consumer<pull::Config>, Error> {
        let [_, results] = self.connection.streams().await?;
        let Incarnation { process, .. } = self.from;
        let config = pull::Config {
            durable_name: Some(format!("coordinator-{process:016x}")),
            filter_subject: self.from.results(),
            ack_policy: AckPolicy::Explicit,
            // What was on its way when the server went comes again soon.
            ack_wait: ACK_WAIT,
            inactive_threshold: LONGEST_AWAY * 2,
            ..pull::Config::default()
        };
        results
            .create_consumer(config)
            .await
            .map_err(|error| Error::Stream(RESULTS, error.to_string()))
    }

    /// Pulls results once.
    async fn take_from(
        &self,
        consumer: Consumer<pull::Config>,
    ) -> Result<(), Error> {
        let failed = |error| Error::Stream(RESULTS, error);
        let pull = self.connection.pull(&consumer, BATCH).await;
        let mut pull = pull.map_err(failed)?;
        while let Some(message) = pull.next().await.map_err(failed)? {
            self.take(&message.payload);
            // If it is lost, the result comes again, and nobody waits for it.
            let _ = message.ack().await;
        }
        Ok(())
    }

    /// Takes the pieces of one message.
    fn take(&self, mut message: &[u8]) {
        while !message.is_empty() {
            let Ok(piece) = Piece::take(&mut message) else {
                tracing::warn!("a message is no result");
                return;
            };
            self.take_piece(&piece);
        }
    }

    /// Takes one piece. Of two results of one job the first one that is whole
    /// counts.
    fn take_piece(&self, piece: &Piece<'_>) {
        let mut all = self.waiting();
        let Some(waiting) = all.get_mut(&piece.number) else { return };
        let result = match piece.of {
            1 => Some(piece.bytes.to_vec()),
            _ => waiting.joined(piece, self.settings.max_body),
        };
        let Some(result) = result else { return };
        let waiting = all.remove(&piece.number).expect("it was there");
        drop(all);
        let outcome = Outcome::from_bytes(&result);
        if let Ok(outcome) = &outcome {
            self.connections.fetch_add(outcome.connections, Ordering::Relaxed);
            self.resent.fetch_add(outcome.resent, Ordering::Relaxed);
            self.hear_of(outcome.worker, outcome.slots);
        }
        // Whoever asked may have gone.
        let _ = waiting.to.send(outcome.map(|outcome| outcome.answer));
    }
}

impl Waiting {
    /// The whole result, once all its pieces are there.
    fn joined(&mut self, piece: &Piece<'_>, max_body: u64) -> Option<Vec<u8>> {
        let most =
            (max_body.saturating_mul(4).saturating_add(MOST_MORE)) as usize;
        if self.pieces.len() >= MOST_DELIVERED
            && !self.pieces.contains_key(&piece.delivery)
        {
            self.pieces.clear();
        }
        let pieces = self
            .pieces
            .entry(piece.delivery)
            .or_insert_with(|| vec![None; piece.of as usize]);
        let slot = pieces.get_mut(piece.nth as usize)?;
        *slot = Some(piece.bytes.to_vec());
        let size: usize = pieces.iter().flatten().map(Vec::len).sum();
        if size > most {
            // More than any page of the allowed size becomes. The job is done
            // again, by somebody else.
            self.pieces.remove(&piece.delivery);
            return None;
        }
        let whole = pieces.iter().all(Option::is_some);
        whole.then(|| pieces.iter().flatten().flatten().copied().collect())
    }
}

/// Looking after the jobs.
impl Shared {
    /// Throws away what earlier processes of this run have left in the queues.
    async fn forget_earlier(&self) -> Result<(), Error> {
        let [jobs, results] = self.connection.streams().await?;
        let (of_jobs, of_results) =
            (self.from.jobs_of_run(), self.from.results_of_run());
        let failed = |error: &dyn ToString| {
            Error::Stream(super::JOBS, error.to_string())
        };
        jobs.purge().filter(of_jobs).await.map_err(|it| failed(&it))?;
        results.purge().filter(of_results).await.map_err(|it| failed(&it))?;
        Ok(())
    }

    /// Takes back what nobody needs to do anymore. If the server is not there,
    /// the next process of this run does it.
    async fn leave(&self) {
        let leave = async {
            let _ = self.forget_earlier().await;
            let name = format!("coordinator-{:016x}", self.from.process);
            let _ = self
                .connection
                .jetstream
                .delete_consumer_from_stream(name, RESULTS)
                .await;
        };
        let _ = timeout(FAREWELL, leave).await;
    }

    /// Says what is missing, for as long as it is polled. Returns if the server
    /// does not come back.
    async fn look_after(&self) -> Error {
        let mut ticks = looks();
        let address = &self.connection.address;
        let (mut away, mut idle) = (None, Idle::default());
        loop {
            ticks.tick().await;
            let is_up = self.connection.is_up();
            match (is_up, away) {
                (true, Some(_)) => {
                    say(format_args!("the NATS server at {address} is back"));
                    away = None;
                }
                (true, None) => {}
                (false, None) => {
                    say(format_args!(
                        "the NATS server at {address} is away; it is waited for"
                    ));
                    away = Some(Instant::now());
                }
                (false, Some(since)) if since.elapsed() > LONGEST_AWAY => {
                    return Error::Away(format!(
                        "the NATS server at {address} is away"
                    ));
                }
                (false, Some(_)) => {}
            }
            if !is_up {
                continue;
            }
            // Whatever fails here is tried again at the next tick.
            if let Ok(Some(lane)) = self.no_worker().await {
                idle.note(lane, address);
            } else {
                idle = Idle::default();
            }
        }
    }

    /// The lane in which jobs wait and nobody asks for them.
    async fn no_worker(&self) -> Result<Option<Lane>, Error> {
        for lane in [Lane::Url, Lane::File] {
            let waits = |it: &Waiting| it.job.lane() == lane && it.is_long();
            if !self.waiting().values().any(waits) {
                continue;
            }
            let consumer = self.connection.jobs(lane).await?;
            let info = consumer.cached_info();
            if info.num_pending > 0
                && info.num_ack_pending == 0
                && info.num_waiting == 0
            {
                return Ok(Some(lane));
            }
        }
        Ok(None)
    }

    /// Has published again what was lost with a server's disk, for as long as
    /// it is polled. Not in [`look_after`](Self::look_after), which would
    /// say too late that the server is away.
    async fn publish_lost(&self) -> ! {
        let (mut ticks, mut next) = (looks(), 0);
        loop {
            ticks.tick().await;
            if self.connection.is_up() {
                self.look_for_lost(&mut next).await;
            }
        }
    }

    /// A message with jobs stands in the queue until all their results are
    /// stored. If it does not, a job whose result does not come was lost.
    async fn look_for_lost(&self, next: &mut u64) {
        let mut messages = BTreeMap::<u64, (Lane, Vec<u64>)>::new();
        for (number, it) in self.waiting().iter() {
            if let Some((message, _)) = it.stored
                && it.is_long()
            {
                let of_message = || (it.job.lane(), Vec::new());
                let (_, jobs) =
                    messages.entry(message).or_insert_with(of_message);
                jobs.push(*number);
            }
        }
        if messages.is_empty() {
            return;
        }
        let Ok([jobs, _]) = self.connection.streams().await else { return };
        for message in in_turn(messages.keys().copied().collect(), next) {
            let (lane, numbers) = &messages[&message];
            let subject = self.from.jobs(*lane, message);
            let found = jobs.get_last_raw_message_by_subject(&subject).await;
            let is_missing = match found {
                Ok(_) => false,
                Err(error) => match error.kind() {
                    LastRawMessageErrorKind::NoMessageFound => true,
                    _ => return,
                },
            };
            for &number in numbers {
                if self.is_lost(number, is_missing).is_break() {
                    tracing::warn!(
                        number,
                        "a job was lost and is published again"
                    );
                    self.is_ready(*lane, number);
                }
            }
        }
    }

    /// Notes whether a job is missing. One that has been for [`GONE`] is to be
    /// published again.
    fn is_lost(&self, number: u64, is_missing: bool) -> ControlFlow<()> {
        let mut all = self.waiting();
        let Some(waiting) = all.get_mut(&number) else {
            return ControlFlow::Continue(());
        };
        if !waiting.is_gone(is_missing) {
            return ControlFlow::Continue(());
        }
        if waiting.lost >= MOST_LOST {
            // It was done again and again, and nothing that counts has come.
            let waiting = all.remove(&number).expect("it was there");
            let _ = waiting.to.send(Err(Malformed));
            return ControlFlow::Continue(());
        }
        waiting.missing = None;
        waiting.stored = None;
        waiting.lost += 1;
        ControlFlow::Break(())
    }
}

/// When the jobs are looked after.
fn looks() -> Interval {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The messages that are looked for now: the oldest first, and the next time
/// those after them, so that some that wait for long keep nobody's turn.
fn in_turn(mut messages: Vec<u64>, next: &mut u64) -> Vec<u64> {
    messages.sort_unstable();
    let before = messages.partition_point(|number| number < next);
    messages.rotate_left(before);
    messages.truncate(LOOKED_FOR);
    *next = messages.last().map_or(0, |last| last + 1);
    messages
}

impl Waiting {
    /// Whether the server has had it for a long time.
    fn is_long(&self) -> bool {
        self.stored.is_some_and(|(_, since)| since.elapsed() > LONG)
    }

    /// Notes whether it is missing, and returns whether it has been for
    /// [`GONE`].
    fn is_gone(&mut self, is_missing: bool) -> bool {
        if !is_missing {
            self.missing = None;
            return false;
        }
        self.missing.get_or_insert_with(Instant::now).elapsed() > GONE
    }
}

/// Whether it was said that nobody works.
#[derive(Default)]
struct Idle {
    since: Option<Instant>,
    said: bool,
}

impl Idle {
    fn note(&mut self, lane: Lane, address: &super::connection::Address) {
        let since = *self.since.get_or_insert_with(Instant::now);
        if self.said || since.elapsed() < NO_WORKER {
            return;
        }
        self.said = true;
        let files = match lane {
            Lane::Url => "",
            Lane::File => " --files DIR",
        };
        say(format_args!(
            "no worker takes the jobs; start one: beyond work --nats {address}{files}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::message::pieces;

    fn waiting() -> Waiting {
        Waiting {
            job: Job::new(1, &Source::File("/a".into())).expect("it is text"),
            to: oneshot::channel().0,
            stored: None,
            lost: 0,
            missing: None,
            pieces: HashMap::new(),
        }
    }

    #[test]
    fn messages_that_wait_for_long_keep_nobodys_turn() {
        let jobs: Vec<u64> = (0..70).rev().collect();
        let mut next = 0;
        let mut turns = || in_turn(jobs.clone(), &mut next);
        assert_eq!(turns(), (0..32).collect::<Vec<_>>());
        assert_eq!(turns(), (32..64).collect::<Vec<_>>());
        let again: Vec<_> = (64..70).chain(0..26).collect();
        assert_eq!(turns(), again);
        assert!(in_turn(Vec::new(), &mut next).is_empty());
        assert_eq!(in_turn(vec![7, 3], &mut 9), [3, 7]);
    }

    #[test]
    fn a_message_leaves_jobs_for_other_workers() {
        for (not_done, most) in
            [(0, 1), (1, 1), (7, 1), (8, 2), (12, 3), (31, 7), (10_000, 8)]
        {
            assert_eq!(most_together(not_done), most, "{not_done}");
        }
    }

    #[test]
    fn there_are_permits_for_what_workers_can_have_in_hand_and_as_many_more() {
        for (slots, first, most, expected) in [
            (0, 32, 8_192, 32),
            (4, 32, 8_192, 32),
            (64, 32, 8_192, 128),
            (u32::MAX / 2, 32, 8_192, 8_192),
            (64, 32, 20, 20),
        ] {
            assert_eq!(permits(slots, first, most), expected, "{slots}");
        }
    }

    #[test]
    fn a_result_is_joined_although_many_deliveries_have_begun() {
        let result: Vec<u8> = (0..250).collect();
        let of = |delivery| pieces(1, delivery, &result, 100);
        let (mut waiting, mut whole) = (waiting(), None);
        // Of each of the others one piece has come.
        for delivery in 1..MOST_DELIVERED as u64 {
            let first = of(delivery).next().expect("it has one");
            assert_eq!(waiting.joined(&first, 1 << 20), None);
        }
        for piece in of(0) {
            assert_eq!(whole, None);
            whole = waiting.joined(&piece, 1 << 20);
        }
        assert_eq!(whole, Some(result.clone()));
        // What comes beyond the bound takes the place of all that had begun.
        let first = of(MOST_DELIVERED as u64).next().expect("it has one");
        assert_eq!(waiting.joined(&first, 1 << 20), None);
        assert_eq!(waiting.pieces.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_is_lost_when_its_result_had_the_time_to_come_again() {
        let mut waiting = waiting();
        assert!(!waiting.is_gone(true));
        tokio::time::advance(ACK_WAIT + LOOK).await;
        assert!(!waiting.is_gone(true), "the result comes again about now");
        assert!(!waiting.is_gone(false), "it stands in the queue");
        tokio::time::advance(GONE).await;
        assert!(!waiting.is_gone(true), "it was there until now");
        tokio::time::advance(GONE + LOOK).await;
        assert!(waiting.is_gone(true));
    }
}
