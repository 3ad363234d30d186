//! How to run: every option, and how the machine's cores are split.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::concurrency::Concurrency;
use crate::program::body::Body;
use crate::program::crawl::Follow;
use crate::program::digest::{Digest, Extract, Unreadable, digest_body};
use crate::program::failure::Failure;
use crate::program::fetch::attempts::{Attempts, RetryPolicy};
use crate::program::fetch::limits::Limits;
use crate::program::fetch::{self, Transport};
use crate::program::journal::Journal;
use crate::program::progress::Progress;

/// How to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Documents in flight at once: from before the request until they are in
    /// the index.
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
    /// How far the links of pages are followed, if they are.
    pub follow: Option<Follow>,
    /// Timeouts and the largest body.
    pub fetch: fetch::Settings,
    /// Sources that failed before the run, such as a bad entry of a sitemap:
    /// rows of its report.
    pub refused: Vec<Failure>,
    /// The record of documents that are done: those of earlier runs, and those
    /// of this one.
    pub journal: Option<Arc<Journal>>,
    /// Limits that have been in use before the run, as for sitemaps; without
    /// them it has its own.
    pub limits: Option<Arc<Limits>>,
    /// The compute-bound stage. A test may put in one that panics.
    pub digest: DigestFn,
}

impl Default for Plan {
    fn default() -> Self {
        let RetryPolicy { retries, redirects } = RetryPolicy::default();
        Plan {
            concurrency: Concurrency::Auto,
            per_host: 8,
            rate: None,
            retries,
            redirects,
            threads: Threads::available().rayon,
            follow: None,
            fetch: fetch::Settings {
                connect_timeout: Duration::from_secs(5),
                timeout: Duration::from_secs(20),
                max_body: 8 << 20,
            },
            refused: Vec::new(),
            journal: None,
            limits: None,
            digest: digest_body,
        }
    }
}

impl Plan {
    /// The way in which such a run fetches.
    pub fn attempts<T: Transport>(
        &self,
        transport: T,
        progress: &Arc<Progress>,
    ) -> Attempts<T> {
        let new =
            || Limits::new(self.concurrency.first(), self.per_host, self.rate);
        let limits = self.limits.clone().unwrap_or_else(|| Arc::new(new()));
        let retry_policy =
            RetryPolicy { retries: self.retries, redirects: self.redirects };
        Attempts::new(transport, limits, retry_policy, Arc::clone(progress))
    }
}

/// A body into a digest, with the parts that are wanted of it.
pub type DigestFn = fn(&Body, Extract) -> Result<Digest, Unreadable>;

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

    /// With few cores one worker shares a core with the pool: it sleeps most of
    /// the time, and a pool with a thread less would leave a core idle. With
    /// many it gets cores of its own.
    pub fn of(cores: usize) -> Self {
        match cores {
            0..=3 => Threads { tokio: 1, rayon: cores.max(1) },
            4..=6 => Threads { tokio: 1, rayon: cores - 1 },
            _ => Threads { tokio: 2, rayon: cores - 2 },
        }
    }
}

/// A runtime for [`run`](super::run).
///
/// # Errors
/// If its threads cannot be started.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(Threads::available().tokio)
        .enable_all()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_split_of_the_cores() {
        let split =
            |cores| (Threads::of(cores).tokio, Threads::of(cores).rayon);
        assert_eq!(
            [1, 2, 3, 4, 6, 8].map(split),
            [(1, 1), (1, 2), (1, 3), (1, 3), (1, 5), (2, 6)]
        );
    }
}
