//! The HTTP client: a body under its cap, or a reason.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::LOCATION;
use reqwest::{Client, ClientBuilder, Url};
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tower::util::MapResponseLayer;

use super::headers::{
    classify, content_type, decoded, directives, is_transient, redirect, retry_after,
};
use super::{Error, Response, Settings, Transport};
use crate::program::body::{Body, MediaType};
use crate::program::directives::AGENT;
use crate::program::failure::Kind;
use crate::program::source::Source;

impl Transport for Fetcher {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        match source {
            Source::Url(url) => self.page(url.clone()).await,
            Source::File(path) => self.file(path).await.map(Response::Body),
        }
    }

    async fn get_bytes(&self, url: &Url, beginning: Option<usize>) -> Result<Response, Error> {
        let response = self.request(url.clone()).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Response::Redirect);
        }
        decoded(&response)?;
        let bytes = match beginning {
            None => self.body(response).await?,
            Some(most) => first(response, most).await?,
        };
        Ok(Response::Body(Body { bytes, media_type: MediaType::Plain, ..Body::default() }))
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
    async fn page(&self, url: Url) -> Result<Response, Error> {
        let response = self.request(url).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Response::Redirect);
        }
        decoded(&response)?;
        let (media_type, charset) = content_type(response.headers())?;
        let directives = directives(response.headers());
        let bytes = self.body(response).await?;
        Ok(Response::Body(Body { bytes, media_type, charset, directives }))
    }

    async fn request(&self, url: Url) -> Result<reqwest::Response, Error> {
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

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Error> {
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
        // The system limits the files that a process has open, and sockets count among them.
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
        let media_type = if is_html(path) { MediaType::Html } else { MediaType::Plain };
        Ok(Body { bytes, media_type, ..Body::default() })
    }
}

/// The beginning of a body; what comes after it is not waited for.
async fn first(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while bytes.len() < most
        && let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))?
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(most - bytes.len())]);
    }
    Ok(bytes)
}

fn builder(settings: &Settings, connections: &Arc<AtomicU64>) -> ClientBuilder {
    let made = Arc::clone(connections);
    Client::builder()
        .user_agent(format!("{}/{}", AGENT, env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .connector_layer(MapResponseLayer::new(move |connection| {
            made.fetch_add(1, Ordering::Relaxed);
            connection
        }))
}

fn is_html(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["html", "htm", "xhtml"].iter().any(|html| html.eq_ignore_ascii_case(extension))
}
