//! One request: a body under its cap, or a reason.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url, redirect};
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tower::util::MapResponseLayer;

use super::digest::Form;
use super::failure::Kind;
use super::retry::PATIENCE;
use super::robots::{self, Directives};
use super::sources::Source;

/// What a client may do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For making a connection.
    pub connect_timeout: Duration,
    /// For a whole request, from the first byte out to the last byte in.
    pub timeout: Duration,
    /// Bytes of a body after decompression.
    pub max_body: u64,
}

/// What a server may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A body.
    Body(Body),
    /// The page is elsewhere.
    Redirect(Url),
}

/// A body in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub form: Form,
    /// The charset that the server declared.
    pub charset: Option<String>,
    /// What the server asks of robots, in `X-Robots-Tag`.
    pub directives: Directives,
}

/// A request that brought no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// What kind of failure.
    pub kind: Kind,
    /// What happened, for a person.
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
        self.detail +=
            &format!("; asks to wait {asked} s, more than the {} s we would", PATIENCE.as_secs());
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
    fn get(&self, source: &Source) -> impl Future<Output = Result<Answer, Error>> + Send;

    /// [`Transport::get`] for bytes of any type, such as a sitemap or a `robots.txt`: all of them,
    /// or only so many from their beginning.
    fn get_bytes(
        &self,
        url: &Url,
        beginning: Option<usize>,
    ) -> impl Future<Output = Result<Answer, Error>> + Send {
        let source = Source::Url(url.clone());
        async move {
            let answer = self.get(&source).await?;
            Ok(match (answer, beginning) {
                (Answer::Body(mut body), Some(most)) => {
                    body.bytes.truncate(most);
                    Answer::Body(body)
                }
                (answer, _) => answer,
            })
        }
    }

    /// Connections made so far.
    fn connections(&self) -> u64;
}

impl Transport for Fetcher {
    async fn get(&self, source: &Source) -> Result<Answer, Error> {
        match source {
            Source::Url(url) => self.page(url.clone()).await,
            Source::File(path) => self.file(path).await.map(Answer::Body),
        }
    }

    async fn get_bytes(&self, url: &Url, beginning: Option<usize>) -> Result<Answer, Error> {
        let response = self.request(url.clone()).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Answer::Redirect);
        }
        decoded(&response)?;
        let bytes = match beginning {
            None => self.body(response).await?,
            Some(most) => first(response, most).await?,
        };
        Ok(Answer::Body(Body { bytes, form: Form::Plain, ..Body::default() }))
    }

    fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Files that are read at once.
const OPEN_FILES: usize = 64;

/// One HTTP client for a whole run: connections are kept and used again.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    max_body: u64,
    connections: Arc<AtomicU64>,
    files: Arc<Semaphore>,
}

impl Fetcher {
    /// Makes a client.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(settings: &Settings) -> io::Result<Self> {
        // The first caller in a process decides; a second finds the same provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let connections = Arc::new(AtomicU64::new(0));
        let client = builder(settings, &connections).build().or_else(|_| {
            // A system without root certificates, as small containers are. Files and http need
            // none; with an empty list, https fails where it is used, and says why.
            builder(settings, &connections).tls_certs_only([]).build()
        });
        let client = client.map_err(io::Error::other)?;
        let files = Arc::new(Semaphore::new(OPEN_FILES));
        Ok(Fetcher { client, max_body: settings.max_body, connections, files })
    }

    /// Gets a page: status checked, the body read as it comes and given up as soon as it exceeds
    /// its cap. A redirect is returned, not followed: the next request has limits of its own.
    ///
    /// # Errors
    /// See [`Kind`].
    async fn page(&self, url: Url) -> Result<Answer, Error> {
        let response = self.request(url).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Answer::Redirect);
        }
        decoded(&response)?;
        let (form, charset) = content_type(response.headers())?;
        let directives = directives(response.headers());
        let bytes = self.body(response).await?;
        Ok(Answer::Body(Body { bytes, form, charset, directives }))
    }

    async fn request(&self, url: Url) -> Result<Response, Error> {
        let response = self.client.get(url).send().await.map_err(|error| classify(&error))?;
        let status = response.status();
        if status.is_success()
            || (status.is_redirection() && response.headers().contains_key(LOCATION))
        {
            return Ok(response);
        }
        Err(Error {
            retry_after: retry_after(response.headers()),
            transient: is_transient(status),
            status: Some(status.as_u16()),
            ..Error::lasting(Kind::Status, status.to_string())
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let declared = response.content_length();
        if declared.is_some_and(|length| length > self.max_body) {
            return Err(self.too_large());
        }
        let mut bytes = Vec::with_capacity(declared.unwrap_or(16 << 10) as usize);
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if (bytes.len() + chunk.len()) as u64 > self.max_body {
                return Err(self.too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn too_large(&self) -> Error {
        let detail = format!("more than {} bytes (see --max-body)", self.max_body);
        Error::lasting(Kind::TooLarge, detail)
    }

    /// Reads a file under the same cap.
    ///
    /// # Errors
    /// If it cannot be read, or is too large.
    async fn file(&self, path: &Path) -> Result<Body, Error> {
        // A process may have only so many files open; sockets need some, too.
        let _open = self.files.acquire().await.expect("the semaphore is never closed");
        let read = async {
            let file = tokio::fs::File::open(path).await?;
            let length = file.metadata().await?.len();
            let mut bytes = Vec::with_capacity(length.min(self.max_body) as usize + 1);
            file.take(self.max_body + 1).read_to_end(&mut bytes).await?;
            Ok::<_, io::Error>(bytes)
        };
        let bytes =
            read.await.map_err(|error| Error::lasting(Kind::Unreadable, error.to_string()))?;
        if bytes.len() as u64 > self.max_body {
            return Err(self.too_large());
        }
        let form = if is_html(path) { Form::Html } else { Form::Plain };
        Ok(Body { bytes, form, ..Body::default() })
    }
}

/// The beginning of a body; what comes after it is not waited for.
async fn first(mut response: Response, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while bytes.len() < most
        && let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))?
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(most - bytes.len())]);
    }
    Ok(bytes)
}

/// What the client can decode it has decoded, and taken the header away.
fn decoded(response: &Response) -> Result<(), Error> {
    let mut encodings = response.headers().get(CONTENT_ENCODING).into_iter();
    match encodings.find(|encoding| *encoding != "identity") {
        None => Ok(()),
        Some(encoding) => {
            let name = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            let detail = format!("its encoding '{name}' was not asked for");
            Err(Error::lasting(Kind::Compression, detail))
        }
    }
}

/// What the server asks of robots. There may be several such headers; all count.
fn directives(headers: &HeaderMap) -> Directives {
    let values = headers.get_all(robots::HEADER).iter().filter_map(|value| value.to_str().ok());
    values.map(Directives::of_header).fold(Directives::default(), Directives::and)
}

fn builder(settings: &Settings, connections: &Arc<AtomicU64>) -> ClientBuilder {
    let made = Arc::clone(connections);
    Client::builder()
        .user_agent(format!("{}/{}", robots::AGENT, env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .redirect(redirect::Policy::none())
        .connector_layer(MapResponseLayer::new(move |connection| {
            made.fetch_add(1, Ordering::Relaxed);
            connection
        }))
}

/// Where a redirect leads, if that can be fetched.
fn redirect(response: &Response) -> Result<Url, Error> {
    let refused = |what: String| Error::lasting(Kind::Redirect, what);
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| refused("a redirect to nowhere".into()))?;
    let to = response
        .url()
        .join(location)
        .map_err(|error| refused(format!("a redirect to '{location}': {error}")))?;
    match to.scheme() {
        "http" | "https" => Ok(to),
        other => Err(refused(format!("a redirect to the scheme '{other}'"))),
    }
}

fn is_html(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["html", "htm", "xhtml"].iter().any(|html| html.eq_ignore_ascii_case(extension))
}

/// Statuses after which another attempt may succeed: the server was busy, or said "later".
fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After` in either form: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number can hold are still too many to wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn content_type(headers: &HeaderMap) -> Result<(Form, Option<String>), Error> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if value.trim().is_empty() {
        return Ok((Form::Html, None));
    }
    // Browsers forgive what stands behind the type; so do we.
    let essence = value.split([';', ',', ' ']).next().unwrap_or_default();
    let parsed = value.parse::<mime::Mime>().or_else(|_| essence.parse());
    let Ok(kind) = parsed else {
        return Err(Error::lasting(Kind::NotText, format!("the type '{value}'")));
    };
    let charset = kind.get_param(mime::CHARSET).map(|charset| charset.as_str().to_owned());
    let form = match (kind.type_(), kind.subtype().as_str()) {
        (mime::TEXT, "html") | (mime::APPLICATION, "xhtml") => Form::Html,
        (mime::TEXT, _) => Form::Plain,
        _ => return Err(Error::lasting(Kind::NotText, kind.essence_str())),
    };
    Ok((form, charset))
}

fn classify(error: &reqwest::Error) -> Error {
    let mut detail = String::new();
    let (mut gzip, mut name, mut uri) = (false, false, false);
    let mut cause = error.source();
    // Only the innermost cause says what happened; reqwest's own layers repeat the URL.
    while let Some(inner) = cause {
        detail = inner.to_string();
        uri |= detail.contains("not a valid Uri");
        name |= detail.contains("dns error");
        gzip |= detail.contains("gzip") || detail.contains("deflate");
        cause = inner.source();
    }
    if detail.is_empty() {
        detail = error.to_string();
    }
    if error.is_timeout() {
        Error::transient(Kind::Timeout, "no complete answer in time")
    } else if uri || error.is_builder() {
        Error::lasting(Kind::Connect, detail)
    } else if name {
        Error::lasting(Kind::Dns, detail)
    } else if detail.contains("certificate") {
        Error::lasting(Kind::Tls, detail)
    } else if error.is_connect() {
        Error::transient(Kind::Connect, detail)
    } else if gzip {
        Error::lasting(Kind::Compression, detail)
    } else {
        Error::transient(Kind::Interrupted, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(name: reqwest::header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(&headers(RETRY_AFTER, "7")), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after(&headers(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers(RETRY_AFTER, "soon")), None);
        assert!(retry_after(&headers(RETRY_AFTER, "99999999999999999999999")) > Some(PATIENCE));
    }

    #[test]
    fn only_text_is_read() {
        let form = |value| content_type(&headers(CONTENT_TYPE, value));
        assert_eq!(form("text/html; charset=\"koi8-r\""), Ok((Form::Html, Some("koi8-r".into()))));
        assert_eq!(form("text/plain"), Ok((Form::Plain, None)));
        assert_eq!(form("application/xhtml+xml").map(|(form, _)| form), Ok(Form::Html));
        assert_eq!(form("image/png").expect_err("an image is not text").kind, Kind::NotText);
        assert_eq!(content_type(&HeaderMap::new()), Ok((Form::Html, None)));
        for forgiven in
            ["text/html;;charset=utf-8", "text/html, text/html", "text/html charset=x", " "]
        {
            assert_eq!(form(forgiven).map(|(form, _)| form), Ok(Form::Html), "{forgiven}");
        }
    }
}
