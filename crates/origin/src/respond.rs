//! One request to one reply.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
    LOCATION, RETRY_AFTER, VARY,
};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::sleep;

use crate::body::{Body, Step};
use crate::charset::Charset;
use crate::counts::Counters;
use crate::fault::{Fault, Faults, RetryAfter};
use crate::gzip::Bomb;
use crate::site::{Found, Site};
use crate::wire::Link;
use crate::{gzip, paths, random};

/// All that a reply depends on, besides the request.
pub(crate) struct ServerState {
    /// `http://127.0.0.1:port`
    pub(crate) base: String,
    pub(crate) site: Site,
    pub(crate) faults: Faults,
    pub(crate) latency: Duration,
    pub(crate) jitter: Duration,
    pub(crate) gzip: bool,
    pub(crate) counters: Arc<Counters>,
    pub(crate) sitemap: OnceLock<Bytes>,
}

/// Answers a request, or fails to, where that is the fault: the connection then
/// ends.
pub(crate) async fn respond(
    state: Arc<ServerState>,
    link: Arc<Link>,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let in_flight = state.counters.begin();
    // hyper sends none of the body to a HEAD request.
    let reply = state.reply(&request, &link).await?;
    let body =
        Body::new(reply.steps, link, Arc::clone(&state.counters), in_flight);
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    for (name, value) in reply.headers {
        let value = HeaderValue::try_from(value).map_err(io::Error::other)?;
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

impl ServerState {
    async fn reply(
        &self,
        request: &Request<Incoming>,
        link: &Link,
    ) -> io::Result<Reply> {
        let Some(path) = paths::decode(request.uri().path()) else {
            return Ok(Reply::status(StatusCode::BAD_REQUEST));
        };
        let hop = request.uri().query().and_then(Hop::parse);
        let attempts = self.counters.count_path(&path, hop.is_none());
        let delay = self.delay(&path, attempts);
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Ok(Reply::status(StatusCode::METHOD_NOT_ALLOWED)
                .with(ALLOW, "GET, HEAD"));
        }
        if let Some(next) = hop.and_then(Hop::next) {
            return Ok(self.redirect(&path, next));
        }
        let found = self.site.find(&path);
        let is_page = found.as_ref().is_some_and(Found::is_page);
        let fault = match hop {
            // At the end of a chain stands the page.
            Some(_) => None,
            None => self.faults.pick(&path, is_page, attempts),
        };
        match fault {
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Reset) if request.method() == Method::HEAD => {
                // There is no body to break off.
                link.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Some(fault) => self.faulty(fault, &path, found),
            None => match found {
                Some(found) => self.page(&found, request),
                None => Ok(self.synthetic(&path)),
            },
        }
    }

    /// The latency of one request, its jitter included.
    fn delay(&self, path: &str, attempts: u64) -> Duration {
        // Salt 0 is the jitter's; the rates of faults count from 1.
        let share = random::unit(self.faults.seed, path, attempts, 0);
        self.latency.saturating_add(self.jitter.mul_f64(share))
    }

    fn page(
        &self,
        found: &Found<'_>,
        request: &Request<Incoming>,
    ) -> io::Result<Reply> {
        let accepted = || {
            let headers = request.headers().get_all(ACCEPT_ENCODING);
            headers
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(gzip::accepted)
        };
        // A file that cannot be read anymore is an error of this server, not of
        // the request.
        let failed = |_| Reply::status(StatusCode::INTERNAL_SERVER_ERROR);
        let plain = || {
            found.read().map(|bytes| Reply::full(found.content_type(), bytes))
        };
        if !self.gzip {
            return Ok(plain().unwrap_or_else(failed));
        }
        let packed = if accepted() { found.read_gzip() } else { Ok(None) };
        let reply = match packed {
            Ok(Some(bytes)) => Ok(Reply::full(found.content_type(), bytes)
                .with(CONTENT_ENCODING, "gzip")),
            Ok(None) => plain(),
            Err(error) => Err(error),
        };
        Ok(reply.unwrap_or_else(failed).with(VARY, "accept-encoding"))
    }

    /// The pages that every server has, whether its site brings them or not.
    fn synthetic(&self, path: &str) -> Reply {
        match path {
            "/" => Reply::full(HTML, self.front_page().into()),
            "/robots.txt" => {
                let text = format!(
                    "User-agent: *\nAllow: /\nSitemap: {}/sitemap.xml\n",
                    self.base
                );
                Reply::full("text/plain; charset=utf-8", text.into())
            }
            "/sitemap.xml" => Reply::full(
                "application/xml",
                self.sitemap.get_or_init(|| self.sitemap().into()).clone(),
            ),
            _ if self.site.find(&format!("{path}/")).is_some() => {
                let location = format!("{}{}/", self.base, paths::encode(path));
                Reply::status(StatusCode::MOVED_PERMANENTLY)
                    .with(LOCATION, location)
            }
            _ => Reply::status(StatusCode::NOT_FOUND),
        }
    }

    fn front_page(&self) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Origin</title>\n\
             <h1>Origin</h1>\n<p>{}</p>\n<ul>\n",
            escape(&self.site.describe())
        );
        for path in self.site.entrances(100) {
            let path = escape(&path);
            html.push_str(&format!("<li><a href=\"{path}\">{path}</a></li>\n"));
        }
        html.push_str("</ul>\n</html>\n");
        html
    }

    fn sitemap(&self) -> String {
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
        );
        for path in self.site.paths() {
            xml.push_str(&format!(
                "<url><loc>{}{}</loc></url>\n",
                self.base,
                escape(&path)
            ));
        }
        xml.push_str("</urlset>\n");
        xml
    }

    fn faulty(
        &self,
        fault: &Fault,
        path: &str,
        found: Option<Found<'_>>,
    ) -> io::Result<Reply> {
        let page = || {
            let page = found.as_ref().and_then(|found| found.read().ok());
            // Something that can be halved and still be seen.
            page.filter(|page| page.len() >= 2)
                .unwrap_or(Bytes::from_static(STAND_IN.as_bytes()))
        };
        let content_type = found.as_ref().map_or(HTML, Found::content_type);
        let halves = || {
            let mut rest = page();
            let half = rest.split_to(rest.len() / 2);
            (half, rest.len())
        };
        let text = || String::from_utf8_lossy(&page()).into_owned();
        Ok(match fault {
            Fault::NotFound => Reply::status(StatusCode::NOT_FOUND),
            Fault::Status(status) => Reply::status(
                StatusCode::from_u16(*status).map_err(io::Error::other)?,
            ),
            Fault::Unavailable { retry_after } => {
                let value = match retry_after {
                    RetryAfter::Seconds(seconds) => seconds.to_string(),
                    RetryAfter::Date(wait) => {
                        httpdate::fmt_http_date(SystemTime::now() + *wait)
                    }
                };
                Reply::status(StatusCode::SERVICE_UNAVAILABLE)
                    .with(RETRY_AFTER, value)
            }
            Fault::RedirectTo(location) => Reply::status(StatusCode::FOUND)
                .with(LOCATION, location.as_str()),
            // The chain's state is in its URLs, so it does not matter whose
            // requests come between.
            Fault::RedirectChain(hops) => match hops.checked_sub(1) {
                Some(left) => self.redirect(path, Hop::Left(left)),
                None => Reply::full(content_type, page()),
            },
            Fault::RedirectLoop => self.redirect(path, Hop::Tick),
            Fault::Reset => {
                let (half, rest) = halves();
                let length = half.len() + rest;
                Reply::new(
                    content_type,
                    [Step::Send(half), Step::Flush, Step::Reset],
                )
                .with(CONTENT_LENGTH, length.to_string())
            }
            Fault::SlowDrip { bytes, every } => {
                let page = page();
                let length = page.len();
                Reply::new(content_type, [Step::Drip(page, *bytes, *every)])
                    .with(CONTENT_LENGTH, length.to_string())
            }
            Fault::Endless => {
                let paragraph = Bytes::from(
                    "<p>And so it went on, and on, and on.</p>\n".repeat(400),
                );
                Reply::new(
                    HTML,
                    [Step::Send(page()), Step::Repeat(paragraph, None)],
                )
            }
            Fault::ShortBody => {
                let (half, rest) = halves();
                let length = half.len() + rest;
                Reply::new(
                    content_type,
                    [Step::Send(half), Step::Flush, Step::Cut],
                )
                .with(CONTENT_LENGTH, length.to_string())
            }
            Fault::GzipBomb { size } => {
                let bomb = Bomb::new(*size);
                let length = bomb.len().to_string();
                let block = Step::Repeat(bomb.block, Some(bomb.blocks));
                Reply::new(
                    HTML,
                    [Step::Send(bomb.head), block, Step::Send(bomb.tail)],
                )
                .with(CONTENT_LENGTH, length)
                .with(CONTENT_ENCODING, "gzip")
            }
            Fault::WrongCharset => {
                let mut text = text();
                let end = text.rfind("</body>").unwrap_or(text.len());
                text.insert_str(end, NOT_ASCII);
                Reply::full(HTML, Charset::Windows1252.encode(&text).into())
            }
            Fault::Charset(charset) => {
                let content_type =
                    format!("text/html; charset={}", charset.label());
                Reply::full(&content_type, charset.encode(&text()).into())
            }
            Fault::NotHtml => {
                let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(4096).collect();
                Reply::full("application/octet-stream", bytes.into())
            }
            Fault::Empty => Reply::full(content_type, Bytes::new()),
            Fault::Hang | Fault::First { .. } => {
                unreachable!("the caller has dealt with these")
            }
        })
    }

    /// Absolute, because a path that starts with two slashes would name another
    /// host.
    fn redirect(&self, path: &str, hop: Hop) -> Reply {
        let location =
            format!("{}{}?{}", self.base, paths::encode(path), hop.query());
        Reply::status(StatusCode::FOUND).with(LOCATION, location)
    }
}

/// Where a request stands in a chain or loop of redirects.
#[derive(Clone, Copy)]
enum Hop {
    Left(u32),
    Tick,
    Tock,
}

impl Hop {
    fn query(self) -> String {
        match self {
            Self::Left(left) => format!("{HOPS_LEFT}{left}"),
            Self::Tick => TICK.to_owned(),
            Self::Tock => TOCK.to_owned(),
        }
    }

    fn parse(query: &str) -> Option<Self> {
        match query {
            TICK => Some(Self::Tick),
            TOCK => Some(Self::Tock),
            _ => query.strip_prefix(HOPS_LEFT)?.parse().ok().map(Self::Left),
        }
    }

    /// Where to send this request; `None` at the end of a chain.
    fn next(self) -> Option<Self> {
        match self {
            Self::Left(left) => left.checked_sub(1).map(Self::Left),
            Self::Tick => Some(Self::Tock),
            Self::Tock => Some(Self::Tick),
        }
    }
}

const HOPS_LEFT: &str = "origin-hops-left=";
const TICK: &str = "origin-loop=tick";
const TOCK: &str = "origin-loop=tock";

struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    steps: Vec<Step>,
}

impl Reply {
    fn new(content_type: &str, steps: impl Into<Vec<Step>>) -> Self {
        let headers = vec![(CONTENT_TYPE, content_type.to_owned())];
        Self { status: StatusCode::OK, headers, steps: steps.into() }
    }

    fn full(content_type: &str, bytes: Bytes) -> Self {
        let length = bytes.len().to_string();
        let steps =
            if bytes.is_empty() { vec![] } else { vec![Step::Send(bytes)] };
        Self::new(content_type, steps).with(CONTENT_LENGTH, length)
    }

    /// An HTML page that says no more than its status.
    fn status(status: StatusCode) -> Self {
        if status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED
        {
            return Self { status, headers: vec![], steps: vec![] };
        }
        let html = format!(
            "<!DOCTYPE html>\n<title>{status}</title>\n<h1>{status}</h1>\n"
        );
        Self { status, ..Self::full(HTML, html.into()) }
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// For a body fault at a path that has no page.
const STAND_IN: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Stand-in</title></head>\n\
    <body><p>No page of the site has this path.</p></body>\n</html>\n";

const NOT_ASCII: &str = "<p>“Café”, naïve façade – 5 €</p>";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(latency: u64, jitter: u64, seed: u64) -> ServerState {
        ServerState {
            base: "http://127.0.0.1:1".to_owned(),
            site: Site::pages([("/", "")]),
            faults: Faults { seed, ..Faults::default() },
            latency: Duration::from_millis(latency),
            jitter: Duration::from_millis(jitter),
            gzip: false,
            counters: Arc::default(),
            sitemap: OnceLock::new(),
        }
    }

    #[test]
    fn jitter_adds_to_the_latency_and_spreads_over_its_range() {
        let state = state(20, 100, 1);
        let delays =
            (0..1000).map(|attempts| state.delay("/", attempts).as_millis());
        let (low, high) = delays
            .fold((u128::MAX, 0), |(low, high), d| (low.min(d), high.max(d)));
        assert!(
            (20..25).contains(&low) && (115..120).contains(&high),
            "{low} to {high}"
        );
    }

    #[test]
    fn jitter_follows_from_the_seed() {
        assert_eq!(
            state(0, 100, 1).delay("/a", 3),
            state(0, 100, 1).delay("/a", 3)
        );
        assert_ne!(
            state(0, 100, 1).delay("/a", 3),
            state(0, 100, 2).delay("/a", 3)
        );
        assert_eq!(state(20, 0, 1).delay("/a", 3), Duration::from_millis(20));
    }
}
