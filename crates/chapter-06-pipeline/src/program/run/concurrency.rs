//! The number of documents in flight, when nobody gives one.
//!
//! Computing is the limit when the pool always has a document to go on with.
//! Too few in flight, and it runs dry while every permit is taken by a document
//! that waits for its server; too many, and documents pile up in memory in
//! front of it. So a watch looks at both every few milliseconds: it adds
//! permits while the pool is dry, and takes some away when the pile is high.
//!
//! A permit that is added brings its document only when the server has
//! answered. Whoever goes on adding until then adds far too many, and whoever
//! takes permits away while the pile shrinks leaves the pool without documents
//! a latency later. Therefore the watch goes by the model of the lesson
//! `limit`, `threads * (1 + latency / computing)`: it adds no more than twice
//! as many, and takes none away below that. Twice, because with just enough the
//! pool runs dry whenever some documents are smaller than others. The latency
//! is the least that was seen lately, because what a busy machine adds to the
//! others is no reason for more; and what the runtime's thread waits for a core
//! comes on top. As long as there is no answer at all, the latency is at least
//! the time that has passed.

use std::time::Duration;

/// How many documents may be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// This many.
    Fixed(usize),
    /// As many as keep the pool busy.
    Auto,
}

/// Documents in flight at the start of an automatic run: enough for a server on
/// this machine.
const FIRST: usize = 32;
/// No automatic run has more.
pub const MAX_PERMITS: usize = 8_192;
/// Bodies of an automatic run never take more memory than this, and it adds no
/// permits while they take as much; see
/// [`Memory`](crate::program::progress::Memory).
pub const MEMORY: u64 = 256 << 20;
/// Time between two observations.
pub const EVERY: Duration = Duration::from_millis(4);
/// More documents than this for each thread, waiting in front of the pool, are
/// a pile.
const PILE: usize = 8;
/// How late the runtime's thread may be for an answer, when the pool keeps all
/// cores busy: about what the bench `lateness` measures.
const LATE: Duration = Duration::from_millis(3);
/// The cost of a document until one has been computed: that of a page of
/// documentation.
const GUESS: Duration = Duration::from_micros(500);

/// Files that a process has open beside its documents: the standard ones, the
/// runtime's, the journal, a name that is looked up.
const OTHER_FILES: u64 = 24;

/// The most permits that an automatic run may have here: [`MAX_PERMITS`],
/// unless this process may not open as many files. Each permit may take a
/// connection, and half of the files is left to connections that are kept.
///
/// Asks the system for more files where it allows them: many allow 1,024 until
/// somebody asks.
pub fn max_permits() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted =
            limit.maximum.unwrap_or(u64::MAX).min(2 * MAX_PERMITS as u64);
        if limit.current.is_some_and(|current| current < wanted) {
            // Whether it worked is asked below.
            let _ = setrlimit(
                Resource::Nofile,
                Rlimit { current: Some(wanted), ..limit },
            );
        }
        if let Some(files) = getrlimit(Resource::Nofile).current {
            let left = files.saturating_sub(OTHER_FILES) / 2;
            return left.clamp(1, MAX_PERMITS as u64) as usize;
        }
    }
    MAX_PERMITS
}

impl Concurrency {
    /// The permits at the start of a run.
    pub fn first(self) -> usize {
        match self {
            Concurrency::Fixed(permits) => permits,
            Concurrency::Auto => FIRST.min(max_permits()),
        }
    }
}

/// The state of a run at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Permits there are.
    pub permits: usize,
    /// Permits there may be; see [`max_permits`].
    pub max_permits: usize,
    /// Permits that nobody has.
    pub available: usize,
    /// Documents that wait for a thread of the pool.
    pub waiting: usize,
    /// Threads of the pool.
    pub threads: usize,
    /// Bytes of bodies in memory.
    pub memory: u64,
    /// The least time of an answer lately.
    pub latency: Duration,
    /// The computing that a document costs on average, if one has been
    /// computed.
    pub each: Option<Duration>,
}

// ANCHOR: next_limit
/// The number of permits from now on.
pub fn next_limit(observation: Observation) -> usize {
    let Observation {
        permits,
        max_permits,
        available,
        waiting,
        threads,
        memory,
        latency,
        each,
    } = observation;
    let each = each.unwrap_or(GUESS).max(Duration::from_micros(1));
    let needed = threads as f64
        * (1.0 + (latency + LATE).as_secs_f64() / each.as_secs_f64());
    let enough = (2.0 * needed) as usize;
    if waiting == 0 && available == 0 && memory < MEMORY {
        (2 * permits).min(enough).clamp(permits, max_permits.max(permits))
    } else if waiting > PILE * threads {
        let least = if memory < MEMORY { enough } else { 2 * threads };
        (permits - permits / 8).max(least.min(permits))
    } else {
        permits
    }
}
// ANCHOR_END: next_limit

#[cfg(test)]
mod tests;
