//! Fetching pages: one client, every wait bounded, every answer checked, and another attempt
//! where it may help.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use futures::future::join_all;
use futures::stream::{self, Stream, StreamExt};
use origin::{Counts, Fault, Generator, Origin, RetryAfter, Site};
use reqwest::{Client, ClientBuilder};
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: client
/// A client that gives up on a request after `patience`, from the first byte out to the last byte
/// in. Made once: it keeps its connections open and uses them again.
pub fn client(patience: Duration) -> reqwest::Result<Client> {
    builder().timeout(patience).build()
}
// ANCHOR_END: client

// ANCHOR: get
/// Gets a page: its status checked, its body no longer than `most` bytes.
pub async fn get(client: &Client, url: &str, most: usize) -> Result<Vec<u8>, Failure> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
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
            Failure::Http(error) if error.is_timeout() => f.write_str("no whole answer in time"),
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
    /// Whether another attempt may succeed: the server was busy, or the network failed.
    pub fn may_pass(&self) -> bool {
        let Failure::Http(error) = self else {
            return false;
        };
        match error.status() {
            Some(status) => matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            // An address that is none stays so, and so do redirects without an end.
            None => !error.is_builder() && !error.is_redirect(),
        }
    }
}
// ANCHOR_END: may_pass

// ANCHOR: retry
/// How much a fetcher asks of a server.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Requests under way at once, at most.
    pub at_once: usize,
    /// Attempts for each page, at most.
    pub attempts: u32,
    /// The longest pause after the first attempt. It doubles with each further one.
    pub pause: Duration,
    /// A number from 0 to 1, another one each time.
    pub jitter: fn() -> f64,
    /// Bytes of a page, at most.
    pub most: usize,
}

/// Gets a page, and tries again if that may help.
pub async fn get_patiently(client: &Client, url: &str, manners: Manners) -> Fetched {
    let mut attempt = 1;
    loop {
        let span = info_span!("get", page = page(url), attempt);
        let outcome = get(client, url, manners.most).instrument(span).await;
        match &outcome {
            Err(failure) if failure.may_pass() && attempt < manners.attempts => {}
            _ => return Fetched { url: url.to_owned(), attempts: attempt, outcome },
        }
        let longest = manners.pause.saturating_mul(2_u32.saturating_pow(attempt - 1));
        sleep(longest.mul_f64((manners.jitter)())).await;
        attempt += 1;
    }
}
// ANCHOR_END: retry

/// What came of a page.
#[derive(Debug)]
pub struct Fetched {
    /// The page's address.
    pub url: String,
    /// How often it was asked for.
    pub attempts: u32,
    /// The page, or why there is none.
    pub outcome: Result<Vec<u8>, Failure>,
}

// ANCHOR: fetch
/// Fetches all pages, with up to `at_once` under way. Yields each as it comes.
pub fn fetch(client: &Client, urls: &[String], manners: Manners) -> impl Stream<Item = Fetched> {
    stream::iter(urls)
        .map(move |url| get_patiently(client, url, manners))
        .buffer_unordered(manners.at_once)
}
// ANCHOR_END: fetch

// ANCHOR: naive
/// Gets a page as `reqwest::get` does: with a client for this one request.
pub async fn get_naively(url: &str) -> reqwest::Result<String> {
    let client = builder().build()?;
    client.get(url).send().await?.text().await
}

/// Fetches all pages at once.
pub async fn fetch_naively(urls: &[String]) -> Vec<reqwest::Result<String>> {
    let get = |url| get_naively(url).instrument(info_span!("get", page = page(url)));
    join_all(urls.iter().map(|url| get(url))).await
}
// ANCHOR_END: naive

fn builder() -> ClientBuilder {
    // For https, which nobody speaks here. The first to install one decides for the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The origin is on this machine; a proxy would not find it.
    Client::builder().no_proxy()
}

/// A page's name: the last part of its address.
fn page(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// Pages with nothing wrong.
const GOOD: [&str; 4] = ["/cake", "/chess", "/tea", "/tram"];

/// Good pages, and some that have a fault each.
fn town() -> io::Result<Origin> {
    let pages = GOOD.into_iter().chain(["/busy", "/endless", "/gone", "/hangs"]);
    Origin::serve(Site::pages(pages.map(|name| (name, "A page. ".repeat(100)))))
        .latency(Duration::from_millis(20))
        .fault_times("/busy", 2, Fault::Unavailable { retry_after: RetryAfter::Seconds(1) })
        .fault("/endless", Fault::Endless)
        .fault("/gone", Fault::NotFound)
        .fault("/hangs", Fault::Hang)
        .start()
}

const MANNERS: Manners = Manners {
    at_once: 4,
    attempts: 3,
    pause: Duration::from_millis(40),
    jitter: fastrand::f64,
    most: 64 << 10,
};

/// Fetches pages with manners and without, then counts connections.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let client = client(Duration::from_millis(80))?;

    let origin = town()?;
    let timeline = lessons::timeline("with manners: what fails has an end");
    let urls = origin.urls();
    let mut pages: Vec<_> = fetch(&client, &urls, MANNERS).collect().await;
    timeline.draw();
    pages.sort_by(|a, b| a.url.cmp(&b.url));
    for Fetched { url, attempts, outcome } in pages {
        let told = match outcome {
            Ok(body) => format!("{} bytes", body.len()),
            Err(failure) => failure.to_string(),
        };
        println!("  {:<8} {told} (attempts: {attempts})", page(&url));
    }

    let origin = town()?;
    // Not the endless one: without a cap its body would fill the memory.
    let named = |names: &[&str]| names.iter().map(|name| origin.url_of(name)).collect::<Vec<_>>();
    println!();
    let timeline = lessons::timeline("naive: one page hangs, so the caller gets none");
    let urls = named(&[&GOOD[..], &["/busy", "/gone", "/hangs"]].concat());
    let all = timeout(Duration::from_millis(300), fetch_naively(&urls)).await;
    timeline.draw();
    println!("{}", if all.is_err() { "STUCK: nothing to show after 300 ms" } else { "done" });
    println!("naive, without the page that hangs");
    let urls = named(&["/busy", "/gone"]);
    for (url, text) in urls.iter().zip(fetch_naively(&urls).await) {
        println!("  {:<8} taken for a page: {}", page(url), title(&text?));
    }

    println!("\n20 pages                      requests   connections   most at once");
    let site = Site::generated(Generator { pages: 20, ..Generator::default() });
    // So much latency that all requests that may be under way at once are.
    for (way, at_once, latency) in [
        ("one client, one at a time", 1, 0),
        ("one client, four at once", 4, 20),
        ("naive, all at once", 0, 100),
    ] {
        let latency = Duration::from_millis(latency);
        let origin = Origin::serve(site.clone()).latency(latency).start()?;
        let urls = origin.urls();
        let fetched = match at_once {
            0 => fetch_naively(&urls).await.len(),
            _ => fetch(&client, &urls, Manners { at_once, ..MANNERS }).count().await,
        };
        assert_eq!(fetched, 20);
        let Counts { requests, connections, peak_in_flight, .. } = origin.counts();
        println!("  {way:<26} {requests:>10} {connections:>13} {peak_in_flight:>14}");
    }
    Ok(())
}

/// What an HTML page says about itself.
fn title(html: &str) -> &str {
    let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or("no title", |(title, _)| title)
}

#[cfg(test)]
mod tests;
