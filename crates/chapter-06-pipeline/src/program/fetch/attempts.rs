//! The one way in which anything is fetched: under the limits, again after a failure that may
//! pass, and along redirects.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use reqwest::Url;
use tracing::warn;

use super::limits::{Limits, Permit};
use super::retry::{Budget, delay};
use super::{Error, Response, Transport};
use crate::program::body::Body;
use crate::program::progress::Progress;
use crate::program::source::Source;

/// The response that a caller accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// A page, wherever redirects lead.
    Page,
    /// A page, or the redirect that the server sends instead.
    PageOrRedirect,
    /// Bytes of any type, wherever redirects lead: all, or a number from their beginning.
    Bytes {
        /// How many are enough.
        beginning: Option<usize>,
        /// Redirects to follow.
        redirects: u32,
    },
}

/// How often a failed request is repeated, and how many redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Further attempts after a failed one.
    pub retries: u32,
    /// Redirects that are followed.
    pub redirects: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { retries: 3, redirects: 10 }
    }
}

/// Where answers come from, and what bounds the asking. One for a whole run: the limits and the
/// budget for retries are shared by all that it fetches.
#[derive(Debug)]
pub struct Attempts<T> {
    pub(in crate::program) transport: T,
    pub(in crate::program) limits: Limits,
    retry_policy: RetryPolicy,
    budget: Budget,
    progress: Arc<Progress>,
}

impl<T: Transport> Attempts<T> {
    /// Attempts that are counted in `progress`.
    pub fn new(
        transport: T,
        limits: Limits,
        retry_policy: RetryPolicy,
        progress: Arc<Progress>,
    ) -> Attempts<T> {
        Attempts { transport, limits, retry_policy, budget: Budget::new(), progress }
    }

    /// All bytes at a URL, of any type.
    ///
    /// # Errors
    /// Those of the last attempt, see [`Kind`](crate::program::failure::Kind).
    pub async fn bytes(&self, url: &Url) -> Result<Vec<u8>, Error> {
        let accept = Accept::Bytes { beginning: None, redirects: self.retry_policy.redirects };
        self.bytes_as(url, accept).await
    }

    pub(in crate::program) async fn bytes_as(
        &self,
        url: &Url,
        accept: Accept,
    ) -> Result<Vec<u8>, Error> {
        let source = Source::Url(url.clone());
        let permit = self.limits.enter(source.host().as_deref()).await;
        match self.get(&source, accept, permit).await.0? {
            Response::Body(Body { bytes, .. }) => Ok(bytes),
            Response::Redirect(_) => unreachable!("the redirects of bytes are followed"),
        }
    }
}

// ANCHOR: attempts
impl<T: Transport> Attempts<T> {
    /// Tries until there is an answer, or no use in trying, and follows redirects. Whatever it
    /// waits for next, it holds no permit meanwhile: a failing host does not slow the others down.
    pub async fn get(
        &self,
        source: &Source,
        accept: Accept,
        mut permit: Permit,
    ) -> (Result<Response, Error>, Permit) {
        let (mut source, mut failures, mut redirects) = (source.clone(), 0, 0);
        self.budget.earn();
        loop {
            let error = match (self.request(&source, accept).await, accept) {
                (Ok(Response::Redirect(to)), Accept::Page | Accept::Bytes { .. }) => {
                    redirects += 1;
                    let most = self.redirects(accept);
                    if redirects > most {
                        return (Err(Error::too_many_redirects(most)), permit);
                    }
                    drop(permit);
                    source = Source::Url(to);
                    permit = self.limits.enter(source.host().as_deref()).await;
                    continue;
                }
                (Ok(answer), _) => return (Ok(answer), permit),
                (Err(error), _) => error,
            };
            failures += 1;
            if !error.transient || failures > self.retry_policy.retries {
                return (Err(error), permit);
            }
            let Some(pause) = delay(failures, error.retry_after, fastrand::f64()) else {
                return (Err(error.asking_too_much()), permit);
            };
            if !self.budget.spend() {
                return (Err(error), permit);
            }
            warn!(failures, ?pause, error.detail, "trying again");
            drop(permit);
            tokio::time::sleep(pause).await;
            self.progress.retries.fetch_add(1, Ordering::Relaxed);
            permit = self.limits.enter(source.host().as_deref()).await;
        }
    }
}
// ANCHOR_END: attempts

impl<T: Transport> Attempts<T> {
    fn redirects(&self, accept: Accept) -> u32 {
        match accept {
            Accept::Bytes { redirects, .. } => redirects,
            Accept::Page | Accept::PageOrRedirect => self.retry_policy.redirects,
        }
    }

    async fn request(&self, source: &Source, accept: Accept) -> Result<Response, Error> {
        self.progress.requests.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let answer = match (accept, source) {
            (Accept::Bytes { beginning, .. }, Source::Url(url)) => {
                self.transport.get_bytes(url, beginning).await
            }
            _ => self.transport.get(source).await,
        };
        self.progress.fetching.add(start);
        if let Ok(Response::Body(body)) = &answer {
            self.progress.latency.note(start.elapsed());
            self.progress.bytes.fetch_add(body.bytes.len() as u64, Ordering::Relaxed);
        }
        answer
    }
}
