//! The progress of a run, counted where it happens.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The progress of a run. Anyone may read it at any time.
#[derive(Debug, Default)]
pub struct Progress {
    /// Documents in the index.
    pub indexed: AtomicU64,
    /// Documents that failed.
    pub failed: AtomicU64,
    /// Documents that are neither, and done with: redirects to others, and pages passed over.
    pub passed: AtomicU64,
    /// All documents known so far. It grows while links are followed.
    pub total: AtomicU64,
    /// Bytes of bodies.
    pub bytes: AtomicU64,
    /// Bodies that are in memory.
    pub(super) memory: Memory,
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
        self.nanos.fetch_add(since.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn seconds(&self) -> f64 {
        self.nanos.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// The mean of what was added, if anything was.
    pub(super) fn mean(&self) -> Option<Duration> {
        let nanos = self.nanos.load(Ordering::Relaxed);
        nanos.checked_div(self.count.load(Ordering::Relaxed)).map(Duration::from_nanos)
    }
}

/// Counts bodies in memory, and their bytes. Clones are handles to one count.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bodies: AtomicUsize,
    most_bodies: AtomicUsize,
    bytes: AtomicU64,
    most_bytes: AtomicU64,
}

/// A body's part of a [`Memory`], until it is dropped.
#[derive(Debug)]
pub struct BodyBytes(Arc<Counts>, u64);

impl Memory {
    /// Counts a body of this many bytes.
    pub fn hold(&self, bytes: u64) -> BodyBytes {
        let counts = Arc::clone(&self.0);
        let bodies = counts.bodies.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most_bodies.fetch_max(bodies, Ordering::Relaxed);
        let now = counts.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        counts.most_bytes.fetch_max(now, Ordering::Relaxed);
        BodyBytes(counts, bytes)
    }

    /// Bytes in memory now.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// The most bodies that were in memory at once, and the most bytes.
    pub fn most(&self) -> (usize, u64) {
        let Counts { most_bodies, most_bytes, .. } = &*self.0;
        (most_bodies.load(Ordering::Relaxed), most_bytes.load(Ordering::Relaxed))
    }
}

impl Drop for BodyBytes {
    fn drop(&mut self) {
        self.0.bodies.fetch_sub(1, Ordering::Relaxed);
        self.0.bytes.fetch_sub(self.1, Ordering::Relaxed);
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
        Latency(Mutex::new(Window { began: Instant::now(), least: None, before: None }))
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

    /// The least latency of the last second or two; without any answer, the time that has passed.
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
}
