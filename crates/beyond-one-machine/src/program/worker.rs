//! A worker: one document at a time, from its job to its result.
//!
//! ```text
//! pull ──► fetch ──► digest ──► publish ──► acknowledge
//!            (Tokio)  (Rayon)     (the server has stored the result)
//! ```
//!
//! Jobs come some in a message. It is acknowledged when the results of all of
//! them are stored and not before, so a worker may be killed at any moment: what
//! it had is delivered to another one. That one first asks which of the jobs are
//! still wanted. What has been done twice nevertheless counts once, see the
//! [coordinator](super::coordinator).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::client::RequestErrorKind;
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
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Error};
use super::message::{
    Answer, Job, Jobs, MOST_SLOTS, MOST_TOGETHER, Numbers, Outcome, pieces,
};
use super::{
    FAREWELL, Incarnation, LONGEST_AWAY, Lane, MOST_DELIVERIES, PROGRESS, RETRY,
};

/// Bytes of a message beside its payload that count for the server's bound.
const HEADERS: usize = 1_024;
/// Bytes of results that are sent in one message, if each fits into it.
const TOGETHER: usize = 256 << 10;
/// Clients for different limits that are kept.
const CLIENTS: usize = 4;
/// A coordinator that nobody has heard of for so long does not come back. If it
/// does, it misses its jobs, and publishes them again.
const NOBODY: Duration = Duration::from_secs(5);

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
        id: fastrand::u64(..),
        slots: (settings.jobs as u32).min(MOST_SLOTS),
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
    id: u64,
    slots: u32,
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

/// The messages that were delivered and not acknowledged, in the order in which
/// they came.
#[derive(Default)]
struct Delivered(Mutex<BTreeMap<u64, Arc<Held>>>);

/// A message in hand.
struct Held {
    acker: Acker,
    /// Its jobs whose results are not stored.
    left: AtomicUsize,
}

impl Delivered {
    fn messages(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in_hand(
        self: &Arc<Self>,
        number: u64,
        acker: Acker,
        jobs: usize,
    ) -> InHand {
        let held = Arc::new(Held { acker, left: AtomicUsize::new(jobs) });
        self.messages().insert(number, Arc::clone(&held));
        InHand { number, held, among: Arc::clone(self) }
    }
}

/// The right to acknowledge a message. Dropped, it is in hand no more: if the
/// task of one of its jobs has panicked, nobody says that it is being done, and
/// the server gives it to another worker.
struct InHand {
    number: u64,
    held: Arc<Held>,
    among: Arc<Delivered>,
}

impl InHand {
    /// Says that the message is done, or is to be thrown away.
    async fn acknowledge(&self, kind: AckKind) {
        // Not there: it was given back.
        if self.among.messages().remove(&self.number).is_some() {
            // If it is lost, the message is delivered once more.
            let _ = self.held.acker.ack_with(kind).await;
        }
    }

    /// Notes that the result of one of its jobs is stored. With the last one it
    /// is done.
    async fn one_is_stored(&self) {
        if self.held.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.acknowledge(AckKind::Ack).await;
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.among.messages().remove(&self.number);
    }
}

/// A job that is done and not published.
struct Finished {
    to: Incarnation,
    number: u64,
    result: Vec<u8>,
    in_hand: Arc<InHand>,
    slots: Slots,
}

/// What a job holds until its result is stored: its slot, and its turn where
/// the jobs of its message are done one after the other.
type Slots = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

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

    /// Pulls messages once, when some more jobs may be in hand.
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
        // Each may be full. Of the last one some jobs wait here for a slot.
        let messages = taken.num_permits().div_ceil(MOST_TOGETHER);
        let pull = self.connection.pull(&consumer, messages).await;
        let mut pull = pull.map_err(failed)?;
        while let Some(message) = pull.next().await.map_err(failed)? {
            self.begin(message, &mut taken, slots).await;
        }
        Ok(())
    }

    /// Takes a message in hand and has its jobs done, each in a task of its own.
    async fn begin(
        self: &Arc<Self>,
        message: Message,
        taken: &mut OwnedSemaphorePermit,
        slots: &Arc<Semaphore>,
    ) {
        let deliveries = message.info().map_or(1, |info| info.delivered);
        let (message, acker) = message.split();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let jobs = Jobs::from_bytes(&message.payload);
        let count = jobs.as_ref().map_or(0, |jobs| jobs.jobs().len());
        let in_hand = self.in_hand.take_in_hand(number, acker, count);
        let Ok(jobs) = jobs else {
            tracing::warn!("a message has no jobs, and is thrown away");
            in_hand.acknowledge(AckKind::Term).await;
            return;
        };
        let (jobs, in_hand) = (Arc::new(jobs), Arc::new(in_hand));
        if deliveries > 1 {
            let (worker, slots) = (Arc::clone(self), Arc::clone(slots));
            let slot = taken.split(1);
            tokio::spawn(async move {
                let slots = (slot, slots);
                worker.begin_again(jobs, in_hand, slots, deliveries).await;
            });
            return;
        }
        for job in jobs.jobs() {
            let slot = taken.split(1);
            let (worker, slots) = (Arc::clone(self), Arc::clone(slots));
            let (jobs, job) = (Arc::clone(&jobs), job.clone());
            let in_hand = Arc::clone(&in_hand);
            tokio::spawn(async move {
                let slot = match slot {
                    Some(slot) => slot,
                    None => a_slot(slots).await,
                };
                let answer = worker.answer(&jobs, &job).await;
                worker.finish(&jobs, &job, answer, in_hand, (slot, None)).await;
            });
        }
    }

    /// Has the jobs done of a message that somebody else has had. The results of
    /// some may have come; and one of the others may be what ended its worker.
    /// So they are done one after the other, and each time another one is the
    /// first: in the end those are left that no worker survives.
    async fn begin_again(
        self: Arc<Self>,
        jobs: Arc<Jobs>,
        in_hand: Arc<InHand>,
        (mut first, slots): (Option<OwnedSemaphorePermit>, Arc<Semaphore>),
        deliveries: i64,
    ) {
        let wanted = self.wanted(&jobs).await;
        in_hand.held.left.store(wanted.len(), Ordering::Relaxed);
        if wanted.is_empty() {
            return in_hand.acknowledge(AckKind::Ack).await;
        }
        let wanted = in_another_order(wanted, deliveries);
        let turns = Arc::new(Semaphore::new(1));
        for job in wanted {
            let turn = a_slot(Arc::clone(&turns)).await;
            let slot = match first.take() {
                Some(slot) => slot,
                None => a_slot(Arc::clone(&slots)).await,
            };
            let answer = match deliveries {
                ..=MOST_DELIVERIES => self.answer(&jobs, &job).await,
                _ => Answer::Failed(fetch::Error::lasting(
                    Kind::Panic,
                    format!(
                        "given up: {MOST_DELIVERIES} workers that had it have ended"
                    ),
                )),
            };
            let in_hand = Arc::clone(&in_hand);
            let slots = (slot, Some(turn));
            self.finish(&jobs, &job, answer, in_hand, slots).await;
        }
    }

    /// The jobs whose results have not come. If no coordinator is there for
    /// [`NOBODY`], there are none; if it cannot be asked for
    /// [`LONGEST_AWAY`], or its answer is none, these are all.
    async fn wanted(&self, jobs: &Jobs) -> Vec<Job> {
        let all = jobs.jobs();
        let numbers = Numbers(all.iter().map(|job| job.number).collect());
        let question = Bytes::from(numbers.to_bytes());
        let subject = jobs.from().wanted();
        let (begun, mut nobody) = (Instant::now(), None);
        loop {
            let client = &self.connection.client;
            match client.request(subject.clone(), question.clone()).await {
                Ok(answer) => {
                    let Ok(Numbers(wanted)) =
                        Numbers::from_bytes(&answer.payload)
                    else {
                        return all.to_vec();
                    };
                    let is_wanted = |job: &&Job| wanted.contains(&job.number);
                    return all.iter().filter(is_wanted).cloned().collect();
                }
                Err(error)
                    if error.kind() == RequestErrorKind::NoResponders =>
                {
                    let since = *nobody.get_or_insert_with(Instant::now);
                    if since.elapsed() > NOBODY {
                        return Vec::new();
                    }
                }
                Err(_) => nobody = None,
            }
            if begun.elapsed() > LONGEST_AWAY {
                return all.to_vec();
            }
            sleep(RETRY).await;
        }
    }

    /// Hands a result to whoever publishes.
    async fn finish(
        &self,
        jobs: &Jobs,
        job: &Job,
        answer: Answer,
        in_hand: Arc<InHand>,
        slots: Slots,
    ) {
        let result = self.outcome(answer).to_bytes();
        let (to, number) = (jobs.from(), job.number);
        let finished = Finished { to, number, result, in_hand, slots };
        // Nobody publishes anymore: the worker ends.
        let _ = self.finished.send(finished).await;
    }

    /// Says again and again that the messages in hand are in hand.
    async fn report_progress(&self) -> ! {
        let mut ticks = interval(PROGRESS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What came since the last tick is young.
        let mut old = 0;
        loop {
            ticks.tick().await;
            let in_hand: Vec<Arc<Held>> = self
                .in_hand
                .messages()
                .range(..old)
                .map(|(_, held)| Arc::clone(held))
                .collect();
            old = self.next.load(Ordering::Relaxed);
            for held in in_hand {
                let _ = held.acker.ack_with(AckKind::Progress).await;
            }
        }
    }

    /// Gives back what is in hand, and counts its jobs: another worker need not
    /// wait for them.
    async fn give_back(&self, given_back: &mut u64) {
        let in_hand = std::mem::take(&mut *self.in_hand.messages());
        for held in in_hand.into_values() {
            if held.acker.ack_with(AckKind::Nak(None)).await.is_ok() {
                *given_back += held.left.load(Ordering::Relaxed) as u64;
            }
        }
        let _ = self.connection.client.flush().await;
    }
}

/// One document.
impl Worker {
    /// Makes one request and digests what comes.
    async fn answer(self: &Arc<Self>, jobs: &Jobs, job: &Job) -> Answer {
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
        let client = match self.client(&jobs.settings()) {
            Ok(client) => client,
            Err(error) => return Answer::Failed(error),
        };
        match client.get(&source).await {
            Ok(Response::Body(body)) => self.digest(body, jobs.links).await,
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
            worker: self.id,
            slots: self.slots,
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
                finished.in_hand.one_is_stored().await;
                drop(finished.slots);
            }
        }
    }
}

/// Jobs in the order in which they are done when they are delivered for so many
/// a time, at least the second: each time another one is the first.
fn in_another_order<T>(mut jobs: Vec<T>, deliveries: i64) -> Vec<T> {
    let before = usize::try_from(deliveries - 2).unwrap_or(0);
    let before = before % jobs.len().max(1);
    jobs.rotate_left(before);
    jobs
}

/// A slot, once one is free.
async fn a_slot(slots: Arc<Semaphore>) -> OwnedSemaphorePermit {
    let slot = slots.acquire_owned().await;
    slot.expect("the semaphore is never closed")
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The jobs that are left of eight after all deliveries, if each worker
    /// ends at one of these.
    fn left_by(deadly: &[usize]) -> Vec<usize> {
        // At the first delivery they are all done at once: nothing is sent.
        let mut left: Vec<usize> = (0..MOST_TOGETHER).collect();
        for deliveries in 2..=MOST_DELIVERIES {
            for job in in_another_order(left.clone(), deliveries) {
                if deadly.contains(&job) {
                    break;
                }
                left.retain(|it| *it != job);
            }
        }
        left
    }

    #[test]
    fn in_the_end_the_jobs_are_left_that_no_worker_survives() {
        assert!(left_by(&[]).is_empty());
        for one in 0..MOST_TOGETHER {
            assert_eq!(left_by(&[one]), [one]);
            for other in one + 1..MOST_TOGETHER {
                assert_eq!(left_by(&[one, other]), [one, other]);
            }
        }
        assert!(in_another_order(Vec::<u8>::new(), 2).is_empty());
    }
}
