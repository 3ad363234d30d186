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
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::pin::pin;
    use std::sync::mpsc;
    use tokio::net::TcpSocket;
    use tokio::runtime::Builder;
    use tokio::task::{spawn_blocking, yield_now};
    use tokio::time::Instant;
    use witness::within;

    /// For what will happen: no machine is so slow.
    const PATIENT: Duration = Duration::from_secs(120);
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// Without pauses: a test waits for nothing that it does not bring about.
    const AT_ONCE: Manners = Manners { pause: Duration::ZERO, ..MANNERS };

    fn online<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(PATIENT, || {
            let tokio = Builder::new_current_thread().enable_all().build();
            tokio.expect("a runtime").block_on(test())
        })
    }

    /// The same with a clock that jumps to the next timer when every task waits. The origin answers
    /// in real time, from a thread of its own, and to this clock its answers come late or never.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(PATIENT, || {
            let tokio = Builder::new_current_thread().enable_all().start_paused(true).build();
            tokio.expect("a runtime").block_on(test())
        })
    }

    /// Keeps a paused clock from jumping until what this returns is dropped: it does not while a
    /// thread of the blocking pool has work.
    fn freeze() -> mpsc::Sender<()> {
        let (thaw, thawed) = mpsc::channel();
        spawn_blocking(move || thawed.recv());
        thaw
    }

    /// A client that gives up on nothing, on its own account.
    fn patient() -> Client {
        client(DAY).expect("a client")
    }

    fn pages(count: usize) -> Site {
        Site::generated(Generator { pages: count, words_per_page: 50, ..Generator::default() })
    }

    /// An origin of one page, with a fault.
    fn faulty(fault: Fault) -> (Origin, String) {
        let site = Site::pages([("/page", "A page.")]);
        let origin = Origin::serve(site).fault("/page", fault).start().expect("loopback");
        let url = origin.url_of("/page");
        (origin, url)
    }

    async fn get_one(client: &Client, url: &str) -> (u32, Result<Vec<u8>, String>) {
        let Fetched { attempts, outcome, .. } = get_patiently(client, url, AT_ONCE).await;
        (attempts, outcome.map_err(|failure| failure.to_string()))
    }

    /// Lets the others run until `condition` holds.
    async fn eventually(condition: impl Fn() -> bool) {
        while !condition() {
            yield_now().await;
        }
    }

    #[test]
    fn a_shared_client_keeps_its_connection() {
        online(async || {
            let origin = Origin::serve(pages(20)).start().expect("loopback");
            let (client, urls) = (patient(), origin.urls());
            let all =
                fetch(&client, &urls, Manners { at_once: 1, ..AT_ONCE }).collect::<Vec<_>>().await;
            for (number, fetched) in all.into_iter().enumerate() {
                let page = origin.site().page(&origin.site().paths()[number]);
                assert_eq!(fetched.outcome.ok().as_deref(), page.as_deref());
            }
            let Counts { requests, connections, .. } = origin.counts();
            assert_eq!((requests, connections), (20, 1));
        });
    }

    #[test]
    fn a_client_for_each_request_connects_for_each() {
        online(async || {
            let origin = Origin::serve(pages(20)).start().expect("loopback");
            for url in origin.urls() {
                get_naively(&url).await.expect("the page is there");
            }
            let Counts { requests, connections, .. } = origin.counts();
            assert_eq!((requests, connections), (20, 20));
        });
    }

    #[test]
    fn every_page_comes_whatever_the_bound() {
        online(async || {
            let client = patient();
            for at_once in [1, 4, 100] {
                let origin = Origin::serve(pages(40)).start().expect("loopback");
                let (urls, manners) = (origin.urls(), Manners { at_once, ..AT_ONCE });
                let mut all: Vec<_> = fetch(&client, &urls, manners).collect().await;
                all.sort_by(|a, b| a.url.cmp(&b.url));
                assert!(all.iter().all(|fetched| fetched.outcome.is_ok()));
                assert!(all.iter().map(|fetched| &fetched.url).eq(&urls));
                assert!(origin.counts().peak_in_flight <= at_once);
            }
        });
    }

    /// Twelve pages, none of which is ever answered.
    fn nothing_but_hangs() -> Origin {
        let site = pages(12);
        let paths = site.paths();
        let serve = Origin::serve(site);
        let serve = paths.iter().fold(serve, |serve, path| serve.fault(path, Fault::Hang));
        serve.start().expect("loopback")
    }

    #[test]
    fn as_many_are_under_way_as_may_be_and_no_more() {
        online(async || {
            let (origin, client) = (nothing_but_hangs(), patient());
            let urls = origin.urls();
            tokio::select! {
                _ = fetch(&client, &urls, AT_ONCE).count() => panic!("nobody answers"),
                () = async {
                    eventually(|| origin.counts().in_flight >= AT_ONCE.at_once).await;
                    // More would come now, if more could.
                    for _ in 0..1_000 {
                        yield_now().await;
                    }
                } => assert_eq!(origin.counts().peak_in_flight, AT_ONCE.at_once),
            }
        });
    }

    #[test]
    fn naively_all_are_under_way_at_once() {
        online(async || {
            let origin = nothing_but_hangs();
            let urls = origin.urls();
            tokio::select! {
                _ = fetch_naively(&urls) => panic!("nobody answers"),
                () = eventually(|| origin.counts().in_flight == 12) => {}
            }
        });
    }

    #[test]
    fn a_page_that_is_not_there_is_no_page() {
        online(async || {
            let (origin, url) = faulty(Fault::NotFound);
            let told = get_one(&patient(), &url).await;
            assert_eq!(told, (1, Err("404 Not Found".to_owned())));
            assert_eq!(origin.requests_of("/page"), 1);
            // Naively it is one.
            let text = get_naively(&url).await.expect("it takes anything");
            assert!(title(&text).contains("404"), "{text}");
        });
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        online(async || {
            let client = patient();
            let passing = [408, 429, 500, 502, 503, 504].map(Fault::Status);
            for fault in passing.into_iter().chain([Fault::Reset, Fault::ShortBody]) {
                let (origin, url) = faulty(Fault::first(2, fault.clone()));
                let told = get_one(&client, &url).await;
                assert_eq!(told, (3, Ok(b"A page.".to_vec())), "{fault:?}");
                assert_eq!(origin.requests_of("/page"), 3);
            }
        });
    }

    #[test]
    fn who_does_not_listen_now_may_listen_later() {
        online(async || {
            // A port that is taken, and on which nobody listens.
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback");
            let url = format!("http://{}", socket.local_addr().expect("it is bound"));
            assert_eq!(get_one(&patient(), &url).await.0, AT_ONCE.attempts);
        });
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        online(async || {
            let client = patient();
            for status in [400, 401, 403, 404, 410, 501] {
                let (origin, url) = faulty(Fault::first(1, Fault::Status(status)));
                let (attempts, outcome) = get_one(&client, &url).await;
                assert_eq!((attempts, outcome.is_err()), (1, true), "{status}");
                assert_eq!(origin.requests_of("/page"), 1);
            }
            let (_origin, url) = faulty(Fault::RedirectLoop);
            for url in [&url, "http://[not an address"] {
                assert_eq!(get_one(&client, url).await.0, 1, "{url}");
            }
        });
    }

    #[test]
    fn attempts_have_an_end() {
        online(async || {
            let (origin, url) = faulty(Fault::Status(503));
            let told = get_one(&patient(), &url).await;
            assert_eq!(told, (3, Err("503 Service Unavailable".to_owned())));
            assert_eq!(origin.requests_of("/page"), 3);
        });
    }

    #[test]
    fn pauses_double_and_the_jitter_shortens_them() {
        for (jitter, minutes) in [((|| 1.0) as fn() -> f64, 2 + 4 + 8), (|| 0.5, 7), (|| 0.0, 0)] {
            paused(async move || {
                let (_origin, url) = faulty(Fault::Status(503));
                // Without timers of its own: all that this clock sees are the pauses.
                let client = builder().pool_idle_timeout(None).build();
                let client = client.expect("a client");
                let manners = Manners { pause: 2 * MINUTE, attempts: 4, jitter, ..MANNERS };
                let start = Instant::now();
                get_patiently(&client, &url, manners).await;
                assert_eq!(start.elapsed(), minutes * MINUTE);
            });
        }
    }

    #[test]
    fn a_body_may_be_as_long_as_the_cap_and_not_longer() {
        online(async || {
            let client = patient();
            let site = Site::pages([("/fits", "a".repeat(1_000)), ("/not", "a".repeat(1_001))]);
            let origin = Origin::serve(site).fault("/endless", Fault::Endless);
            let origin = origin.start().expect("loopback");
            let get = async |path| get(&client, &origin.url_of(path), 1_000).await;
            assert_eq!(get("/fits").await.expect("it fits").len(), 1_000);
            assert!(matches!(get("/not").await, Err(Failure::TooLarge)));
            assert!(matches!(get("/endless").await, Err(Failure::TooLarge)));
            assert!(!Failure::TooLarge.may_pass(), "it will be as large next time");
        });
    }

    #[test]
    fn a_page_that_hangs_is_given_up_and_the_others_arrive() {
        paused(async || {
            let site = pages(20);
            let hangs = site.paths()[0].clone();
            let origin = Origin::serve(site).fault(&hangs, Fault::Hang).start();
            let origin = origin.expect("loopback");
            let (client, urls) = (client(MINUTE).expect("a client"), origin.urls());
            let start = Instant::now();
            let thaw = freeze();
            let mut fetching = pin!(fetch(&client, &urls, AT_ONCE));
            // No time passes, and the others arrive all the same.
            for _ in 0..19 {
                let fetched = fetching.next().await.expect("one after another");
                assert!(fetched.outcome.is_ok(), "{fetched:?}");
            }
            assert_eq!(start.elapsed(), Duration::ZERO);
            drop(thaw);
            let last = fetching.next().await.expect("one more");
            let failure = last.outcome.expect_err("it hangs");
            assert_eq!(
                (last.attempts, failure.to_string().as_str()),
                (3, "no whole answer in time")
            );
            assert_eq!(start.elapsed(), 3 * MINUTE);
        });
    }

    #[test]
    fn naively_a_page_that_hangs_takes_the_others_with_it() {
        paused(async || {
            let (_origin, url) = faulty(Fault::Hang);
            assert!(timeout(DAY, fetch_naively(&[url])).await.is_err());
        });
    }
}
