//! The one way in which anything is fetched: under the limits, again after a failure that may
//! pass, and along redirects.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use reqwest::Url;
use tracing::warn;

use super::limits::{Advice, Limits, Permit};
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
/// budgets for retries are shared by all that it fetches.
#[derive(Debug)]
pub struct Attempts<T> {
    pub(in crate::program) transport: T,
    pub(in crate::program) limits: Limits,
    retry_policy: RetryPolicy,
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
        Attempts { transport, limits, retry_policy, progress }
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
        let mut host = source.host();
        self.limits.with_budget(host.as_deref(), Budget::earn);
        loop {
            let (answer, advice) = self.request(&source, host.as_deref(), accept).await;
            let error = match (answer, accept) {
                (Ok(Response::Redirect(to)), Accept::Page | Accept::Bytes { .. }) => {
                    redirects += 1;
                    let most = self.redirects(accept);
                    if redirects > most {
                        return (Err(Error::too_many_redirects(most)), permit);
                    }
                    drop(permit);
                    source = source.redirected(to);
                    host = source.host();
                    permit = self.limits.enter(host.as_deref()).await;
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
            // What goes to a host that is down is bounded by itself: one request a second.
            let free = advice != Advice::Usual;
            if !free && !self.limits.with_budget(host.as_deref(), Budget::spend) {
                return (Err(error), permit);
            }
            warn!(failures, ?pause, error.detail, "trying again");
            drop(permit);
            self.limits.pause(host.as_deref(), advice.after(failures), pause).await;
            permit = self.limits.enter(host.as_deref()).await;
            if let Some(error) = host.as_deref().and_then(|host| self.limits.given_up(host)) {
                return (Err(error), permit);
            }
            self.progress.retries.fetch_add(1, Ordering::Relaxed);
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

    /// One request, and what its answer says of the host.
    async fn request(
        &self,
        source: &Source,
        host: Option<&str>,
        accept: Accept,
    ) -> (Result<Response, Error>, Advice) {
        if let Some(error) = host.and_then(|host| self.limits.given_up(host)) {
            return (Err(error), Advice::Usual);
        }
        self.progress.memory.ease().await;
        let answer = self.answer(source, accept).await;
        let advice = host.map_or(Advice::Usual, |host| match &answer {
            Err(error) if error.transient => self.limits.answered(host, Err(error)),
            _ => self.limits.answered(host, Ok(())),
        });
        (answer, advice)
    }

    async fn answer(&self, source: &Source, accept: Accept) -> Result<Response, Error> {
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
