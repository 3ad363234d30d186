//! Counts of requests, connections and bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A server's counts since it started or was last reset, at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests whose head arrived.
    pub requests: u64,
    /// Connections accepted. Far below `requests` where the client reuses them.
    pub connections: u64,
    /// Requests being served now: from the arrival of the head until the last
    /// of the body is handed to the socket, or the connection ends. A client
    /// that has read a whole response finds it counted out.
    pub in_flight: usize,
    /// The most that were ever in flight at once. More than one proves that the
    /// client overlapped its requests. One proves nothing without a latency:
    /// the server then answers each request as it arrives, before it looks at
    /// the next.
    pub peak_in_flight: usize,
    /// Bytes of bodies handed to connections, as sent: after compression,
    /// without heads.
    pub bytes: u64,
}

/// The counts while the server runs. A std mutex, because nothing awaits while
/// it is held.
#[derive(Default)]
pub(crate) struct Counters(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    counts: Counts,
    paths: HashMap<String, PathCounts>,
}

#[derive(Default)]
struct PathCounts {
    requests: u64,
    /// Requests that could meet a fault. The hops of a redirect are not among
    /// them, so that a fault for the first `n` requests means `n` attempts of
    /// the client.
    attempts: u64,
}

impl Counters {
    pub(crate) fn counts(&self) -> Counts {
        self.entries().counts
    }

    pub(crate) fn requests_of(&self, path: &str) -> u64 {
        self.entries().paths.get(path).map_or(0, |counts| counts.requests)
    }

    pub(crate) fn reset(&self) {
        let mut entries = self.entries();
        let in_flight = entries.counts.in_flight;
        entries.paths.clear();
        entries.counts = Counts {
            in_flight,
            peak_in_flight: in_flight,
            ..Counts::default()
        };
    }

    pub(crate) fn connected(&self) {
        self.entries().counts.connections += 1;
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.entries().counts.bytes += bytes as u64;
    }

    /// Counts a request in; it is counted out when the result is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InFlight {
        let counts = &mut self.entries().counts;
        counts.requests += 1;
        counts.in_flight += 1;
        counts.peak_in_flight = counts.peak_in_flight.max(counts.in_flight);
        InFlight(Arc::clone(self))
    }

    /// Counts a request of `path` and returns how many attempts came before it.
    pub(crate) fn count_path(&self, path: &str, attempt: bool) -> u64 {
        let mut entries = self.entries();
        // `entry` would copy the path for every request; this copies it for the
        // first.
        if !entries.paths.contains_key(path) {
            entries.paths.insert(path.to_owned(), PathCounts::default());
        }
        let counts = entries.paths.get_mut(path).expect("inserted above");
        counts.requests += 1;
        counts.attempts += u64::from(attempt);
        counts.attempts - u64::from(attempt)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Each change is a few additions: a panic elsewhere cannot leave them
        // half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request in flight.
pub(crate) struct InFlight(Arc<Counters>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.entries().counts.in_flight -= 1;
    }
}
