use super::*;
use origin::{Counts, Fault, Generator, Origin, Site};
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::mpsc;
use tokio::net::TcpSocket;
use tokio::runtime::Builder;
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::Instant;
use witness::{PATIENT, paused, within};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Without pauses: a test waits for nothing that it does not bring about.
const AT_ONCE: FetchPolicy = FetchPolicy { pause: Duration::ZERO, ..POLICY };

fn online<T: Send + 'static>(
    test: impl AsyncFnOnce() -> T + Send + 'static,
) -> T {
    within(PATIENT, || {
        let tokio = Builder::new_current_thread().enable_all().build();
        tokio.expect("a runtime").block_on(test())
    })
}

/// Keeps a paused clock from jumping until what this returns is dropped: it
/// does not while a thread of the blocking pool has work.
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
    Site::generated(Generator {
        pages: count,
        words_per_page: 50,
        ..Generator::default()
    })
}

/// An origin of one page, with a fault.
fn faulty(fault: Fault) -> (Origin, String) {
    let site = Site::pages([("/page", "A page.")]);
    let origin =
        Origin::serve(site).fault("/page", fault).start().expect("loopback");
    let url = origin.url_of("/page");
    (origin, url)
}

async fn get_one(client: &Client, url: &str) -> (u32, Result<Vec<u8>, String>) {
    let Fetched { attempts, outcome, .. } =
        get_with_retry(client, url, AT_ONCE).await;
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
        let all = fetch(&client, &urls, FetchPolicy { at_once: 1, ..AT_ONCE })
            .collect::<Vec<_>>()
            .await;
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
            get_naive(&url).await.expect("the page is there");
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
            let (urls, policy) =
                (origin.urls(), FetchPolicy { at_once, ..AT_ONCE });
            let mut all: Vec<_> = fetch(&client, &urls, policy).collect().await;
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
    let serve =
        paths.iter().fold(serve, |serve, path| serve.fault(path, Fault::Hang));
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
            _ = fetch_naive(&urls) => panic!("nobody answers"),
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
        let text = get_naive(&url).await.expect("it takes anything");
        assert!(title(&text).contains("404"), "{text}");
    });
}

#[test]
fn what_may_pass_is_tried_again() {
    online(async || {
        let client = patient();
        let passing = [408, 429, 500, 502, 503, 504].map(Fault::Status);
        for fault in passing.into_iter().chain([Fault::Reset, Fault::ShortBody])
        {
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
        let url =
            format!("http://{}", socket.local_addr().expect("it is bound"));
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
    for (jitter, minutes) in
        [((|| 1.0) as fn() -> f64, 2 + 4 + 8), (|| 0.5, 7), (|| 0.0, 0)]
    {
        paused(async move || {
            let (_origin, url) = faulty(Fault::Status(503));
            // Without timers of its own: all that this clock sees are the
            // pauses.
            let client = builder().pool_idle_timeout(None).build();
            let client = client.expect("a client");
            let policy = FetchPolicy {
                pause: 2 * MINUTE,
                attempts: 4,
                jitter,
                ..POLICY
            };
            let start = Instant::now();
            get_with_retry(&client, &url, policy).await;
            assert_eq!(start.elapsed(), minutes * MINUTE);
        });
    }
}

#[test]
fn a_body_may_be_as_long_as_the_cap_and_not_longer() {
    online(async || {
        let client = patient();
        let site = Site::pages([
            ("/fits", "a".repeat(1_000)),
            ("/not", "a".repeat(1_001)),
        ]);
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
            (3, "no whole response in time")
        );
        assert_eq!(start.elapsed(), 3 * MINUTE);
    });
}

#[test]
fn naively_a_page_that_hangs_takes_the_others_with_it() {
    paused(async || {
        let (_origin, url) = faulty(Fault::Hang);
        assert!(timeout(DAY, fetch_naive(&[url])).await.is_err());
    });
}
