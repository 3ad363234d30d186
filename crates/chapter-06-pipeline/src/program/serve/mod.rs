//! The search as a page: a server on loopback.
//!
//! ```text
//! browser ──► server ──► answers ──► bridge ──► search
//!             (Tokio)   (DashMap)              (Rayon)
//! ```
//!
//! `room` bounds the connections, `answers` computes each answer once, `page`
//! writes it as HTML, and `local` finds the documents that are on this disk.

pub mod answers;
mod local;
mod page;
mod room;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::answers::Answers;
use self::local::Local;
pub use self::page::Question;
use self::room::{Guest, Leave, Room};
use super::index::Index;
use super::run::bridge::Bridge;

/// Connections at once. For more those make place that have asked for nothing.
const CONNECTIONS: usize = 256;
/// Files read at once.
const FILES: usize = 8;
/// Kilobytes of all documents that are on their way to a reader: each is in
/// memory as a whole, and a reader may take its time.
const ON_THEIR_WAY: u32 = 256 << 10;
/// Time for a request to come, and for a connection to wait for the next one.
const HEADER: Duration = Duration::from_secs(15);
/// Time for a connection altogether, so that none is kept by a reader who reads
/// nothing.
const LONGEST_TALK: Duration = Duration::from_secs(120);
/// Time for a request to come that was sent before the server was told to end.
const LAST_REQUESTS: Duration = Duration::from_millis(50);
/// Time for what is under way then.
const FAREWELL: Duration = Duration::from_millis(200);
/// Time that a document waits for room in memory.
const NO_ROOM: Duration = Duration::from_secs(2);
/// Bytes of a request's header.
const LONGEST: usize = 16 << 10;
/// What is said of a file that [`local`] does not read.
const UNREADABLE: &str =
    "This file cannot be read anymore, or it has more than 64 MiB.";
/// Answers that are kept.
const ANSWERS: usize = 1_000;

/// The search over one index, for many who ask.
#[derive(Debug)]
pub struct SearchServer {
    search: Arc<Search>,
    answers: Answers<Question, Bytes>,
    files: Semaphore,
    on_their_way: Arc<Semaphore>,
    room: Arc<Room>,
    port: u16,
    farewell: Duration,
}

/// A document, and its part of the memory.
struct OnItsWay {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for OnItsWay {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What is searched, and for whom.
#[derive(Debug)]
struct Search {
    index: Index,
    local: Option<Local>,
    language: String,
}

/// Opens the port of a server, on this machine alone. Port 0 is any that is
/// free.
///
/// # Errors
/// If it is taken.
pub fn bind(port: u16) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl SearchServer {
    /// A server of an index, for readers of this language.
    pub fn new(
        index: Index,
        language: &str,
        bridge: Bridge,
        address: SocketAddr,
    ) -> Self {
        let local = Local::of(&index);
        SearchServer {
            search: Arc::new(Search {
                index,
                local,
                language: language.to_owned(),
            }),
            answers: Answers::new(bridge, ANSWERS),
            files: Semaphore::new(FILES),
            on_their_way: Arc::new(Semaphore::new(ON_THEIR_WAY as usize)),
            room: Room::new(CONNECTIONS),
            port: address.port(),
            farewell: FAREWELL,
        }
    }

    /// Serves until `stop`, and then answers what was asked before. Who has not
    /// read the answer in a fifth of a second is left.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) {
        let mut connections = JoinSet::new();
        let talk = |stream: TcpStream, (guest, leave): (Guest, Leave)| {
            let (server, stop) = (Arc::clone(&self), stop.clone());
            async move {
                let talk = server.talk(stream, guest, stop);
                tokio::select! {
                    // An error is the client's: it left, or sent what is no
                    // request.
                    _ = timeout(LONGEST_TALK, talk) => {}
                    () = leave.told() => {}
                }
            }
        };
        let next = async || {
            let stream = accept(&listener).await;
            (stream, self.room.enter().await)
        };
        // Kept from one round to the next: it may have a client already.
        let mut entering = Box::pin(next());
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                (stream, guest) = &mut entering => {
                    connections.spawn(talk(stream, guest));
                    entering = Box::pin(next());
                }
                Some(_) = connections.join_next() => {}
            }
        }
        drop(entering);
        // Whoever has connected before is one of those who asked.
        while let Some(stream) = accept(&listener).now_or_never()
            && let Some(guest) = self.room.try_enter()
        {
            connections.spawn(talk(stream, guest));
        }
        drop(listener);
        let _ = timeout(self.farewell, connections.join_all()).await;
    }

    /// Answers the requests of one connection.
    async fn talk(
        self: Arc<Self>,
        stream: TcpStream,
        guest: Guest,
        stop: CancellationToken,
    ) {
        let service = service_fn(|request| {
            guest.asks();
            let server = Arc::clone(&self);
            async move {
                let mut response = server.respond(&request).await;
                // Who stays keeps its place until the next request.
                if server.room.is_crowded() {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let mut settings = http1::Builder::new();
        settings
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER)
            .max_buf_size(LONGEST);
        let connection =
            settings.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            _ = &mut connection => {}
            () = stop.cancelled() => {
                // A connection that waits is closed at once, even if a request
                // has just come.
                if timeout(LAST_REQUESTS, &mut connection).await.is_err() {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
        }
    }

    /// The response to a request. Its body is not read.
    pub async fn respond<B: Body>(
        &self,
        request: &Request<B>,
    ) -> Response<Full<Bytes>> {
        if !self.is_for_us(request) {
            let text = "This server answers on this machine, by its own name.";
            return wrong(StatusCode::MISDIRECTED_REQUEST, text);
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response =
                wrong(StatusCode::METHOD_NOT_ALLOWED, "It can only be read.");
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let question = || Question::of_url(request.uri().query());
        match request.uri().path() {
            "/" => {
                let question = question();
                match self.results(&question).await {
                    Ok(results) => {
                        let results = String::from_utf8_lossy(&results);
                        html(page::page(&question, &results).into())
                    }
                    Err(response) => *response,
                }
            }
            "/results" => match self.results(&question()).await {
                Ok(results) => html(results),
                Err(response) => *response,
            },
            "/style.css" => answer(
                "text/css",
                Bytes::from_static(include_bytes!("style.css")),
            ),
            "/search.js" => answer(
                "text/javascript",
                Bytes::from_static(include_bytes!("search.js")),
            ),
            path if path.starts_with(local::PREFIX) => self.file(path).await,
            _ => wrong(StatusCode::NOT_FOUND, "There is no such page."),
        }
    }

    /// Whether a request names this machine, and this port, as its host. A page
    /// from elsewhere can let its own name lead here ("DNS rebinding"), but a
    /// browser says which name it was.
    fn is_for_us<B>(&self, request: &Request<B>) -> bool {
        let ours = |host: &str| {
            let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
            let name = name.to_ascii_lowercase();
            matches!(&*name, "127.0.0.1" | "localhost")
                && port.parse() == Ok(self.port)
        };
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        host.is_some_and(ours)
            && hosts.next().is_none()
            && request
                .uri()
                .authority()
                .is_none_or(|authority| ours(authority.as_str()))
    }

    // ANCHOR: results
    /// The results of a question: from the cache, or by a search on the pool.
    async fn results(
        &self,
        question: &Question,
    ) -> Result<Bytes, Box<Response<Full<Bytes>>>> {
        let (search, asked) = (Arc::clone(&self.search), question.clone());
        let compute = move || {
            let Search { index, local, language } = &*search;
            Bytes::from(page::results(index, local.as_ref(), language, &asked))
        };
        let results = self.answers.get(question, compute).await;
        results.map_err(|_| {
            Box::new(wrong(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This search went wrong.",
            ))
        })
    }
    // ANCHOR_END: results

    /// A document, or what it needs to look as it should.
    async fn file(&self, path: &str) -> Response<Full<Bytes>> {
        let (search, link) = (Arc::clone(&self.search), path.to_owned());
        let find = tokio::task::spawn_blocking(move || {
            let sent = search.local.as_ref()?.find(&search.index, &link)?;
            let size = sent.size();
            Some((sent, size))
        });
        let Some((sent, size)) = find.await.ok().flatten() else {
            return wrong(
                StatusCode::NOT_FOUND,
                "This page is not in the index.",
            );
        };
        let Ok(size) = size else {
            return wrong(StatusCode::NOT_FOUND, UNREADABLE);
        };
        let kilobytes = (size >> 10) as u32 + 1;
        // It is given back when the last byte was sent, or nobody wants it.
        let room = Arc::clone(&self.on_their_way)
            .acquire_many_owned(kilobytes.min(ON_THEIR_WAY));
        // Who waits has a connection that another could use.
        let Ok(room) = timeout(NO_ROOM, room).await else {
            let text = "Too many documents are on their way to readers.";
            return wrong(StatusCode::SERVICE_UNAVAILABLE, text);
        };
        let room = room.expect("it is never closed");
        let _permit = self.files.acquire().await.expect("it is never closed");
        let content_type = sent.content_type;
        let read = tokio::task::spawn_blocking(move || sent.read(size));
        match read.await.ok() {
            Some(Ok(bytes)) => {
                let bytes = Bytes::from_owner(OnItsWay { bytes, _room: room });
                let mut response = answer(content_type, bytes);
                // Documents are shown, and their scripts are not run: they
                // would be our own.
                set(&mut response, "content-security-policy", DOCUMENT);
                response
            }
            _ => wrong(StatusCode::NOT_FOUND, UNREADABLE),
        }
    }

    /// How many answers were computed.
    pub fn computed(&self) -> u64 {
        self.answers.computed()
    }
}

/// Waits for a client.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // Too many files are open, most likely: without a pause this would
            // spin.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// What our own page may load: our own style and script.
const OURS: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                    img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What a document may load: styles, pictures and fonts from beside it.
const DOCUMENT: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                        font-src 'self' data:; base-uri 'none'; form-action 'none'; \
                        frame-ancestors 'none'";

fn answer(content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in [
        ("content-security-policy", OURS),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-cache"),
    ] {
        set(&mut response, name, value);
    }
    response
}

fn set(
    response: &mut Response<Full<Bytes>>,
    name: &'static str,
    value: &'static str,
) {
    let (name, value) =
        (HeaderName::from_static(name), HeaderValue::from_static(value));
    response.headers_mut().insert(name, value);
}

fn html(body: Bytes) -> Response<Full<Bytes>> {
    answer("text/html; charset=utf-8", body)
}

fn wrong(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = html(
        page::plain(status.canonical_reason().unwrap_or("Error"), text).into(),
    );
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
