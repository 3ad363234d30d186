//! A site that is down for a while: none of its pages is lost, and it is left
//! in peace meanwhile. On a virtual clock, for many ways to be down.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::crawl::Follow;
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::{Error, Response, Transport};
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, run_with};
use chapter_06_pipeline::program::source::Source;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use witness::{PATIENT, within};

/// How a site is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Down {
    /// Nobody listens.
    Refuses,
    /// It takes the connection and says nothing, as the client sees it: its
    /// timeout.
    Hangs,
    /// 503, without a `Retry-After`.
    Busy,
    /// The connection ends where the answer should begin.
    CutsOff,
    /// The connection ends in the middle of the body.
    CutsShort,
    /// 500: to a page an answer, to `robots.txt` none.
    Broken,
}

const WAYS: [Down; 5] =
    [Down::Refuses, Down::Hangs, Down::Busy, Down::CutsOff, Down::CutsShort];

/// How long the only page of another site takes.
const OTHERS: Duration = Duration::from_secs(90);

/// A site, and when it is down.
#[derive(Clone, Copy, Debug)]
struct Outage {
    /// Whether the run has a slow page of another site, too.
    beside_another: bool,
    /// Whether links are followed, so that `robots.txt` is asked for first.
    follow: bool,
    pages: usize,
    at_once: usize,
    from: Duration,
    lasts: Duration,
    down: Down,
}

impl Outage {
    fn is_at(&self, time: Duration) -> bool {
        (self.from..self.from + self.lasts).contains(&time)
    }
}

/// The site. A clone for the run, and one for the test.
#[derive(Clone)]
struct Script {
    outage: Outage,
    begun: Instant,
    /// When each request came.
    starts: Arc<Mutex<Vec<Duration>>>,
}

impl Transport for Script {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        let Source::Url(url) = source else {
            unreachable!("all sources are URLs")
        };
        let is_robots = url.path() == "/robots.txt";
        if url.host_str() == Some("other") {
            sleep(if is_robots { Duration::ZERO } else { OTHERS }).await;
            let bytes = b"<p>slow".to_vec();
            return Ok(Response::Body(Body { bytes, ..Body::default() }));
        }
        let now = self.begun.elapsed();
        self.starts.lock().expect("nobody panics").push(now);
        let nth: u64 = match is_robots {
            true => 0,
            false => url.path()[1..].parse().expect("it is a number"),
        };
        // Pages take some time, each another one.
        let latency = Duration::from_millis(3 + nth * 7919 % 37);
        match self.outage.down {
            Down::Refuses if self.outage.is_at(now) => {
                return Err(Error::transient(Kind::Connect, "refused"));
            }
            Down::Hangs if self.outage.is_at(now) => {
                sleep(Duration::from_secs(20)).await;
                return Err(Error::transient(Kind::Timeout, "no answer"));
            }
            _ => sleep(latency).await,
        }
        let cut = Error::transient(Kind::Interrupted, "cut off");
        let status = |status| Error {
            status: Some(status),
            answered: true,
            ..Error::transient(Kind::Status, "5xx")
        };
        match self.outage.down {
            _ if !self.outage.is_at(self.begun.elapsed()) => {}
            Down::Busy => return Err(status(503)),
            Down::Broken => return Err(status(500)),
            Down::CutsOff => return Err(cut),
            Down::CutsShort => return Err(Error { answered: true, ..cut }),
            Down::Refuses | Down::Hangs => {}
        }
        let bytes = match is_robots {
            true => b"User-agent: *\nAllow: /\n".to_vec(),
            false => format!("<p>page {nth}").into_bytes(),
        };
        Ok(Response::Body(Body { bytes, ..Body::default() }))
    }

    fn connections(&self) -> u64 {
        0
    }
}

/// Runs the program over a site with an outage, with the default options but
/// for how many at once. Returns the report, and when the site was asked.
fn play(outage: Outage) -> (Report, Vec<Duration>) {
    let runtime =
        Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("it takes no thread").block_on(async {
        let script =
            Script { outage, begun: Instant::now(), starts: Arc::default() };
        let follow = Follow { depth: 0, max_pages: 1_000 };
        let plan = Plan {
            follow: outage.follow.then_some(follow),
            concurrency: Concurrency::Fixed(outage.at_once),
            per_host: outage.at_once,
            ..Plan::default()
        };
        let page = |nth: usize| {
            let url = format!("http://site/{nth}");
            Source::Url(url.parse().expect("it is a URL"))
        };
        let other = outage.beside_another.then(|| {
            Source::Url("http://other/".parse().expect("it is a URL"))
        });
        let (_, report) = run_with(
            plan,
            script.clone(),
            (0..outage.pages).map(page).chain(other).collect(),
            CancellationToken::new(),
            Arc::default(),
        )
        .await
        .expect("the pool can be made");
        let starts = script.starts.lock().expect("nobody panics").clone();
        (report, starts)
    })
}

/// Says what is wrong with how a site with an outage was read.
fn problems(outage: Outage) -> Option<String> {
    let (report, mut starts) = within(PATIENT, move || play(outage));
    let lost =
        outage.pages + usize::from(outage.beside_another) - report.documents;
    // A page or two that break off in the middle are what is broken, as far as
    // is known.
    let alone = outage.down == Down::CutsShort && !outage.follow;
    if lost > if alone { 2 } else { 0 } {
        let first = &report.failures[0];
        return Some(format!("{outage:?}: {lost} lost, as {first:?}"));
    }
    // Once it is known to be down, it gets a request a second.
    let known = outage.from + Duration::from_secs(1);
    starts.retain(|start| *start > known && outage.is_at(*start));
    let near = starts
        .windows(2)
        .find(|pair| pair[1] - pair[0] < Duration::from_millis(999));
    near.map(|pair| format!("{outage:?}: asked at {pair:?}"))
}

#[test]
fn a_site_that_is_down_for_ten_seconds_loses_no_page() {
    let mut wrong = Vec::new();
    for down in WAYS {
        for pages in [1, 2, 3, 4, 12, 120] {
            for at_once in [1, 2, 8, 64] {
                for from in [0, 1, 5, 17, 130] {
                    for lasts in [500, 2_000, 10_000] {
                        let [from, lasts] =
                            [from, lasts].map(Duration::from_millis);
                        wrong.extend(problems(Outage {
                            beside_another: false,
                            follow: false,
                            pages,
                            at_once,
                            from,
                            lasts,
                            down,
                        }));
                    }
                }
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn a_site_that_is_back_before_the_others_are_done_loses_no_page() {
    let mut wrong = Vec::new();
    for down in [Down::Refuses, Down::Busy, Down::CutsOff] {
        for pages in [3, 4, 5, 12, 120] {
            for at_once in [3, 8, 64] {
                for lasts in [14, 16, 20, 30, 60] {
                    wrong.extend(problems(Outage {
                        beside_another: true,
                        follow: false,
                        pages,
                        at_once,
                        from: Duration::ZERO,
                        lasts: Duration::from_secs(lasts),
                        down,
                    }));
                }
            }
        }
    }
    assert_none(&wrong);
}

/// What is down while its `robots.txt` is asked for: it gets its attempts, and
/// three more when the others are done.
#[test]
fn a_site_without_its_robots_txt_is_asked_again_when_the_others_are_done() {
    let mut wrong = Vec::new();
    for down in WAYS.into_iter().chain([Down::Broken]) {
        for pages in [1, 3, 12] {
            for (beside_another, lasts) in [
                (false, 500),
                (false, 2_000),
                (false, 10_000),
                (false, 14_500),
                (true, 14_500),
                (true, 20_000),
                (true, 60_000),
            ] {
                wrong.extend(problems(Outage {
                    beside_another,
                    follow: true,
                    pages,
                    at_once: 8,
                    from: Duration::ZERO,
                    lasts: Duration::from_millis(lasts),
                    down,
                }));
            }
        }
    }
    assert_none(&wrong);
    for down in WAYS.into_iter().chain([Down::Broken]) {
        let outage = Outage {
            beside_another: false,
            follow: true,
            pages: 5,
            at_once: 8,
            from: Duration::ZERO,
            lasts: Duration::from_secs(3_600),
            down,
        };
        let (report, starts) = within(PATIENT, move || play(outage));
        assert_eq!((report.failed, starts.len()), (5, 7), "{outage:?}");
    }
}

fn assert_none(wrong: &[String]) {
    let some = &wrong[..wrong.len().min(30)];
    assert!(wrong.is_empty(), "{} of them: {some:#?}", wrong.len());
}

#[test]
fn a_page_that_fails_alone_has_its_attempts_and_no_more() {
    for down in WAYS {
        for pages in [1, 2] {
            let outage = Outage {
                beside_another: false,
                follow: false,
                pages,
                at_once: 8,
                from: Duration::ZERO,
                lasts: Duration::from_secs(3_600),
                down,
            };
            let (report, starts) = within(PATIENT, move || play(outage));
            assert_eq!(report.failed, pages, "{outage:?}");
            assert_eq!(starts.len(), 4 * pages, "{outage:?}");
        }
    }
}
