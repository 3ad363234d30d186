//! Several hosts in one run: what is wrong with one is no concern of the
//! others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::{Error, Response, Transport};
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, run_with};
use chapter_06_pipeline::program::source::Source;
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use witness::{PATIENT, within};

/// Pages of each host.
const PAGES: usize = 60;

/// The hosts that this server plays.
#[derive(Default)]
struct Server {
    /// Pages of `good` that were sent.
    sent: AtomicUsize,
    /// Requests to `late`, all of them before `good` has sent its last page.
    early: AtomicUsize,
    changed: Notify,
    /// The first and the last request to `slow`.
    slow: Mutex<Vec<Instant>>,
}

impl Server {
    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            if is_so(self) {
                return;
            }
            changed.await;
        }
    }

    fn good_is_done(&self) -> bool {
        self.sent.load(Ordering::Relaxed) == PAGES
    }
}

/// A clone for the run, and one for the test.
#[derive(Clone, Default)]
struct Script(Arc<Server>);

impl Transport for Script {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        let server = &*self.0;
        let Source::Url(url) = source else {
            unreachable!("all sources are URLs")
        };
        match url.host_str() {
            // Says nothing before the good host has said all.
            Some("dead" | "mute") => {
                server.until(Server::good_is_done).await;
                return Err(Error::lasting(Kind::Timeout, "no answer"));
            }
            // Is down until the good host is done.
            Some("late") if !server.good_is_done() => {
                server.early.fetch_add(1, Ordering::Relaxed);
                server.changed.notify_waiters();
                return Err(Error::transient(Kind::Connect, "refused"));
            }
            Some("waiting") => {
                server.until(|it| it.early.load(Ordering::Relaxed) >= 24).await
            }
            Some("slow") => {
                server.slow.lock().expect("nobody panics").push(Instant::now())
            }
            _ => {}
        }
        if matches!(url.host_str(), Some("good" | "waiting")) {
            server.sent.fetch_add(1, Ordering::Relaxed);
            server.changed.notify_waiters();
        }
        let bytes = format!("<p>page {}", url.path()).into_bytes();
        Ok(Response::Body(Body { bytes, ..Body::default() }))
    }

    fn connections(&self) -> u64 {
        0
    }
}

fn pages(host: &str) -> impl Iterator<Item = Source> + use<'_> {
    (0..PAGES).map(move |nth| {
        Source::Url(
            format!("http://{host}/{nth}").parse().expect("it is a URL"),
        )
    })
}

/// Runs a plan over all pages of some hosts, on a virtual clock. Returns the
/// hosts' indexed pages, one after the other.
fn indexed<const N: usize>(plan: Plan, hosts: [&'static str; N]) -> [usize; N] {
    within(PATIENT, move || {
        let sources = hosts.iter().flat_map(|host| pages(host)).collect();
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        let run = run_with(
            plan,
            Script::default(),
            sources,
            CancellationToken::new(),
            Arc::default(),
        );
        let (index, report) = runtime
            .expect("it takes no thread")
            .block_on(run)
            .expect("the pool can be made");
        assert_eq!(report.documents + report.failed, N * PAGES);
        let urls: BTreeSet<&str> =
            index.documents().iter().map(|it| it.url()).collect();
        hosts.map(|host| urls.iter().filter(|url| url.contains(host)).count())
    })
}

#[test]
fn two_dead_hosts_do_not_stop_the_rest() {
    let plan = Plan {
        concurrency: Concurrency::Fixed(16),
        per_host: 8,
        ..Plan::default()
    };
    // With every permit in the hands of the dead, this would never end.
    assert_eq!(indexed(plan, ["dead", "good", "mute"]), [0, PAGES, 0]);
}

#[test]
fn a_host_that_is_down_until_the_others_are_done_loses_no_page() {
    let plan = Plan {
        concurrency: Concurrency::Fixed(16),
        per_host: 8,
        ..Plan::default()
    };
    assert_eq!(indexed(plan, ["late", "waiting"]), [PAGES, PAGES]);
}

#[test]
fn the_rate_counts_from_the_sitemap_to_the_first_page() {
    within(PATIENT, || {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.expect("it takes no thread").block_on(async {
            let script = Script::default();
            let mut plan = Plan { rate: Some(1.0), ..Plan::default() };
            let attempts = plan.attempts(script.clone(), &Arc::default());
            let sitemap =
                "http://slow/sitemap.xml".parse().expect("it is a URL");
            attempts.read(&sitemap, |_| ()).await.expect("it is served");
            plan.limits = Some(attempts.limits());
            let sources = pages("slow").take(2).collect();
            let run = run_with(
                plan,
                script.clone(),
                sources,
                CancellationToken::new(),
                Arc::default(),
            );
            run.await.expect("the pool can be made");
            let starts = script.0.slow.lock().expect("nobody panics").clone();
            let gaps: Vec<u64> = starts
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).as_millis() as u64)
                .collect();
            assert!(
                gaps.len() == 2 && gaps.iter().all(|gap| *gap >= 999),
                "{gaps:?}"
            );
        });
    });
}
