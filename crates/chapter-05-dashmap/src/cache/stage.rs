//! A host that answers slowly, and four callers who all find the cache empty.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use futures::future::join_all;
use tokio::sync::Barrier;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

use super::look_then_compute;

/// The error of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreachable;

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host is unreachable")
    }
}

impl Error for Unreachable {}

/// A host that says which of its pages a program may fetch.
#[derive(Debug, Default)]
pub struct Host {
    failures: usize,
    fetches: AtomicUsize,
}

impl Host {
    /// A host whose first `failures` answers are errors.
    pub fn failing(failures: usize) -> Self {
        Host { failures, ..Host::default() }
    }

    /// The number of fetches so far.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    /// Fetches the rules for `caller`.
    pub async fn rules(
        &self,
        caller: usize,
    ) -> Result<&'static str, Unreachable> {
        let before = self.fetches.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(20))
            .instrument(info_span!("fetch", caller))
            .await;
        if before < self.failures {
            Err(Unreachable)
        } else {
            Ok("all pages but /private")
        }
    }
}

/// Four callers ask a cache without single flight; each fetch begins when all
/// have missed. Returns the number of fetches.
pub(super) async fn four_who_look_first() -> usize {
    let (cache, host, all_missed) =
        (DashMap::new(), Host::default(), Barrier::new(4));
    let fetch = async |caller| {
        all_missed.wait().await;
        host.rules(caller).await
    };
    let ask = |caller| {
        let rules = look_then_compute(&cache, "docs.example", fetch(caller));
        rules.instrument(info_span!("ask", caller))
    };
    join_all((1..=4).map(ask)).await;
    host.fetches()
}
