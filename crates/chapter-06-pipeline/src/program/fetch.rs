//! One request: a body under its cap, or a reason.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url, redirect};
use tokio::io::AsyncReadExt;
use tower::util::MapRequestLayer;

use super::digest::Form;
use super::failure::Kind;

/// What a client may do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For making a connection.
    pub connect_timeout: Duration,
    /// For a whole request, from the first byte out to the last byte in.
    pub timeout: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
    /// Bytes of a body after decompression.
    pub max_body: u64,
}

/// A body in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// How to read them.
    pub form: Form,
    /// The charset that the server declared.
    pub charset: Option<String>,
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
}

impl Error {
    fn lasting(kind: Kind, detail: impl Into<String>) -> Self {
        Error { kind, detail: detail.into(), transient: false, retry_after: None }
    }

    fn transient(kind: Kind, detail: impl Into<String>) -> Self {
        Error { transient: true, ..Error::lasting(kind, detail) }
    }
}

/// One HTTP client for a whole run: connections are kept and used again.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    max_body: u64,
    connections: Arc<AtomicU64>,
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
        Ok(Fetcher { client, max_body: settings.max_body, connections })
    }

    /// Connections made so far.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Gets a page: status checked, redirects followed, the body read as it comes and given up
    /// as soon as it exceeds its cap.
    ///
    /// # Errors
    /// See [`Kind`].
    pub async fn get(&self, url: Url) -> Result<Body, Error> {
        let response = self.request(url).await?;
        let (form, charset) = content_type(response.headers())?;
        let bytes = self.body(response).await?;
        Ok(Body { bytes, form, charset })
    }

    /// Gets bytes of any type, otherwise like [`get`](Self::get).
    ///
    /// # Errors
    /// See [`Kind`].
    pub async fn get_raw(&self, url: Url) -> Result<Vec<u8>, Error> {
        let response = self.request(url).await?;
        self.body(response).await
    }

    async fn request(&self, url: Url) -> Result<Response, Error> {
        let response = self.client.get(url).send().await.map_err(|error| classify(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(Error {
            retry_after: retry_after(response.headers()),
            transient: is_transient(status),
            ..Error::lasting(Kind::Status, status.to_string())
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let too_large =
            || Error::lasting(Kind::TooLarge, format!("more than {} bytes", self.max_body));
        let declared = response.content_length();
        if declared.is_some_and(|length| length > self.max_body) {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(declared.unwrap_or(16 << 10) as usize);
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if (bytes.len() + chunk.len()) as u64 > self.max_body {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Reads a file under the same cap.
    ///
    /// # Errors
    /// If it cannot be read, or is too large.
    pub async fn read(&self, path: &Path) -> Result<Body, Error> {
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
            return Err(Error::lasting(
                Kind::TooLarge,
                format!("more than {} bytes", self.max_body),
            ));
        }
        let plain =
            path.extension().is_some_and(|extension| extension == "txt" || extension == "md");
        let form = if plain { Form::Plain } else { Form::Html };
        Ok(Body { bytes, form, charset: None })
    }
}

fn builder(settings: &Settings, connections: &Arc<AtomicU64>) -> ClientBuilder {
    let made = Arc::clone(connections);
    let most = settings.redirects;
    Client::builder()
        .user_agent(concat!("overlap/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .redirect(redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > most {
                return attempt.error(format!("more than {most} redirects"));
            }
            match attempt.url().scheme() {
                "http" | "https" => attempt.follow(),
                other => {
                    let refused = format!("a redirect to the scheme '{other}'");
                    attempt.error(refused)
                }
            }
        }))
        .connector_layer(MapRequestLayer::new(move |request| {
            made.fetch_add(1, Ordering::Relaxed);
            request
        }))
}

/// Statuses after which another attempt may succeed: the server was busy, or said "later".
fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After` in either form: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn content_type(headers: &HeaderMap) -> Result<(Form, Option<String>), Error> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok((Form::Html, None));
    };
    let parsed = value.to_str().ok().and_then(|value| value.parse::<mime::Mime>().ok());
    let Some(kind) = parsed else {
        return Err(Error::lasting(Kind::NotText, "a Content-Type that cannot be read"));
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
    let (mut gzip, mut name) = (false, false);
    let mut cause = error.source();
    // Only the innermost cause says what happened; reqwest's own layers repeat the URL.
    while let Some(inner) = cause {
        detail = inner.to_string();
        name |= detail.contains("dns error");
        gzip |= detail.contains("gzip") || detail.contains("deflate");
        cause = inner.source();
    }
    if detail.is_empty() {
        detail = error.to_string();
    }
    if error.is_timeout() {
        Error::transient(Kind::Timeout, "no complete answer in time")
    } else if error.is_redirect() {
        Error::lasting(Kind::Redirect, detail)
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
    }

    #[test]
    fn only_text_is_read() {
        let form = |value| content_type(&headers(CONTENT_TYPE, value));
        assert_eq!(form("text/html; charset=\"koi8-r\""), Ok((Form::Html, Some("koi8-r".into()))));
        assert_eq!(form("text/plain"), Ok((Form::Plain, None)));
        assert_eq!(form("application/xhtml+xml").map(|(form, _)| form), Ok(Form::Html));
        assert_eq!(form("image/png").expect_err("an image is not text").kind, Kind::NotText);
        assert_eq!(content_type(&HeaderMap::new()), Ok((Form::Html, None)));
    }
}
