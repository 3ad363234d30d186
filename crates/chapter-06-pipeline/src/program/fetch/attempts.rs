//! The one way in which anything is fetched: under the limits, again after a
//! failure that may pass, and along redirects.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use reqwest::Url;
use tracing::warn;

use super::limits::{Blame, LAST_TURN, Limits, Permit};
use super::pieces::{PieceReader, pieces};
use super::retry::{Budget, delay};
use super::{Error, Pieces, Response, Transport};
use crate::program::body::Body;
use crate::program::failure::Kind;
use crate::program::progress::Progress;
use crate::program::source::Source;

/// The response that a caller accepts.
#[derive(Clone, Copy)]
pub enum Accept<'a> {
    /// A page, wherever redirects lead.
    Page,
    /// A page, or the redirect that the server sends instead.
    PageOrRedirect,
    /// Bytes of any type, wherever redirects lead: all, or a number from their
    /// beginning. All pages of their host wait for them, as for `robots.txt`.
    Bytes {
        /// How many are enough.
        beginning: Option<usize>,
        /// Redirects to follow.
        redirects: u32,
    },
    /// Bytes of any type, wherever redirects lead, while they come. Each
    /// attempt begins anew.
    Pieces(&'a (dyn Fn() -> Pieces + Send + Sync)),
}

impl Accept<'_> {
    /// Whether all pages of the host wait for this.
    fn is_for_all(self) -> bool {
        matches!(self, Accept::Bytes { .. })
    }
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

/// Where answers come from, and what bounds the asking. One for a whole run:
/// the limits and the budgets for retries are shared by all that it fetches.
#[derive(Debug)]
pub struct Attempts<T> {
    pub(in crate::program) transport: T,
    pub(in crate::program) limits: Arc<Limits>,
    retry_policy: RetryPolicy,
    progress: Arc<Progress>,
}

impl<T: Transport> Attempts<T> {
    /// Attempts that are counted in `progress`.
    pub fn new(
        transport: T,
        limits: Arc<Limits>,
        retry_policy: RetryPolicy,
        progress: Arc<Progress>,
    ) -> Attempts<T> {
        Attempts { transport, limits, retry_policy, progress }
    }

    /// The limits, for whoever goes on with them.
    pub fn limits(&self) -> Arc<Limits> {
        Arc::clone(&self.limits)
    }

    /// Waits for a permit, and before it for room in memory: whoever waits for
    /// room holds nothing.
    pub async fn enter(&self, host: Option<&str>) -> Permit {
        loop {
            self.progress.memory.ease().await;
            let permit = self.limits.enter(host).await;
            if self.progress.memory.is_easy() {
                return permit;
            }
        }
    }

    /// Reads what is at a URL while it comes: `read` runs on a thread of its
    /// own.
    ///
    /// # Errors
    /// Those of the last attempt, see [`Kind`].
    pub async fn read<R: Send + 'static>(
        &self,
        url: &Url,
        read: fn(PieceReader) -> R,
    ) -> Result<R, Error> {
        let reading = Mutex::new(None);
        let begin = || {
            let (to, pieces) = pieces();
            let task = tokio::task::spawn_blocking(move || read(pieces));
            *reading.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(task);
            to
        };
        self.any_bytes(url, Accept::Pieces(&begin)).await?;
        let task = reading.into_inner().unwrap_or_else(PoisonError::into_inner);
        let task = task.expect("an attempt that has succeeded has begun");
        task.await.map_err(|panicked| {
            Error::lasting(Kind::Panic, panicked.to_string())
        })
    }

    /// All bytes at a URL, of any type.
    ///
    /// # Errors
    /// Those of the last attempt, see [`Kind`].
    pub async fn bytes(&self, url: &Url) -> Result<Vec<u8>, Error> {
        self.bytes_as(url, None, self.retry_policy.redirects).await
    }

    pub(in crate::program) async fn bytes_as(
        &self,
        url: &Url,
        beginning: Option<usize>,
        redirects: u32,
    ) -> Result<Vec<u8>, Error> {
        Ok(self
            .any_bytes(url, Accept::Bytes { beginning, redirects })
            .await?
            .bytes)
    }

    async fn any_bytes(
        &self,
        url: &Url,
        accept: Accept<'_>,
    ) -> Result<Body, Error> {
        let source = Source::Url(url.clone());
        let permit = self.enter(source.host().as_deref()).await;
        match self.get(&source, accept, permit).await.0? {
            Response::Body(body) => Ok(body),
            Response::Redirect(_) => {
                unreachable!("the redirects of bytes are followed")
            }
        }
    }
}

// ANCHOR: attempts
impl<T: Transport> Attempts<T> {
    /// Tries until there is an answer, or no use in trying, and follows
    /// redirects. Whatever it waits for next, it holds no permit meanwhile: a
    /// failing host does not slow the others down.
    pub async fn get(
        &self,
        source: &Source,
        accept: Accept<'_>,
        mut permit: Permit,
    ) -> (Result<Response, Error>, Permit) {
        let (mut source, mut failures, mut redirects) = (source.clone(), 0, 0);
        let mut failed = None;
        let mut host = source.host();
        let own = host.clone();
        let mut retries = self.retry_policy.retries;
        self.limits.with_budget(host.as_deref(), Budget::earn);
        loop {
            let (answer, blame) =
                self.request(&source, host.as_deref(), accept, failed).await;
            let error = match answer {
                Ok(Response::Redirect(to))
                    if !matches!(accept, Accept::PageOrRedirect) =>
                {
                    redirects += 1;
                    let most = self.redirects(accept);
                    if redirects > most {
                        return (Err(Error::too_many_redirects(most)), permit);
                    }
                    drop(permit);
                    source = source.redirected(to);
                    host = source.host();
                    match self
                        .enter_again(host.as_deref(), own.as_deref())
                        .await
                    {
                        (entered, None) => permit = entered,
                        (entered, Some(error)) => return (Err(error), entered),
                    }
                    continue;
                }
                Ok(answer) => return (Ok(answer), permit),
                Err(error) => error,
            };
            // What a host fails for everybody is not the document's failure.
            let counts = blame != Blame::Host || retries == 0;
            failures += u32::from(counts);
            failed.get_or_insert_with(tokio::time::Instant::now);
            if !error.transient
                || failures > retries
                    && !self.comes_later(accept, &host, &own, &error)
            {
                return (Err(error), permit);
            }
            // Its last turn.
            if failures > retries {
                (failures, retries) = (0, LAST_TURN - 1);
            }
            let nth = if counts { failures } else { 1 };
            let Some(pause) = delay(nth, error.retry_after, fastrand::f64())
            else {
                return (Err(error.asking_too_much()), permit);
            };
            // What goes to a host that is down is bounded by itself: one
            // request a second.
            let is_down = blame != Blame::Document || accept.is_for_all();
            if !is_down
                && !self.limits.with_budget(host.as_deref(), Budget::spend)
            {
                return (Err(error), permit);
            }
            warn!(failures, ?pause, error.detail, "trying again");
            drop(permit);
            self.limits
                .pause(host.as_deref().filter(|_| is_down), nth, pause)
                .await;
            match self.enter_again(host.as_deref(), own.as_deref()).await {
                (entered, None) => permit = entered,
                (entered, Some(error)) => return (Err(error), entered),
            }
            self.progress.retries.fetch_add(1, Ordering::Relaxed);
        }
    }
}
// ANCHOR_END: attempts

impl<T: Transport> Attempts<T> {
    fn redirects(&self, accept: Accept<'_>) -> u32 {
        match accept {
            Accept::Bytes { redirects, .. } => redirects,
            _ => self.retry_policy.redirects,
        }
    }

    /// Whether the host is put off, because what all of its pages wait for has
    /// failed. That happens once.
    fn comes_later(
        &self,
        accept: Accept<'_>,
        host: &Option<String>,
        own: &Option<String>,
        error: &Error,
    ) -> bool {
        let Some(host) = host.as_deref().filter(|_| accept.is_for_all()) else {
            return false;
        };
        self.retry_policy.retries > 0
            && own.as_deref() == Some(host)
            && self.limits.comes_later(host, error)
    }

    /// A permit for a further request of a document, or one without a host and
    /// the reason why its host is not asked. A host that is put off is waited
    /// for by its `own` documents alone: others would hold up the very lanes
    /// that it is put off for.
    async fn enter_again(
        &self,
        host: Option<&str>,
        own: Option<&str>,
    ) -> (Permit, Option<Error>) {
        if host == own {
            let permit = self.enter(host).await;
            return (permit, host.and_then(|host| self.limits.given_up(host)));
        }
        let refused = tokio::select! {
            permit = self.enter(host) => return (permit, None),
            error = self.limits.put_off(host) => error,
        };
        (self.enter(None).await, Some(refused))
    }

    /// One request, and whose failure it is if it fails. Its document may have
    /// failed before, for the first time at some moment.
    async fn request(
        &self,
        source: &Source,
        host: Option<&str>,
        accept: Accept<'_>,
        failed: Option<tokio::time::Instant>,
    ) -> (Result<Response, Error>, Blame) {
        let Some(host) = host else {
            return (self.answer(source, accept).await, Blame::Document);
        };
        if let Some(error) = self.limits.given_up(host) {
            return (Err(error), Blame::Document);
        }
        let begun = self.limits.begins(host, failed);
        let answer = self.answer(source, accept).await;
        let said = answer.as_ref().map(|_| ());
        let blame = self.limits.answered(host, said, begun);
        (answer, blame)
    }

    async fn answer(
        &self,
        source: &Source,
        accept: Accept<'_>,
    ) -> Result<Response, Error> {
        self.progress.requests.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        let answer = match (accept, source) {
            (Accept::Bytes { beginning, .. }, Source::Url(url)) => {
                self.transport.get_bytes(url, beginning).await
            }
            (Accept::Pieces(begin), Source::Url(url)) => {
                self.transport.get_pieces(url, begin()).await
            }
            _ => self.transport.get(source).await,
        };
        self.progress.fetching.add(start);
        if let Ok(Response::Body(body)) = &answer {
            self.progress.latency.note(start.elapsed());
            self.progress.bytes.fetch_add(body.size(), Ordering::Relaxed);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::time::Duration;
    use tokio::time::{sleep, timeout};

    /// One host that never answers, and one whose pages lead there.
    struct Script;

    impl Transport for Script {
        async fn get(&self, source: &Source) -> Result<Response, Error> {
            let to = "http://dead/".parse().expect("it is a URL");
            match source.host().as_deref() {
                Some("good:80") => Ok(Response::Redirect(to)),
                _ => Err(Error::transient(Kind::Connect, "refused")),
            }
        }

        fn connections(&self) -> u64 {
            0
        }
    }

    fn attempts() -> Attempts<Script> {
        let limits = Arc::new(Limits::new(4, 4, None));
        Attempts::new(Script, limits, RetryPolicy::default(), Arc::default())
    }

    fn page(url: &str) -> Source {
        Source::Url(url.parse().expect("it is a URL"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_is_put_off_holds_up_no_page_of_another() {
        let attempts = attempts();
        let lanes = ["dead:80", "good:80"]
            .map(|host| attempts.limits.begin(Some(host.into())));
        for _ in 0..24 {
            let refused = Error::transient(Kind::Connect, "refused");
            let begun = attempts.limits.begins("dead:80", None);
            attempts.limits.answered("dead:80", Err(&refused), begun);
            sleep(Duration::from_secs(1)).await;
        }
        let source = page("http://good/");
        let permit = attempts.enter(source.host().as_deref()).await;
        let redirected = attempts.get(&source, Accept::Page, permit);
        let (answer, permit) = timeout(Duration::from_secs(3_600), redirected)
            .await
            .expect("it is not waited for: its last turn comes when this page has ended");
        assert_eq!(
            answer.expect_err("nobody answers there").kind,
            Kind::Connect
        );
        drop((permit, lanes));
    }

    #[tokio::test]
    async fn who_waits_for_room_holds_no_permit() {
        let attempts = attempts();
        let memory = &attempts.progress.memory;
        memory.bound(100, 10);
        let body = memory.hold(60);
        let mut enter = Box::pin(attempts.enter(Some("good:80")));
        assert!(
            enter.as_mut().now_or_never().is_none(),
            "more than half is taken"
        );
        assert_eq!(attempts.limits.available(), attempts.limits.permits());
        drop(body);
        enter.now_or_never().expect("there is room");
    }
}
