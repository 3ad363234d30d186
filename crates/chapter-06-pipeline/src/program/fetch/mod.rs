//! Fetching: a source becomes a body, or an error that says why not.
//!
//! [`client`] makes one request over one of the `connections`, `headers` reads
//! its response and `gzip` decompresses its body. [`attempts`] is the way in for
//! everybody else: under the [`limits`], with [retries](retry) and redirects.

pub mod attempts;
pub mod client;
mod connections;
pub(super) mod gzip;
mod headers;
pub mod limits;
pub(super) mod pieces;
pub mod retry;
mod turns;

pub use client::Fetcher;
pub use pieces::Pieces;

use std::time::Duration;

use reqwest::Url;

use self::retry::MAX_RETRY_AFTER;
use super::body::Body;
use super::failure::Kind;
use super::source::Source;

/// The limits of one request.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For making a connection.
    pub connect_timeout: Duration,
    /// For a whole request, from the first byte out to the last byte in.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body: u64,
}

/// A response: a body or a redirect.
#[derive(Debug)]
pub enum Response {
    /// A body.
    Body(Body),
    /// The page is elsewhere.
    Redirect(Url),
}

/// A request that brought no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The kind of failure.
    pub kind: Kind,
    /// The reason, for a person.
    pub detail: String,
    /// Whether another attempt could succeed.
    pub transient: bool,
    /// How long the server asked us to stay away.
    pub retry_after: Option<Duration>,
    /// The status, if there was an answer and this is what was wrong with it.
    pub status: Option<u16>,
    /// Whether the server had begun to answer.
    pub answered: bool,
}

impl Error {
    /// An error that another attempt would meet again.
    pub fn lasting(kind: Kind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Error {
            kind,
            detail,
            transient: false,
            retry_after: None,
            status: None,
            answered: false,
        }
    }

    /// A chain of redirects that is given up.
    pub fn too_many_redirects(most: u32) -> Self {
        Error::lasting(Kind::Redirect, format!("more than {most} redirects"))
    }

    /// The same error, with a word on why it is not tried again.
    #[must_use]
    pub fn asking_too_much(mut self) -> Self {
        let asked = self.retry_after.unwrap_or_default().as_secs();
        self.detail += &format!(
            "; asks to wait {asked} s, more than the {} s we would",
            MAX_RETRY_AFTER.as_secs()
        );
        self
    }

    /// Whether it may be the whole host that fails, and not this page alone.
    pub(super) fn is_of_host(&self) -> bool {
        match self.kind {
            Kind::Status => matches!(self.status, Some(429 | 502..=504)),
            Kind::Interrupted => self.transient && !self.answered,
            Kind::Timeout | Kind::Connect | Kind::Dns => self.transient,
            _ => false,
        }
    }

    /// An error that another attempt may not meet.
    pub fn transient(kind: Kind, detail: impl Into<String>) -> Self {
        Error { transient: true, ..Error::lasting(kind, detail) }
    }
}

/// Where bodies come from: the network and the disk, or a script that a test
/// wrote.
pub trait Transport: Send + Sync + 'static {
    /// Makes one request. It may be dropped at any await.
    fn get(
        &self,
        source: &Source,
    ) -> impl Future<Output = Result<Response, Error>> + Send;

    /// [`Transport::get`] for bytes of any type, such as a sitemap or a
    /// `robots.txt`: all of them, or only the first `beginning`.
    fn get_bytes(
        &self,
        url: &Url,
        beginning: Option<usize>,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        let source = Source::Url(url.clone());
        async move {
            let answer = self.get(&source).await?;
            Ok(match (answer, beginning) {
                (Response::Body(mut body), Some(most)) => {
                    body.bytes.truncate(most);
                    Response::Body(body)
                }
                (answer, _) => answer,
            })
        }
    }

    /// [`Transport::get_bytes`] for somebody who reads the body while it comes.
    /// An answer that is no redirect is a body without bytes.
    fn get_pieces(
        &self,
        url: &Url,
        to: Pieces,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        async move {
            let answer = self.get_bytes(url, None).await?;
            if let Response::Body(body) = answer {
                // Whoever reads them may have had enough.
                let _ = to.send(body.bytes).await;
                return Ok(Response::Body(Body::default()));
            }
            Ok(answer)
        }
    }

    /// Connections made so far.
    fn connections(&self) -> u64;

    /// Requests that were sent again at once, because the connection that they
    /// were sent over had been closed.
    fn resent(&self) -> u64 {
        0
    }
}
