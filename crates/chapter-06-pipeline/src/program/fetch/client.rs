//! The HTTP client: a body under its cap, or a reason.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Buf, Bytes};
use reqwest::header::LOCATION;
use reqwest::{StatusCode, Url};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use super::connections::{CONNECTED, Connections, SendError};
use super::gzip::{GzipError, Layers};
use super::headers::{
    Said, classify, content_type, directives, gzip_layers, is_transient,
    redirect, refresh, retry_after,
};
use super::{Error, Pieces, Response, Settings, Transport};
use crate::program::body::{Body, MediaType};
use crate::program::failure::Kind;
use crate::program::progress::{BodyBytes, Memory};
use crate::program::source::Source;

impl Transport for Fetcher {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        match source {
            Source::Url(url) => self.page(url.clone()).await,
            Source::File(path) => self.file(path).await.map(Response::Body),
        }
    }

    async fn get_bytes(
        &self,
        url: &Url,
        beginning: Option<usize>,
    ) -> Result<Response, Error> {
        let (response, deadline) = self.request(url.clone()).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Response::Redirect);
        }
        let (bytes, held) = self.body(response, deadline, beginning).await?;
        let media_type = MediaType::Plain;
        Ok(Response::Body(Body {
            bytes,
            media_type,
            held: Some(held),
            ..Body::default()
        }))
    }

    async fn get_pieces(
        &self,
        url: &Url,
        to: Pieces,
    ) -> Result<Response, Error> {
        let (response, deadline) = self.request(url.clone()).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Response::Redirect);
        }
        let mut body = Incoming::new(response, deadline, MOST_IN_PIECES)?;
        loop {
            let mut piece = Vec::new();
            // Whoever reads them may have had enough.
            if !body.piece(&mut piece).await?
                || body.deadline.wait_for(to.send(piece)).await.is_err()
            {
                break;
            }
        }
        Ok(Response::Body(Body::default()))
    }

    fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    fn resent(&self) -> u64 {
        self.resent.load(Ordering::Relaxed)
    }
}

/// Bytes that are wanted of a body that is read while it comes.
const MOST_IN_PIECES: usize = 64 << 20;

/// Files that are read at once.
const OPEN_FILES: usize = 64;

/// One HTTP client for a whole run: connections are kept and used again.
#[derive(Clone, Debug)]
pub struct Fetcher {
    kept: Connections,
    /// Makes a new connection for each request.
    new: Connections,
    timeout: Duration,
    max_body: u64,
    connections: Arc<AtomicU64>,
    resent: Arc<AtomicU64>,
    files: Arc<Semaphore>,
    memory: Memory,
}

impl Fetcher {
    /// Makes a client.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(settings: &Settings) -> io::Result<Self> {
        // The first caller in a process decides; a second finds the same
        // provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let connections = Arc::new(AtomicU64::new(0));
        Ok(Fetcher {
            kept: Connections::new(settings, &connections, true)?,
            new: Connections::new(settings, &connections, false)?,
            timeout: settings.timeout,
            max_body: settings.max_body,
            resent: Arc::default(),
            files: Arc::new(Semaphore::new(OPEN_FILES)),
            memory: Memory::default(),
            connections,
        })
    }

    /// The same client, with its bodies counted here while they come.
    #[must_use]
    pub fn counting(mut self, memory: &Memory) -> Self {
        self.memory = memory.clone();
        self
    }

    /// Gets a page: status checked, the body read as it comes and given up as
    /// soon as it exceeds its cap. A redirect is returned, not followed: the
    /// next request has limits of its own.
    ///
    /// # Errors
    /// See [`Kind`].
    async fn page(&self, url: Url) -> Result<Response, Error> {
        let (response, deadline) = self.request(url).await?;
        if response.status().is_redirection() {
            return redirect(&response).map(Response::Redirect);
        }
        let (media_type, charset) = content_type(response.headers())?;
        let directives = directives(response.headers());
        let refresh = refresh(&response);
        let (bytes, held) = self.body(response, deadline, None).await?;
        match refresh {
            // There is nothing to see before it.
            Some(to)
                if !directives.nofollow
                    && bytes.iter().all(u8::is_ascii_whitespace) =>
            {
                Ok(Response::Redirect(to))
            }
            refresh => Ok(Response::Body(Body {
                bytes,
                media_type,
                charset,
                directives,
                refresh: refresh.map(String::from),
                held: Some(held),
                made_of: None,
            })),
        }
    }

    /// Sends a request. A server may close a connection at any time, also while
    /// a request is on its way over it: if this was one that had been used
    /// before, the request is sent again at once over a new one (RFC 9112,
    /// section 9.3.1).
    async fn send(&self, url: Url) -> Result<reqwest::Response, SendError> {
        let sent = async {
            let response = self.kept.get(url.clone()).await;
            (response, CONNECTED.with(Cell::get))
        };
        match CONNECTED.scope(Cell::new(false), sent).await {
            (Err(error), false) if error.is_closed() => {
                self.resent.fetch_add(1, Ordering::Relaxed);
                self.new.get(url).await
            }
            (response, _) => response,
        }
    }

    /// The response to a request, and when its body has to be there.
    async fn request(
        &self,
        url: Url,
    ) -> Result<(reqwest::Response, Deadline), Error> {
        let deadline = Deadline(Instant::now() + self.timeout);
        let sent = deadline.meet(self.send(url)).await?;
        let response = sent.map_err(|error| error.classify())?;
        let status = response.status();
        // Nobody asked for a part: what came as one is not the page.
        if (status.is_success() && status != StatusCode::PARTIAL_CONTENT)
            || (status.is_redirection()
                && response.headers().contains_key(LOCATION))
        {
            return Ok((response, deadline));
        }
        Err(Error {
            retry_after: retry_after(response.headers()),
            transient: is_transient(status),
            status: Some(status.as_u16()),
            answered: true,
            ..Error::lasting(Kind::Status, status.to_string())
        })
    }

    /// The body, decompressed, and its part of the memory: all of it, or the
    /// beginning that is wanted. What comes after that is not waited for.
    async fn body(
        &self,
        response: reqwest::Response,
        deadline: Deadline,
        beginning: Option<usize>,
    ) -> Result<(Vec<u8>, BodyBytes), Error> {
        let most = beginning
            .map_or(self.max_body, |most| self.max_body.min(most as u64))
            as usize;
        let declared = response.content_length();
        let mut body = Incoming::new(response, deadline, most)?;
        let declared = declared.filter(|_| body.layers.is_empty());
        if declared.is_some_and(|length| length > self.max_body)
            && beginning.is_none()
        {
            return Err(self.too_large());
        }
        let mut held = self.memory.hold(0);
        let mut bytes = Vec::with_capacity(
            declared.map_or(0, |length| most.min(length as usize)),
        );
        while bytes.len() < most || beginning.is_none() {
            let before = bytes.len();
            if !body.piece(&mut bytes).await? {
                break;
            }
            if bytes.len() > most && beginning.is_none() {
                return Err(self.too_large());
            }
            bytes.truncate(most);
            body.deadline
                .wait_for(held.grow((bytes.len() - before) as u64))
                .await;
        }
        Ok((bytes, held))
    }

    fn too_large(&self) -> Error {
        let detail =
            format!("more than {} bytes (see --max-body)", self.max_body);
        Error::lasting(Kind::TooLarge, detail)
    }

    /// Waits for a part of a file. A disk that is far away may never answer,
    /// and some files of the system do not.
    async fn in_time<T>(
        &self,
        part: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Error> {
        match timeout(self.timeout, part).await {
            Ok(part) => part.map_err(|error| {
                Error::lasting(Kind::Unreadable, error.to_string())
            }),
            Err(_) => {
                let detail = "the disk did not answer in time";
                Err(Error::lasting(Kind::Timeout, detail))
            }
        }
    }

    /// Reads a file under the same cap.
    ///
    /// # Errors
    /// If it cannot be read, or is too large.
    async fn file(&self, path: &Path) -> Result<Body, Error> {
        // The system limits the files that a process has open, and sockets
        // count among them. A disk that does not answer keeps its thread and
        // its file beyond this: they cannot be taken away from it.
        let _open =
            self.files.acquire().await.expect("the semaphore is never closed");
        let mut held = self.memory.hold(0);
        let (at, most) = (path.to_owned(), self.max_body);
        // A trip to a thread that may block takes as long as it takes to read a
        // page. So there are two of them, and not one for each question.
        let (file, length) = self.in_time(blocking(move || open(&at))).await?;
        let length = length.min(most);
        held.grow(length).await;
        let bytes = blocking(move || {
            let mut bytes = Vec::with_capacity(length as usize + 1);
            file.take(most + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let bytes = self.in_time(bytes).await?;
        if bytes.len() as u64 > self.max_body {
            return Err(self.too_large());
        }
        Ok(Body {
            bytes,
            media_type: media_type(path),
            held: Some(held),
            ..Body::default()
        })
    }
}

/// Opens a regular file. Returns it and its length.
fn open(path: &Path) -> io::Result<(File, u64)> {
    // Looked at before it is opened: to open a pipe is to wait for its other
    // end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Runs what may wait for a disk on a thread for such work.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|lost| Err(io::Error::other(lost)))
}

/// When a whole response has to be there.
#[derive(Clone, Copy, Debug)]
struct Deadline(Instant);

impl Deadline {
    /// Waits for a part of the response.
    async fn meet<T>(self, part: impl Future<Output = T>) -> Result<T, Error> {
        timeout_at(self.0, part).await.map_err(|_| {
            Error::transient(Kind::Timeout, "no complete answer in time")
        })
    }

    /// Waits for ourselves, which is no fault of the server's.
    async fn wait_for<T>(&mut self, us: impl Future<Output = T>) -> T {
        let asked = Instant::now();
        let done = us.await;
        self.0 += asked.elapsed();
        done
    }
}

/// A body as it comes.
struct Incoming {
    response: reqwest::Response,
    deadline: Deadline,
    layers: Layers,
    /// What has come and was not decompressed yet.
    chunk: Bytes,
    /// Whether the layers have more.
    more: bool,
}

impl Incoming {
    /// The body of a response, of which up to `most` bytes are wanted.
    fn new(
        response: reqwest::Response,
        deadline: Deadline,
        most: usize,
    ) -> Result<Self, Error> {
        let layers = Layers::new(gzip_layers(response.headers())?, most);
        Ok(Incoming {
            response,
            deadline,
            layers,
            chunk: Bytes::new(),
            more: false,
        })
    }

    /// Appends a piece of the body, decompressed. Returns `false` if it was
    /// over.
    async fn piece(&mut self, out: &mut Vec<u8>) -> Result<bool, Error> {
        if !self.more {
            let chunk = self.deadline.meet(self.response.chunk()).await;
            let chunk = chunk.and_then(|chunk| {
                chunk.map_err(|error| classify(Said::from(&error)))
            });
            match chunk.map_err(|error| Error { answered: true, ..error })? {
                Some(chunk) => self.chunk = chunk,
                None => {
                    return self
                        .layers
                        .finish()
                        .map(|()| false)
                        .map_err(broken);
                }
            }
        }
        let mut input = &self.chunk[..];
        self.more = self.layers.piece(&mut input, out).map_err(broken)?;
        let read = self.chunk.len() - input.len();
        self.chunk.advance(read);
        Ok(true)
    }
}

fn broken(error: GzipError) -> Error {
    Error {
        answered: true,
        ..Error::lasting(Kind::Compression, error.to_string())
    }
}

/// How a file is read, by the ending of its name.
fn media_type(path: &Path) -> MediaType {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    match &*extension.to_ascii_lowercase() {
        "html" | "htm" | "php" => MediaType::Html,
        "xhtml" | "xht" => MediaType::Xhtml,
        _ => MediaType::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_does_not_answer_is_not_waited_for() {
        let fetcher = Fetcher::new(&Settings {
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(20),
            max_body: 1,
        })
        .expect("a client");
        let never = std::future::pending::<io::Result<()>>();
        let error = fetcher.in_time(never).await.expect_err("it never ends");
        assert_eq!((error.kind, error.transient), (Kind::Timeout, false));
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_we_take_is_not_the_servers() {
        let second = Duration::from_secs(1);
        let mut deadline = Deadline(Instant::now() + second);
        deadline.meet(sleep(second / 2)).await.expect("it has a second");
        deadline.wait_for(sleep(600 * second)).await;
        deadline.meet(sleep(second / 4)).await.expect("half a second is left");
        let late =
            deadline.meet(sleep(second)).await.expect_err("a quarter is left");
        assert_eq!(late.kind, Kind::Timeout);
    }
}
