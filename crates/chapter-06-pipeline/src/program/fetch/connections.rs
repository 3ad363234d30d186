//! Requests over kept connections, and a bound on interim responses (1xx).
//!
//! reqwest makes the requests and the responses, and sends what goes to a
//! proxy. The rest is sent by hyper's client, which reqwest is made of. A
//! server may send interim responses without end, hyper reads all that are
//! there in one poll, and reqwest has no way to hear of them. What comes through
//! a proxy has neither this bound nor [turns](super::turns).

use std::cell::Cell;
use std::error::Error as StdError;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use hyper::ext::on_informational;
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client as Pool};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, USER_AGENT,
};
use reqwest::{Body, Client, ClientBuilder, Response, ResponseBuilderExt, Url};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::consume_budget;
use tokio::time::timeout;
use tower::util::{BoxCloneSyncService, MapResponseLayer};
use tower::{BoxError, Service, service_fn};

use super::headers::{Said, classify, is_closed};
use super::turns::InTurns;
use super::{Error, Settings};
use crate::program::directives::AGENT;
use crate::program::failure::Kind;

tokio::task_local! {
    /// Whether the request of this task made a connection for itself.
    pub(super) static CONNECTED: Cell<bool>;
}

/// Interim responses that may come before a response. Most servers send none,
/// some one or two.
const MOST_INTERIM: u64 = 100;

/// Headers that a response may have. Some send hundreds of cookies; one that
/// sends more is refused. The client makes room for as many, and fills it, for
/// each response.
const MOST_HEADERS: usize = 512;

/// Opens connections: plain ones, and such with TLS.
type Connector = BoxCloneSyncService<Uri, Fair, BoxError>;

/// A connection that leaves the others their turn.
type Fair = TokioIo<InTurns<TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>>>;

/// A client, and the connections that it keeps.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pool: Pool<Connector, Body>,
    headers: HeaderMap,
    /// Makes the requests, and sends those that go to a proxy.
    client: Client,
    proxies: Arc<Matcher>,
}

impl Connections {
    /// A client that counts the connections that were `made`. One that keeps
    /// none makes a new one for each request.
    pub(super) fn new(
        settings: &Settings,
        made: &Arc<AtomicU64>,
        keeps: bool,
    ) -> io::Result<Self> {
        let agent = format!("{}/{}", AGENT, env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::from_str(&agent).map_err(io::Error::other)?;
        let any = HeaderValue::from_static("*/*");
        // Named by hand: reqwest would decompress what it asks for itself.
        let gzip = HeaderValue::from_static("gzip");
        let headers =
            [(ACCEPT, any), (USER_AGENT, agent), (ACCEPT_ENCODING, gzip)];
        let headers = HeaderMap::from_iter(headers);
        let builder = || builder(settings, &headers, made, keeps);
        let client = builder().build().or_else(|_| {
            // A system without root certificates, as small containers are.
            // Files and http need none; with an empty list, https fails where
            // it is used, and says why.
            builder().tls_certs_only([]).build()
        });
        Ok(Connections {
            pool: pool(connector(settings.connect_timeout, made)?, keeps),
            client: client.map_err(io::Error::other)?,
            headers,
            proxies: Arc::new(Matcher::from_system()),
        })
    }

    /// Sends a request, and waits for the head of its response.
    pub(super) async fn get(&self, url: Url) -> Result<Response, SendError> {
        let made = self.client.get(url).build()?;
        let url = made.url().clone();
        let mut request = Request::<Body>::try_from(made)?;
        if self.proxies.intercept(request.uri()).is_some() {
            return Ok(self.client.execute(request.try_into()?).await?);
        }
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let too_many = bounded(&mut request);
        let response = tokio::select! {
            biased;
            () = too_many.notified() => return Err(SendError::Interim),
            response = self.pool.request(request) => response?,
        };
        let from = hyper::Response::builder().url(url).body(());
        let from = from.expect("nothing in it is invalid").into_parts().0;
        let (mut head, body) = response.into_parts();
        head.extensions.extend(from.extensions);
        Ok(hyper::Response::from_parts(head, Body::wrap(body)).into())
    }
}

/// Bounds the interim responses to a request. Whoever waits for the response is
/// notified if there are too many, and drops the request.
fn bounded(request: &mut Request<Body>) -> Arc<Notify> {
    let too_many = Arc::new(Notify::new());
    let notify = Arc::clone(&too_many);
    let seen = AtomicU64::new(0);
    on_informational(request, move |_| {
        if seen.fetch_add(1, Ordering::Relaxed) >= MOST_INTERIM {
            notify.notify_one();
        }
        // The poll that reads them ends when its task's budget is spent, as if
        // each had been read alone. Otherwise nobody else's turn would come,
        // not even that of the timeout.
        let _ = pin!(consume_budget()).now_or_never();
    });
    too_many
}

fn pool(connector: Connector, keeps: bool) -> Pool<Connector, Body> {
    let mut builder = Pool::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        // What browsers and curl forgive.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_max_headers(MOST_HEADERS);
    if !keeps {
        builder.pool_max_idle_per_host(0);
    }
    builder.build(connector)
}

fn connector(most: Duration, made: &Arc<AtomicU64>) -> io::Result<Connector> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_keepalive(Some(KEEP_ALIVE));
    http.set_connect_timeout(Some(most));
    let https = HttpsConnector::from((http, tls()?));
    let made = Arc::clone(made);
    Ok(BoxCloneSyncService::new(service_fn(move |uri: Uri| {
        let (mut https, made) = (https.clone(), Arc::clone(&made));
        async move {
            // Names, addresses and TLS together.
            let connected = timeout(most, https.call(uri)).await;
            let connected = connected.map_err(io::Error::from)??;
            is_made(&made);
            Ok(TokioIo::new(InTurns::new(TokioIo::new(connected))))
        }
    })))
}

/// How long a connection may be silent before the system asks whether the other
/// end is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// TLS with the system's certificates, or with none.
fn tls() -> io::Result<ClientConfig> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let mut config = match builder.clone().with_platform_verifier() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(_) => builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Notes that a connection was made.
fn is_made(made: &AtomicU64) {
    made.fetch_add(1, Ordering::Relaxed);
    // A request that found another connection meanwhile has left this one to a
    // task that is nobody's.
    let _ = CONNECTED.try_with(|connected| connected.set(true));
}

/// The same client, as reqwest builds it.
fn builder(
    settings: &Settings,
    headers: &HeaderMap,
    made: &Arc<AtomicU64>,
    keeps: bool,
) -> ClientBuilder {
    let made = Arc::clone(made);
    let builder = Client::builder()
        .default_headers(headers.clone())
        .no_gzip()
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_max_headers(MOST_HEADERS)
        .connector_layer(MapResponseLayer::new(move |connection| {
            is_made(&made);
            connection
        }));
    if keeps { builder } else { builder.pool_max_idle_per_host(0) }
}

/// A request without a response.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// From reqwest.
    #[error(transparent)]
    Reqwest(#[from] reqwest::Error),
    /// From hyper's client.
    #[error(transparent)]
    Hyper(#[from] legacy::Error),
    /// There are too many interim responses.
    #[error("more than {MOST_INTERIM} interim responses")]
    Interim,
}

impl SendError {
    /// Whether the connection was closed before anything of the response came.
    pub(super) fn is_closed(&self) -> bool {
        self.said().is_some_and(is_closed)
    }

    /// The failure, for the report.
    pub(super) fn classify(&self) -> Error {
        match self.said() {
            Some(said) => classify(said),
            None => Error {
                answered: true,
                ..Error::lasting(Kind::TooLarge, self.to_string())
            },
        }
    }

    fn said(&self) -> Option<Said<'_>> {
        match self {
            SendError::Reqwest(error) => Some(Said::from(error)),
            SendError::Hyper(error) => Some(Said {
                error,
                connect: error.is_connect(),
                timeout: timed_out(error),
                builder: false,
            }),
            SendError::Interim => None,
        }
    }
}

/// Whether time is what something in a chain of errors ran out of.
fn timed_out(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        {
            return true;
        }
        cause = error.source();
    }
    false
}
