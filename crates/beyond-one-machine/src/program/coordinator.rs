//! The coordinator: chapter 6's run, with workers for its network.
//!
//! It holds everything that concerns many documents. All of it that is of
//! NATS is here: a request becomes a job in the queue, and whoever asked for it
//! waits for the job's result.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use bytes::Bytes;
use chapter_06_pipeline::cli::say;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::digest::{
    Digest, Extract, Unreadable, digest_body,
};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::{
    self, Fetcher, Pieces, Response, Transport,
};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::{Plan, Progress, run_with};
use chapter_06_pipeline::program::source::Source;
use reqwest::Url;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Error};
use super::message::{Answer, Job, Malformed, Outcome, Piece};
use super::{ACK_WAIT, Incarnation, LONGEST_AWAY, Lane, RESULTS};

/// Messages that are pulled at once.
const BATCH: usize = 64;
/// How often the coordinator looks after its jobs.
const LOOK: Duration = Duration::from_secs(1);
/// A job that takes longer is looked for in the queue.
const LONG: Duration = Duration::from_secs(2);
/// Jobs that are looked for at once.
const LOOKED_FOR: usize = 32;
/// A job that has been gone from the queue for so long, without a result, was
/// lost: a result that got lost on its way comes again sooner.
const GONE: Duration = Duration::from_secs(2 * ACK_WAIT.as_secs());
/// For the last words to the server.
const FAREWELL: Duration = Duration::from_secs(2);
/// So long nobody has taken a job until that is said.
const NO_WORKER: Duration = Duration::from_secs(2);
/// Results of one job that come in pieces at the same time.
const MOST_DELIVERED: usize = 4;
/// How often a job is published again that was lost.
const MOST_LOST: u32 = 5;
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
    let (gone, mut has_gone) = mpsc::channel(1);
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
        gone,
    });
    shared.forget_earlier().await.map_err(io::Error::other)?;
    tracing::info!(process, "connected");
    let plan = Plan { digest: received, ..plan };
    let workers = Workers { shared: Arc::clone(&shared), fetcher };
    // Each of the others ends only if the server does.
    let result = tokio::select! {
        result = run_with(plan, workers, sources, stop, progress) => result,
        error = shared.listen() => Err(io::Error::other(error)),
        error = shared.look_after() => Err(io::Error::other(error)),
        never = shared.publish_lost() => never,
        Some(error) = has_gone.recv() => Err(io::Error::other(error)),
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
    /// Why no job can be published anymore.
    gone: mpsc::Sender<Error>,
}

/// A job whose result has not come.
struct Waiting {
    subject: String,
    message: Bytes,
    to: oneshot::Sender<Result<Answer, Malformed>>,
    lane: Lane,
    /// Since when the server has it.
    stored: Option<Instant>,
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
        let job =
            Job::new(self.from, number, source, self.links, &self.settings)?;
        let (to, answer) = oneshot::channel();
        let waiting = Waiting {
            subject: self.from.job(job.lane(), number),
            message: job.to_bytes().into(),
            to,
            lane: job.lane(),
            stored: None,
            lost: 0,
            missing: None,
            pieces: HashMap::new(),
        };
        self.waiting().insert(number, waiting);
        Some(Asked { shared: self, number, answer })
    }

    /// Publishes a job until the server has stored it.
    async fn publish(&self, number: u64) {
        let found = self
            .waiting()
            .get(&number)
            .map(|it| (it.subject.clone(), it.message.clone(), it.lost));
        let Some((subject, message, lost)) = found else { return };
        let Incarnation { process, .. } = self.from;
        let id = format!("{process:016x}-{number}-{lost}");
        match self.connection.publish(&subject, &id, message).await {
            Ok(()) => {
                if let Some(waiting) = self.waiting().get_mut(&number) {
                    waiting.stored = Some(Instant::now());
                }
            }
            // It ends the run: a server that has gone is no failure of this
            // document.
            Err(error) => {
                // If there is no room, another job has said the same.
                let _ = self.gone.try_send(error);
                std::future::pending().await
            }
        }
    }
}

impl Asked<'_> {
    /// The answer of a worker.
    async fn answer(mut self) -> Result<Response, fetch::Error> {
        self.shared.publish(self.number).await;
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
            let waits = |it: &Waiting| it.lane == lane && it.is_long();
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

    /// Publishes again what was lost with a server's disk, for as long as it is
    /// polled. Not beside [`look_after`](Self::look_after), which must not wait
    /// for a job to be stored, nor end while one is.
    async fn publish_lost(&self) -> ! {
        let (mut ticks, mut next) = (looks(), 0);
        loop {
            ticks.tick().await;
            if self.connection.is_up() {
                self.look_for_lost(&mut next).await;
            }
        }
    }

    /// A job stands in the queue until its result is stored. One that does not,
    /// and whose result does not come, was lost.
    async fn look_for_lost(&self, next: &mut u64) {
        let looked_for: Vec<(u64, String)> = {
            let all = self.waiting();
            let long = all.iter().filter(|(_, it)| it.is_long());
            in_turn(long.map(|(number, _)| *number).collect(), next)
                .into_iter()
                .map(|number| (number, all[&number].subject.clone()))
                .collect()
        };
        if looked_for.is_empty() {
            return;
        }
        let Ok([jobs, _]) = self.connection.streams().await else { return };
        for (number, subject) in looked_for {
            let found = jobs.get_last_raw_message_by_subject(&subject).await;
            let is_missing = match found {
                Ok(_) => false,
                Err(error) => match error.kind() {
                    LastRawMessageErrorKind::NoMessageFound => true,
                    _ => return,
                },
            };
            if self.is_lost(number, is_missing).is_break() {
                tracing::warn!(number, "a job was lost and is published again");
                self.publish(number).await;
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

/// The jobs that are looked for now: the oldest first, and the next time those
/// after them, so that some that wait for long keep nobody's turn.
fn in_turn(mut jobs: Vec<u64>, next: &mut u64) -> Vec<u64> {
    jobs.sort_unstable();
    let before = jobs.partition_point(|number| number < next);
    jobs.rotate_left(before);
    jobs.truncate(LOOKED_FOR);
    *next = jobs.last().map_or(0, |last| last + 1);
    jobs
}

impl Waiting {
    /// Whether the server has had it for a long time.
    fn is_long(&self) -> bool {
        self.stored.is_some_and(|since| since.elapsed() > LONG)
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
            subject: String::new(),
            message: Bytes::new(),
            to: oneshot::channel().0,
            lane: Lane::Url,
            stored: None,
            lost: 0,
            missing: None,
            pieces: HashMap::new(),
        }
    }

    #[test]
    fn jobs_that_wait_for_long_keep_nobodys_turn() {
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
