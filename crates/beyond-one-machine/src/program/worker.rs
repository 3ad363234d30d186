//! A worker: one document at a time, from its job to its result.
//!
//! ```text
//! pull ──► fetch ──► digest ──► publish ──► acknowledge
//!            (Tokio)  (Rayon)     (the server has stored the result)
//! ```
//!
//! A job is acknowledged when its result is stored and not before, so a worker
//! may be killed at any moment: what it had is delivered to another one. What
//! has been done twice counts once, see the [coordinator](super::coordinator).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{AckKind, Message};
use bytes::Bytes;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::digest::{Extract, digest_body};
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::{self, Fetcher, Response, Transport};
use chapter_06_pipeline::program::run::bridge::Bridge;
use chapter_06_pipeline::program::source::Source;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Error};
use super::message::{Answer, Job, Outcome, pieces};
use super::{Incarnation, Lane, MOST_DELIVERIES, PROGRESS};

/// Bytes of a message beside its payload that count for the server's bound.
const HEADERS: usize = 1_024;
/// Bytes of results that are sent in one message, if each fits into it.
const TOGETHER: usize = 256 << 10;
/// Clients for different limits that are kept.
const CLIENTS: usize = 4;
/// For the last words to the server.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Jobs of each lane that it has in hand at once.
    pub jobs: usize,
    /// Threads that digest.
    pub threads: usize,
    /// Folders whose files it may read.
    pub files: Vec<PathBuf>,
    /// How often each document is digested: more than once only to measure.
    pub dearer: u32,
}

/// What a worker has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Jobs whose results are stored.
    pub jobs: u64,
    /// Messages in which they were sent.
    pub messages: u64,
    /// Bytes of these messages.
    pub bytes: u64,
    /// Jobs that were given back at the end.
    pub given_back: u64,
}

/// Works until `stop`: then gives back what it has in hand.
///
/// # Errors
/// If the server goes and does not come back.
pub async fn work(
    connection: Connection,
    settings: Settings,
    stop: CancellationToken,
) -> Result<Done, Error> {
    let bridge = Bridge::new(settings.threads)
        .map_err(|error| Error::NoThread(error.to_string()))?;
    let files = settings.files.iter().filter_map(|it| it.canonicalize().ok());
    let (finished, outbox) = mpsc::channel(settings.jobs * 2);
    let worker = Arc::new(Worker {
        bridge,
        files: files.collect(),
        clients: Mutex::default(),
        in_hand: Arc::default(),
        next: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        resent: AtomicU64::new(0),
        dearer: settings.dearer,
        finished,
        connection,
    });
    let mut done = Done::default();
    let files = async {
        match worker.files.is_empty() {
            true => std::future::pending().await,
            false => worker.pull(Lane::File, settings.jobs).await,
        }
    };
    let mut given_back = 0;
    let result = {
        let publish = pin!(worker.publish(outbox, &mut done));
        let result = tokio::select! {
            error = worker.pull(Lane::Url, settings.jobs) => Err(error),
            error = files => Err(error),
            error = publish => Err(error),
            never = worker.report_progress() => never,
            () = stop.cancelled() => Ok(()),
        };
        // What is finished and not published is in hand until its publisher is
        // dropped.
        let give_back = worker.give_back(&mut given_back);
        let _ = timeout(FAREWELL, give_back).await;
        result
    };
    result.map(|()| Done { given_back, ..done })
}

struct Worker {
    connection: Connection,
    bridge: Bridge,
    files: Vec<PathBuf>,
    clients: Mutex<BTreeMap<(Duration, Duration, u64), Fetcher>>,
    in_hand: Arc<Delivered>,
    next: AtomicU64,
    /// What the coordinators were told of.
    connections: AtomicU64,
    resent: AtomicU64,
    dearer: u32,
    finished: mpsc::Sender<Finished>,
}

/// The jobs that were delivered and not acknowledged, in the order in which
/// they came.
#[derive(Default)]
struct Delivered(Mutex<BTreeMap<u64, Arc<Acker>>>);

impl Delivered {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Acker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in_hand(self: &Arc<Self>, number: u64, acker: Acker) -> InHand {
        self.jobs().insert(number, Arc::new(acker));
        InHand { number, among: Arc::clone(self) }
    }
}

/// A job in hand. Dropped, it is no more: if its task has panicked, nobody says
/// that it is being done, and the server gives it to another worker.
struct InHand {
    number: u64,
    among: Arc<Delivered>,
}

impl InHand {
    /// Says that the job is done, or is to be thrown away.
    async fn acknowledge(self, kind: AckKind) {
        // Not there: it was given back.
        let acker = self.among.jobs().remove(&self.number);
        if let Some(acker) = acker {
            // If it is lost, the job is delivered once more.
            let _ = acker.ack_with(kind).await;
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.among.jobs().remove(&self.number);
    }
}

/// A job that is done and not published.
struct Finished {
    to: Incarnation,
    number: u64,
    result: Vec<u8>,
    in_hand: InHand,
    slot: OwnedSemaphorePermit,
}

/// Jobs in.
impl Worker {
    /// Pulls jobs of a lane and has them done, for as long as it is polled.
    /// Returns if the server does not come back.
    async fn pull(self: &Arc<Self>, lane: Lane, most: usize) -> Error {
        let slots = Arc::new(Semaphore::new(most));
        let pull = |consumer| self.pull_from(consumer, &slots, most);
        let jobs = || self.connection.jobs(lane);
        self.connection.until_away(jobs, pull).await
    }

    /// Pulls jobs once, when some more may be in hand.
    async fn pull_from(
        self: &Arc<Self>,
        consumer: Consumer<pull::Config>,
        slots: &Arc<Semaphore>,
        most: usize,
    ) -> Result<(), Error> {
        let failed = |error| Error::Stream(super::JOBS, error);
        // Some at once: each pull is a message, too.
        let some = most.div_ceil(4) as u32;
        let taken = Arc::clone(slots).acquire_many_owned(some).await;
        let mut taken = taken.expect("the semaphore is never closed");
        while let Ok(more) = Arc::clone(slots).try_acquire_owned() {
            taken.merge(more);
        }
        let pull = self.connection.pull(&consumer, taken.num_permits()).await;
        let mut pull = pull.map_err(failed)?;
        while let Some(message) = pull.next().await.map_err(failed)? {
            let slot = taken.split(1);
            let slot = slot.expect("no more come than are asked");
            self.begin(message, slot);
        }
        Ok(())
    }

    /// Takes a job in hand and has it done in a task of its own.
    fn begin(self: &Arc<Self>, message: Message, slot: OwnedSemaphorePermit) {
        let deliveries = message.info().map_or(1, |info| info.delivered);
        let (message, acker) = message.split();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let in_hand = self.in_hand.take_in_hand(number, acker);
        let worker = Arc::clone(self);
        tokio::spawn(async move {
            let Ok(job) = Job::from_bytes(&message.payload) else {
                tracing::warn!("a message is no job, and is thrown away");
                in_hand.acknowledge(AckKind::Term).await;
                return;
            };
            let answer = match deliveries {
                ..=MOST_DELIVERIES => worker.answer(&job).await,
                _ => Answer::Failed(fetch::Error::lasting(
                    Kind::Panic,
                    format!(
                        "given up: {MOST_DELIVERIES} workers that had it have ended"
                    ),
                )),
            };
            let result = worker.outcome(answer).to_bytes();
            let (to, number) = (job.from(), job.number);
            let finished = Finished { to, number, result, in_hand, slot };
            // Nobody publishes anymore: the worker ends.
            let _ = worker.finished.send(finished).await;
        });
    }

    /// Says again and again that the jobs in hand are in hand.
    async fn report_progress(&self) -> ! {
        let mut ticks = interval(PROGRESS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What came since the last tick is young.
        let mut old = 0;
        loop {
            ticks.tick().await;
            let in_hand: Vec<Arc<Acker>> = self
                .in_hand
                .jobs()
                .range(..old)
                .map(|(_, acker)| Arc::clone(acker))
                .collect();
            old = self.next.load(Ordering::Relaxed);
            for acker in in_hand {
                let _ = acker.ack_with(AckKind::Progress).await;
            }
        }
    }

    /// Gives back what is in hand, and counts it: another worker need not wait
    /// for it.
    async fn give_back(&self, given_back: &mut u64) {
        let in_hand = std::mem::take(&mut *self.in_hand.jobs());
        for acker in in_hand.into_values() {
            if acker.ack_with(AckKind::Nak(None)).await.is_ok() {
                *given_back += 1;
            }
        }
        let _ = self.connection.client.flush().await;
    }
}

/// One document.
impl Worker {
    /// Makes one request and digests what comes.
    async fn answer(self: &Arc<Self>, job: &Job) -> Answer {
        let source = job.source().expect("it was checked when it came");
        if let Source::File(path) = &source
            && !self.may_read(path)
        {
            let detail = "no worker that has it may read it (see --files)";
            return Answer::Failed(fetch::Error::lasting(
                Kind::Unreadable,
                detail,
            ));
        }
        let client = match self.client(&job.settings()) {
            Ok(client) => client,
            Err(error) => return Answer::Failed(error),
        };
        match client.get(&source).await {
            Ok(Response::Body(body)) => self.digest(body, job.links).await,
            Ok(Response::Redirect(to)) => Answer::Redirect(to),
            Err(error) => Answer::Failed(error),
        }
    }

    async fn digest(self: &Arc<Self>, body: Body, links: bool) -> Answer {
        let extract = if links { Extract::TextAndLinks } else { Extract::Text };
        let (size, directives) = (body.size(), body.directives);
        let dearer = self.dearer;
        let digest = self.bridge.run(move || {
            for _ in 1..dearer {
                let _ = std::hint::black_box(digest_body(&body, extract));
            }
            digest_body(&body, extract).map(|digest| digest.to_bytes())
        });
        let (kind, detail) = match digest.await {
            Ok(Ok(digest)) => {
                return Answer::Document { size, directives, digest };
            }
            Ok(Err(unreadable)) => (unreadable.kind(), unreadable.to_string()),
            Err(panicked) => (Kind::Panic, panicked.0),
        };
        // The server has answered, and well.
        let error = fetch::Error::lasting(kind, detail);
        Answer::Failed(fetch::Error { answered: true, ..error })
    }

    /// Whether a file is in one of the folders that were named. One that is
    /// nowhere fails as it does without workers.
    fn may_read(&self, path: &Path) -> bool {
        let real = path.canonicalize();
        let folder = || path.parent()?.canonicalize().ok();
        let real = real.ok().or_else(folder);
        let real = real.unwrap_or_else(|| path.to_owned());
        self.files.iter().any(|folder| real.starts_with(folder))
    }

    /// The client for these limits. It keeps its connections from one job to
    /// the next.
    fn client(
        &self,
        limits: &fetch::Settings,
    ) -> Result<Fetcher, fetch::Error> {
        let fetch::Settings { connect_timeout, timeout, max_body } = *limits;
        let key = (connect_timeout, timeout, max_body);
        let mut clients =
            self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = Fetcher::new(limits).map_err(|error| {
            fetch::Error::lasting(Kind::Tls, error.to_string())
        })?;
        if clients.len() >= CLIENTS {
            clients.pop_first();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// An answer, and what was counted since the last one.
    fn outcome(&self, answer: Answer) -> Outcome {
        let (mut connections, mut resent) = (0, 0);
        let clients =
            self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        for client in clients.values() {
            connections += client.connections();
            resent += client.resent();
        }
        drop(clients);
        let new = |now: u64, counted: &AtomicU64| {
            now.saturating_sub(counted.fetch_max(now, Ordering::Relaxed))
        };
        Outcome {
            connections: new(connections, &self.connections),
            resent: new(resent, &self.resent),
            answer,
        }
    }
}

/// Results out.
impl Worker {
    /// Publishes what is finished, for as long as it is polled. While one
    /// message is on its way, more results come together: they travel in the
    /// next one.
    async fn publish(
        &self,
        mut outbox: mpsc::Receiver<Finished>,
        done: &mut Done,
    ) -> Error {
        let most = self.connection.client.max_payload();
        let most = most.saturating_sub(HEADERS).max(HEADERS);
        let mut left = None;
        loop {
            let first = match left.take() {
                Some(first) => first,
                None => outbox.recv().await.expect("the worker has a sender"),
            };
            let to = first.to;
            let (mut size, mut together) = (first.result.len(), vec![first]);
            while size < TOGETHER.min(most)
                && let Ok(next) = outbox.try_recv()
            {
                size += next.result.len();
                if next.to != to || size > TOGETHER.min(most) {
                    left = Some(next);
                    break;
                }
                together.push(next);
            }
            for message in messages(&together, most) {
                done.messages += 1;
                done.bytes += message.len() as u64;
                let id = format!("{:016x}", fastrand::u64(..));
                let subject = to.results();
                let stored =
                    self.connection.publish(&subject, &id, message).await;
                if let Err(error) = stored {
                    return error;
                }
            }
            for finished in together {
                done.jobs += 1;
                finished.in_hand.acknowledge(AckKind::Ack).await;
                drop(finished.slot);
            }
        }
    }
}

/// The messages in which these results travel.
fn messages(together: &[Finished], most: usize) -> Vec<Bytes> {
    let (mut messages, mut message) = (Vec::new(), Vec::new());
    for Finished { number, result, .. } in together {
        for piece in pieces(*number, fastrand::u64(..), result, most) {
            if !message.is_empty() && message.len() + piece.size() > most {
                messages.push(std::mem::take(&mut message).into());
            }
            piece.push_to(&mut message);
        }
    }
    messages.push(message.into());
    messages
}
