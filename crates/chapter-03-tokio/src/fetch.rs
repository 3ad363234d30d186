//! Every wait is bounded, every response checked.
//!
//! Where another attempt may help, a page is fetched again.

pub mod figures;

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{self, Stream, StreamExt};
use reqwest::{Client, ClientBuilder};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

use self::stage::{GOOD, Town, title};

mod stage;

// ANCHOR: client
/// A client that gives up on a request after `patience`: from looking up the
/// name to the last byte of the body. Made once: it keeps its connections open
/// and uses them again.
pub fn client(patience: Duration) -> reqwest::Result<Client> {
    builder().timeout(patience).build()
}
// ANCHOR_END: client

// ANCHOR: get
/// Gets a page: its status checked, its body no longer than `max_bytes` bytes.
pub async fn get(
    client: &Client,
    url: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, Failure> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max_bytes {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why there is no page.
#[derive(Debug)]
pub enum Failure {
    /// The request failed, or its status says that it did.
    Http(reqwest::Error),
    /// The body is longer than it may be.
    TooLarge,
}
// ANCHOR_END: get

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Failure::Http(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Http(error) if error.is_timeout() => {
                f.write_str("no whole response in time")
            }
            Failure::Http(error) => match error.status() {
                Some(status) => status.fmt(f),
                None => error.fmt(f),
            },
            Failure::TooLarge => f.write_str("too large"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Failure::Http(error) => error.source(),
            Failure::TooLarge => None,
        }
    }
}

// ANCHOR: may_pass
impl Failure {
    /// Whether another attempt may succeed: the server was busy, or the network
    /// failed.
    pub fn may_pass(&self) -> bool {
        let Failure::Http(error) = self else {
            return false;
        };
        match error.status() {
            Some(status) => {
                matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
            // A broken address stays broken, and redirects in a circle do not
            // end.
            None => !error.is_builder() && !error.is_redirect(),
        }
    }
}
// ANCHOR_END: may_pass

// ANCHOR: retry
/// Bounds on what a fetcher asks of a server.
#[derive(Clone, Copy, Debug)]
pub struct FetchPolicy {
    /// Requests under way at once, at most.
    pub at_once: usize,
    /// Attempts for each page, at most.
    pub attempts: u32,
    /// The longest pause after the first attempt. It doubles with each further
    /// one.
    pub pause: Duration,
    /// A number from 0 to 1, another one each time.
    pub jitter: fn() -> f64,
    /// Bytes of a page, at most.
    pub max_bytes: usize,
}

/// Gets a page, and tries again if that may help.
pub async fn get_with_retry(
    client: &Client,
    url: &str,
    policy: FetchPolicy,
) -> Fetched {
    let mut attempt = 1;
    loop {
        let span = info_span!("get", page = page(url), attempt);
        let outcome = get(client, url, policy.max_bytes).instrument(span).await;
        match &outcome {
            Err(failure) if failure.may_pass() && attempt < policy.attempts => {
            }
            _ => {
                return Fetched {
                    url: url.to_owned(),
                    attempts: attempt,
                    outcome,
                };
            }
        }
        let longest =
            policy.pause.saturating_mul(2_u32.saturating_pow(attempt - 1));
        sleep(longest.mul_f64((policy.jitter)())).await;
        attempt += 1;
    }
}
// ANCHOR_END: retry

/// A page, or why there is none.
#[derive(Debug)]
pub struct Fetched {
    /// The page's address.
    pub url: String,
    /// The number of requests for it.
    pub attempts: u32,
    /// The body, or the failure of the last attempt.
    pub outcome: Result<Vec<u8>, Failure>,
}

// ANCHOR: fetch
/// Fetches all pages, with up to `at_once` under way. Yields each as it comes.
pub fn fetch(
    client: &Client,
    urls: &[String],
    policy: FetchPolicy,
) -> impl Stream<Item = Fetched> {
    stream::iter(urls)
        .map(move |url| get_with_retry(client, url, policy))
        .buffer_unordered(policy.at_once)
}
// ANCHOR_END: fetch

// ANCHOR: naive
/// Gets a page as `reqwest::get` does: with a client for this one request.
pub async fn get_naive(url: &str) -> reqwest::Result<String> {
    let client = builder().build()?;
    client.get(url).send().await?.text().await
}

/// Fetches all pages at once.
pub async fn fetch_naive(urls: &[String]) -> Vec<reqwest::Result<String>> {
    let get =
        |url| get_naive(url).instrument(info_span!("get", page = page(url)));
    join_all(urls.iter().map(|url| get(url))).await
}
// ANCHOR_END: naive

const POLICY: FetchPolicy = FetchPolicy {
    at_once: 4,
    attempts: 3,
    pause: Duration::from_millis(40),
    jitter: fastrand::f64,
    max_bytes: 64 << 10,
};

/// Fetches pages with a policy and without.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let client = client(Duration::from_millis(80))?;

    let town = Town::open().await?;
    let urls_of = |pages: &[&str]| {
        pages.iter().map(|page| town.url_of(page)).collect::<Vec<_>>()
    };
    let timeline = timeline::timeline("with a policy: what fails has an end");
    let urls = urls_of(&[
        "/busy", "/cake", "/chess", "/endless", "/gone", "/hangs", "/tea",
        "/tram",
    ]);
    let mut pages: Vec<_> = fetch(&client, &urls, POLICY).collect().await;
    timeline.draw();
    pages.sort_by(|a, b| a.url.cmp(&b.url));
    for Fetched { url, attempts, outcome } in pages {
        let outcome = match outcome {
            Ok(body) => format!("{} bytes", body.len()),
            Err(failure) => failure.to_string(),
        };
        println!("  {:<8} {outcome} (attempts: {attempts})", page(&url));
    }

    let town = Town::open().await?;
    let urls_of = |pages: &[&str]| {
        pages.iter().map(|page| town.url_of(page)).collect::<Vec<_>>()
    };
    println!();
    let timeline =
        timeline::timeline("naive: one page hangs, so the caller gets none");
    // Not the endless one: without a cap its body would fill the memory.
    let urls = urls_of(&[&GOOD[..], &["/busy", "/gone", "/hangs"]].concat());
    let all = timeout(Duration::from_millis(300), fetch_naive(&urls)).await;
    timeline.draw();
    println!(
        "{}",
        if all.is_err() {
            "STUCK: nothing to show after 300 ms"
        } else {
            "done"
        }
    );
    println!("naive, without the page that hangs");
    let urls = urls_of(&["/busy", "/gone"]);
    for (url, text) in urls.iter().zip(fetch_naive(&urls).await) {
        println!("  {:<8} taken for a page: {}", page(url), title(&text?));
    }
    Ok(())
}

fn builder() -> ClientBuilder {
    // For https, which nobody speaks here. The first to install one decides for
    // the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The origin is on this machine; a proxy would not find it.
    Client::builder().no_proxy()
}

/// A page's name: the last part of its address.
fn page(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
