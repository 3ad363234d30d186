//! The progress of a run, counted where it happens.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The progress of a run. Anyone may read it at any time.
#[derive(Debug, Default)]
pub struct Progress {
    /// Documents in the index.
    pub indexed: AtomicU64,
    /// Documents that failed.
    pub failed: AtomicU64,
    /// Documents that are neither, and done with: redirects to others, and
    /// pages passed over.
    pub passed: AtomicU64,
    /// All documents known so far. It grows while links are followed.
    pub total: AtomicU64,
    /// Bytes of bodies.
    pub bytes: AtomicU64,
    /// Bodies that are in memory.
    pub memory: Memory,
    pub(super) latency: Latency,
    pub(super) requests: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) fetching: Clock,
    pub(super) digesting: Clock,
    pub(super) indexing: Clock,
}

/// Adds up durations from many threads.
#[derive(Debug, Default)]
pub(super) struct Clock {
    nanos: AtomicU64,
    count: AtomicU64,
}

impl Clock {
    pub(super) fn add(&self, since: Instant) {
        self.nanos
            .fetch_add(since.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// The mean of what was added, if anything was.
    pub(super) fn mean(&self) -> Option<Duration> {
        let nanos = self.nanos.load(Ordering::Relaxed);
        nanos
            .checked_div(self.count.load(Ordering::Relaxed))
            .map(Duration::from_nanos)
    }
}

/// Counts bodies in memory, and their bytes, also those of a body that is still
/// coming. Clones are handles to one count.
///
/// It may be bounded. Then a body waits before it grows while there is no room.
/// Were that all, many bodies that are half there could wait for each other; so
/// the room of one body at its largest is kept back, for one body at a time:
/// that one can always end, and others have its room then.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bodies: AtomicUsize,
    most_bodies: AtomicUsize,
    bytes: AtomicU64,
    most_bytes: AtomicU64,
    /// The bound, if there is one.
    bound: OnceLock<Bound>,
    /// Told when there is room.
    room: Notify,
}

#[derive(Debug)]
struct Bound {
    bytes: u64,
    /// Bytes of the largest body: they are kept back for whoever has `last`.
    kept_back: u64,
    last: Arc<Semaphore>,
}

/// A body's part of a [`Memory`], until it is dropped.
#[derive(Debug)]
pub struct BodyBytes {
    counts: Arc<Counts>,
    bytes: u64,
    /// The right to the room that is kept back.
    last: Option<OwnedSemaphorePermit>,
}

impl Memory {
    /// From now on there are never more than `bytes` in memory. No body may be
    /// larger than `largest`. Only the first call counts.
    pub fn bound(&self, bytes: u64, largest: u64) {
        let bytes = bytes.max(2 * largest);
        let bound = Bound {
            bytes,
            kept_back: largest,
            last: Arc::new(Semaphore::new(1)),
        };
        let _ = self.0.bound.set(bound);
    }

    /// Counts a body of this many bytes.
    pub fn hold(&self, bytes: u64) -> BodyBytes {
        let counts = Arc::clone(&self.0);
        let bodies = counts.bodies.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most_bodies.fetch_max(bodies, Ordering::Relaxed);
        counts.add(bytes);
        BodyBytes { counts, bytes, last: None }
    }

    /// Waits until half of the room is free: before a request whose body may
    /// need some.
    pub async fn ease(&self) {
        let Some(bound) = self.0.bound.get() else { return };
        self.0.until(|now| now < bound.bytes / 2).await;
    }

    /// Whether half of the room is free, or there is no bound.
    pub fn is_easy(&self) -> bool {
        self.0.bound.get().is_none_or(|bound| self.bytes() < bound.bytes / 2)
    }

    /// Bytes in memory now.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// The most bodies that were in memory at once, and the most bytes.
    pub fn most(&self) -> (usize, u64) {
        let Counts { most_bodies, most_bytes, .. } = &*self.0;
        (
            most_bodies.load(Ordering::Relaxed),
            most_bytes.load(Ordering::Relaxed),
        )
    }
}

impl Counts {
    fn add(&self, bytes: u64) {
        let now = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.most_bytes.fetch_max(now, Ordering::Relaxed);
    }

    /// Adds the bytes if no more than `most` are in memory then.
    fn try_add(&self, bytes: u64, most: u64) -> bool {
        let add = |now: u64| (now + bytes <= most).then_some(now + bytes);
        match self.bytes.try_update(Ordering::Relaxed, Ordering::Relaxed, add) {
            Ok(before) => {
                self.most_bytes.fetch_max(before + bytes, Ordering::Relaxed);
                true
            }
            Err(_) => false,
        }
    }

    async fn until(&self, mut is_so: impl FnMut(u64) -> bool) {
        loop {
            // Made before the look: what changes after it is not missed.
            let changed = self.room.notified();
            if is_so(self.bytes.load(Ordering::Relaxed)) {
                return;
            }
            changed.await;
        }
    }
}

impl BodyBytes {
    /// Counts more bytes of this body, once there is room for them.
    pub async fn grow(&mut self, bytes: u64) {
        let counts = Arc::clone(&self.counts);
        match counts.bound.get() {
            None => counts.add(bytes),
            Some(bound) => {
                let free = bound.bytes - bound.kept_back;
                if self.last.is_none() && !counts.try_add(bytes, free) {
                    let last = Arc::clone(&bound.last).acquire_owned();
                    tokio::select! {
                        () = counts.until(|_| counts.try_add(bytes, free)) => {}
                        last = last => {
                            self.last = last.ok();
                            counts.add(bytes);
                        }
                    }
                } else if self.last.is_some() {
                    counts.add(bytes);
                }
            }
        }
        self.bytes += bytes;
    }
}

impl Drop for BodyBytes {
    fn drop(&mut self) {
        self.counts.bodies.fetch_sub(1, Ordering::Relaxed);
        self.counts.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if self.counts.bound.get().is_some() {
            self.counts.room.notify_waiters();
        }
    }
}

/// The least latency of the last second or two.
#[derive(Debug)]
pub struct Latency(Mutex<Window>);

#[derive(Debug)]
struct Window {
    began: Instant,
    least: Option<Duration>,
    /// Of the window before.
    before: Option<Duration>,
}

/// How long a window lasts.
const WINDOW: Duration = Duration::from_secs(1);

impl Latency {
    /// Nothing was seen yet.
    pub fn new() -> Self {
        Latency(Mutex::new(Window {
            began: Instant::now(),
            least: None,
            before: None,
        }))
    }

    /// Notes how long an answer took.
    pub fn note(&self, took: Duration) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.began.elapsed() > WINDOW {
            window.before = window.least.take();
            window.began = Instant::now();
        }
        window.least = Some(window.least.map_or(took, |least| least.min(took)));
    }

    /// The least latency of the last second or two; without any answer, the
    /// time that has passed.
    pub fn least(&self) -> Duration {
        let window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = [window.least, window.before].into_iter().flatten().min();
        seen.unwrap_or_else(|| window.began.elapsed())
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn the_latency_is_the_least_and_at_first_the_time_that_passes() {
        let latency = Latency::new();
        let (before, after) = (latency.least(), latency.least());
        assert!(before <= after);
        latency.note(Duration::from_secs(7));
        latency.note(Duration::from_secs(5));
        latency.note(Duration::from_secs(9));
        assert_eq!(latency.least(), Duration::from_secs(5));
    }

    #[test]
    fn a_body_counts_as_it_grows() {
        let memory = Memory::default();
        let mut body = memory.hold(0);
        for _ in 0..3 {
            body.grow(10).now_or_never().expect("nothing bounds it");
        }
        assert_eq!(memory.bytes(), 30);
        drop(body);
        assert_eq!((memory.bytes(), memory.most()), (0, (1, 30)));
    }

    #[test]
    fn bodies_wait_for_room_and_one_of_them_can_always_end() {
        let memory = Memory::default();
        memory.bound(100, 20);
        let mut bodies: Vec<BodyBytes> =
            (0..8).map(|_| memory.hold(0)).collect();
        for body in &mut bodies {
            body.grow(10).now_or_never().expect("there is room");
        }
        assert!(
            memory.ease().now_or_never().is_none(),
            "more than half is taken"
        );
        // The kept room goes to the first that asks, and to nobody else.
        bodies[0].grow(10).now_or_never().expect("one may go on");
        let (first, others) =
            bodies.split_first_mut().expect("there are eight");
        let second = &mut others[0];
        {
            let mut waiting = Box::pin(second.grow(10));
            assert!(waiting.as_mut().now_or_never().is_none());
            first.grow(0).now_or_never().expect("it has the room");
        }
        assert_eq!(memory.bytes(), 90, "who stopped waiting took nothing");
        drop(bodies.remove(0));
        bodies[0].grow(10).now_or_never().expect("there is room again");
        assert!(memory.most().1 <= 100);
    }
}
