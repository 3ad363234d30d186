//! What a run has done so far, counted where it happens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a run has done so far; anyone may look at any time.
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
    /// Bytes of bodies that are in memory now.
    pub(super) memory: AtomicU64,
    /// The most that were.
    pub(super) peak_memory: AtomicU64,
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

/// The memory that a body takes.
pub(super) struct BodyBytes(Arc<Progress>, u64);

impl BodyBytes {
    pub(super) fn new(progress: &Arc<Progress>, bytes: u64) -> Self {
        let now = progress.memory.fetch_add(bytes, Ordering::Relaxed) + bytes;
        progress.peak_memory.fetch_max(now, Ordering::Relaxed);
        BodyBytes(Arc::clone(progress), bytes)
    }
}

impl Drop for BodyBytes {
    fn drop(&mut self) {
        self.0.memory.fetch_sub(self.1, Ordering::Relaxed);
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

    /// The least of late; without any answer, the time that has passed.
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
