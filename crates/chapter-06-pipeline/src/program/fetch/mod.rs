//! Fetching: a source becomes a body, or an error that says why not.
//!
//! [`client`] makes one request, `headers` reads its response and `gzip` decompresses its body. [`attempts`] is the way in for
//! everybody else: under the [`limits`], with [retries](retry) and redirects.

pub mod attempts;
pub mod client;
mod gzip;
mod headers;
pub mod limits;
pub mod retry;

pub use client::Fetcher;

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

impl Error {
    /// An error that another attempt would meet again.
    pub fn lasting(kind: Kind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Error { kind, detail, transient: false, retry_after: None, status: None }
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

    /// An error that another attempt may not meet.
    pub fn transient(kind: Kind, detail: impl Into<String>) -> Self {
        Error { transient: true, ..Error::lasting(kind, detail) }
    }
}

/// Where bodies come from: the network and the disk, or a script that a test wrote.
pub trait Transport: Send + Sync + 'static {
    /// Makes one request. It may be dropped at any await.
    fn get(&self, source: &Source) -> impl Future<Output = Result<Response, Error>> + Send;

    /// [`Transport::get`] for bytes of any type, such as a sitemap or a `robots.txt`: all of them,
    /// or only the first `beginning`.
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

    /// Connections made so far.
    fn connections(&self) -> u64;

    /// Requests that were sent again at once, because the connection that they were sent over had
    /// been closed.
    fn resent(&self) -> u64 {
        0
    }
}
