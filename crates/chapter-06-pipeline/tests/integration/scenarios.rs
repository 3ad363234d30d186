//! Thousands of small runs, each made by a seed: faults, hosts, limits, and a
//! moment at which the run is stopped or dropped. No sockets: bodies come from
//! a script, and time is virtual.
//!
//! `just faults 5000..6000` runs any seeds; a failure names the one to run
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::digest::digest_body;
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch::retry::MAX_RETRY_AFTER;
use chapter_06_pipeline::program::fetch::{Error, Response, Transport};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::journal::Journal;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::Plan;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::source::Source;
use fastrand::Rng;
use tokio::time::{Instant, sleep};
use witness::{PATIENT, within};

use super::open_journal;
use super::seeded::{self, Cut, Watch, asked_seeds, try_seeds};

/// The seeds of every test run.
const SEEDS: Range<u64> = 0..3_000;

/// One answer of the scripted server.
#[derive(Clone, Debug)]
enum Step {
    Good,
    Empty,
    Binary,
    WrongCharset,
    /// Panics in the digest.
    Poison,
    /// Panics in the request.
    Panic,
    Gone,
    /// No answer, as the client sees it: its timeout.
    Silent,
    Busy(Option<Duration>),
    /// To another host, for the next step.
    Redirect(u8),
}

#[derive(Clone, Debug)]
struct Scenario {
    /// Each document's host, and what its requests meet, one after the other.
    /// The last step repeats.
    documents: Vec<(u8, Vec<(Duration, Step)>)>,
    concurrency: usize,
    per_host: usize,
    rate: Option<f64>,
    retries: u32,
    redirects: u32,
    threads: usize,
    cut: Cut,
}

impl Scenario {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let hosts = random.u8(1..=4);
        let healthy = random.f64();
        let documents = (0..random.usize(1..=24))
            .map(|_| {
                let steps = (0..random.usize(1..=5))
                    .map(|_| {
                        (
                            Duration::from_millis(random.u64(0..40)),
                            step(&mut random, healthy),
                        )
                    })
                    .collect();
                (random.u8(0..hosts), steps)
            })
            .collect();
        let cut = match random.u8(0..4) {
            0 => Cut::Stop(random.usize(1..80)),
            1 => Cut::Drop(random.usize(1..80)),
            _ => Cut::Never,
        };
        Scenario {
            documents,
            concurrency: random.usize(1..=8),
            per_host: random.usize(1..=4),
            rate: random.bool().then(|| random.f64() * 990.0 + 10.0),
            retries: random.u32(0..=3),
            redirects: random.u32(0..=3),
            threads: random.usize(1..=2),
            cut,
        }
    }

    fn plan(&self) -> Plan {
        Plan {
            concurrency: Concurrency::Fixed(self.concurrency),
            per_host: self.per_host,
            rate: self.rate,
            retries: self.retries,
            redirects: self.redirects,
            threads: self.threads,
            digest: |body, extract| {
                assert!(!body.bytes.ends_with(b"POISON"), "scripted");
                digest_body(body, extract)
            },
            ..Plan::default()
        }
    }

    fn sources(&self) -> Vec<Source> {
        let urls = (0..).zip(&self.documents).map(
            |(number, (host, _)): (usize, _)| {
                let url = format!("http://host-{host}/{number}");
                Source::Url(url.parse().expect("it is a URL"))
            },
        );
        urls.collect()
    }

    /// The right outcome of a document: `Ok` in the index, or its failure; and
    /// the failures that are right too, if the budget for retries is spent by
    /// then.
    fn expected(&self, document: usize) -> (Result<(), Kind>, Vec<Kind>) {
        self.expected_with(self.retries, document)
    }

    /// The outcomes that are right as well, because what a host fails for
    /// everybody is not the document's failure: those with more retries.
    fn expected_at_last(&self, document: usize) -> Vec<Result<(), Kind>> {
        let fails = |step: &Step| matches!(step, Step::Silent | Step::Busy(_));
        let failing = self
            .documents
            .iter()
            .filter(|(_, steps)| steps.iter().any(|(_, step)| fails(step)));
        if self.retries == 0 || failing.count() < 3 {
            return Vec::new();
        }
        let retries = self.retries..self.retries + DOWN as u32;
        retries.map(|it| self.expected_with(it, document).0).collect()
    }

    fn expected_with(
        &self,
        retries: u32,
        document: usize,
    ) -> (Result<(), Kind>, Vec<Kind>) {
        let steps = &self.documents[document].1;
        let (mut failures, mut redirects, mut early) = (0, 0, Vec::new());
        for nth in 0.. {
            let kind = match &steps[nth.min(steps.len() - 1)].1 {
                Step::Good => return (Ok(()), early),
                Step::Empty => return (Err(Kind::Empty), early),
                Step::Binary => return (Err(Kind::NotText), early),
                Step::WrongCharset => return (Err(Kind::Charset), early),
                Step::Poison | Step::Panic => return (Err(Kind::Panic), early),
                Step::Gone => return (Err(Kind::Status), early),
                Step::Busy(Some(asked)) if *asked > MAX_RETRY_AFTER => {
                    return (Err(Kind::Status), early);
                }
                Step::Redirect(_) => {
                    redirects += 1;
                    if redirects > self.redirects {
                        return (Err(Kind::Redirect), early);
                    }
                    continue;
                }
                Step::Busy(_) => Kind::Status,
                Step::Silent => Kind::Timeout,
            };
            failures += 1;
            if failures > retries {
                return (Err(kind), early);
            }
            early.push(kind);
        }
        unreachable!("retries and redirects end every script")
    }
}

fn step(random: &mut Rng, healthy: f64) -> Step {
    if random.f64() < healthy {
        return Step::Good;
    }
    match random.u8(0..12) {
        0 => Step::Empty,
        1 => Step::Binary,
        2 => Step::WrongCharset,
        3 => Step::Poison,
        4 => Step::Panic,
        5 => Step::Gone,
        6 | 7 => Step::Silent,
        8 => Step::Busy(None),
        9 => Step::Busy(Some(Duration::from_secs(random.u64(0..3)))),
        10 => Step::Busy(Some(Duration::from_secs(random.u64(31..100)))),
        _ => Step::Redirect(random.u8(0..4)),
    }
}

/// The script as a server: notes what a server can note.
struct Script {
    scenario: Scenario,
    watch: Watch<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Requests of each document so far, and when the next may come at the
    /// earliest.
    requests: BTreeMap<usize, (usize, Option<Instant>)>,
    in_flight: BTreeMap<String, usize>,
    /// The last start at each host.
    started: BTreeMap<String, Instant>,
    all: usize,
    /// Documents whose body went out.
    fetched: BTreeSet<usize>,
    wrong: Vec<String>,
}

/// A request that has begun; ends when it is answered or dropped.
struct Request<'a>(&'a Script, String);

impl Drop for Request<'_> {
    fn drop(&mut self) {
        let mut seen = self.0.watch.seen();
        *seen.in_flight.get_mut(&self.1).expect("it has begun") -= 1;
    }
}

impl Script {
    /// Begins a request and returns which of its document's it is.
    fn begin(&self, host: &str, document: usize) -> (usize, Request<'_>) {
        let now = Instant::now();
        let mut seen = self.watch.seen();
        let seen = &mut *seen;
        let (nth, earliest) = seen.requests.entry(document).or_default();
        if earliest.is_some_and(|earliest| now < earliest) {
            seen.wrong.push(format!(
                "document {document} came back before its Retry-After"
            ));
        }
        let nth = std::mem::replace(nth, *nth + 1);
        *seen.in_flight.entry(host.to_owned()).or_default() += 1;
        if seen.in_flight[host] > self.scenario.per_host {
            seen.wrong
                .push(format!("{host} has {} requests", seen.in_flight[host]));
        }
        let all: usize = seen.in_flight.values().sum();
        if all > self.scenario.concurrency {
            seen.wrong.push(format!("{all} requests in all"));
        }
        let last = seen.started.insert(host.to_owned(), now);
        if let (Some(rate), Some(last)) = (self.scenario.rate, last) {
            let gap = Duration::from_secs_f64(1.0 / rate);
            // Tokio's clock counts milliseconds.
            if now + Duration::from_millis(1) < last + gap {
                seen.wrong.push(format!(
                    "{host} was asked again after {:?}",
                    now - last
                ));
            }
        }
        seen.all += 1;
        (nth, Request(self, host.to_owned()))
    }
}

impl Transport for Script {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        let Source::Url(url) = source else {
            unreachable!("all sources are URLs")
        };
        let host = url.host_str().expect("every URL has a host");
        let document: usize =
            url.path()[1..].parse().expect("the path is the number");
        let (nth, _request) = self.begin(host, document);
        let steps = &self.scenario.documents[document].1;
        let (latency, step) = steps[nth.min(steps.len() - 1)].clone();
        self.watch.event();
        sleep(latency / 2).await;
        self.watch.event();
        sleep(latency / 2).await;
        self.watch.event();
        let body = |bytes: &[u8], charset: Option<&str>| {
            self.watch.seen().fetched.insert(document);
            let (bytes, charset) = (bytes.to_vec(), charset.map(str::to_owned));
            Ok(Response::Body(Body {
                bytes,
                media_type: MediaType::Html,
                charset,
                ..Body::default()
            }))
        };
        match step {
            Step::Good => body(page(document).as_bytes(), None),
            Step::Empty => body(b" \n", None),
            Step::Binary => body(b"a\0b", None),
            Step::WrongCharset => body(b"caf\xe9", Some("utf-8")),
            Step::Poison => body(b"POISON", None),
            Step::Panic => panic!("scripted"),
            Step::Gone => Err(Error::lasting(Kind::Status, "410 Gone")),
            Step::Silent => {
                Err(Error::transient(Kind::Timeout, "no answer in time"))
            }
            Step::Busy(retry_after) => {
                let mut seen = self.watch.seen();
                seen.requests.entry(document).or_default().1 =
                    retry_after.map(|asked| Instant::now() + asked);
                let status = Some(503);
                let busy = Error::transient(Kind::Status, "503");
                Err(Error { retry_after, status, answered: true, ..busy })
            }
            Step::Redirect(to) => {
                let to = format!("http://host-{to}/{document}");
                Ok(Response::Redirect(to.parse().expect("it is a URL")))
            }
        }
    }

    fn connections(&self) -> u64 {
        0
    }
}

/// A document of `number % 5 + 2` words, one of them its own.
fn page(number: usize) -> String {
    format!("<p>document{number} is{}", " here".repeat(number % 5))
}

/// Retries to a host that is down, beyond its budget: none of these runs has
/// more.
const DOWN: usize = 24 + 3;

/// Runs a scenario and returns what came out, if the run was not dropped, and
/// what the server saw.
fn play(
    scenario: &Scenario,
    journal: Option<Journal>,
) -> (Option<(Index, Report)>, Seen) {
    let plan = Plan { journal: journal.map(Arc::new), ..scenario.plan() };
    let script = |watch| Script { scenario: scenario.clone(), watch };
    seeded::play(plan, scenario.sources(), scenario.cut, script)
}

/// Which document this is the URL of.
fn number(url: &str) -> usize {
    url.rsplit('/')
        .next()
        .and_then(|path| path.parse().ok())
        .expect("the path is the number")
}

/// Plays a scenario and says what is wrong with what came of it.
fn problems(scenario: &Scenario) -> Vec<String> {
    let (result, seen) = play(scenario, None);
    let mut wrong = seen.wrong;
    if seen.in_flight.values().any(|&left| left > 0) {
        wrong.push(format!("requests left: {:?}", seen.in_flight));
    }
    let Some((index, report)) = result else { return wrong };

    let all = scenario.documents.len();
    let parts = report.documents + report.failed + report.unfinished;
    if parts != all || report.failed != report.failures.len() {
        wrong.push(format!("{parts} of {all} documents are accounted for"));
    }
    if report.unfinished > 0 && !matches!(scenario.cut, Cut::Stop(_)) {
        wrong.push(format!(
            "{} unfinished, and nobody stopped the run",
            report.unfinished
        ));
    }
    if report.requests != seen.all as u64 {
        wrong.push(format!(
            "{} requests counted, {} seen",
            report.requests, seen.all
        ));
    }
    // Each of the four hosts has a budget, and one that is down gets a request
    // a second beside it.
    if report.retries as usize > 4 * (10 + DOWN) + all / 5 {
        wrong.push(format!("{} retries exceed the budget", report.retries));
    }
    let mut met = vec![0; all];
    let mut words = 0;
    for document in index.documents() {
        let number = number(document.url());
        met[number] += 1;
        words += number as u64 % 5 + 2;
        if scenario.expected(number).0.is_err()
            && !scenario.expected_at_last(number).contains(&Ok(()))
        {
            wrong.push(format!("document {number} is in the index"));
        }
        if index.occurrences(&format!("document{number}")) != 1 {
            wrong.push(format!("document {number} is counted twice"));
        }
    }
    if index.words() != words {
        wrong.push(format!(
            "{} words in the index, {words} in its documents",
            index.words()
        ));
    }
    for failure in &report.failures {
        let number = number(&failure.url);
        met[number] += 1;
        let (expected, early) = scenario.expected(number);
        let spent = report.retries >= 10 && early.contains(&failure.kind);
        let at_last = scenario.expected_at_last(number);
        let right = expected == Err(failure.kind)
            || at_last.contains(&Err(failure.kind));
        let given_up = failure.detail.contains("again and again");
        if !right && !spent && !given_up {
            wrong.push(format!(
                "document {number} should be {expected:?}: {failure:?}"
            ));
        }
    }
    if let Some(number) = met.iter().position(|&times| times > 1) {
        wrong.push(format!("document {number} ended more than once"));
    }
    wrong
}

/// Panics that a script asked for are not worth a line each.
fn quiet() -> impl Drop {
    lessons::hide_panics(|_, message| message == "scripted")
}

fn run_seeds(seeds: Range<u64>) {
    let _quiet = quiet();
    try_seeds(seeds, Scenario::new, problems);
}

#[test]
fn no_seed_hangs_loses_or_counts_twice() {
    run_seeds(SEEDS);
}

#[test]
#[ignore = "for `just faults`, which says which seeds"]
fn any_seeds() {
    let seeds = asked_seeds();
    run_seeds(seeds.clone());
    println!(
        "runs {seeds:?}: nothing hung, lost, counted twice or left behind"
    );
}

/// A site with everything in it, small enough to be cut at every event.
fn everything(cut: Cut) -> Scenario {
    let ms = Duration::from_millis;
    let steps = [
        vec![(ms(5), Step::Good)],
        vec![(ms(3), Step::Busy(None)), (ms(3), Step::Good)],
        vec![(ms(2), Step::Redirect(1)), (ms(2), Step::Good)],
        vec![
            (ms(4), Step::Silent),
            (ms(4), Step::Redirect(2)),
            (ms(1), Step::Good),
        ],
        vec![(ms(1), Step::Poison)],
        vec![(ms(1), Step::Panic)],
        vec![
            (ms(6), Step::Busy(Some(Duration::from_secs(1)))),
            (ms(6), Step::Good),
        ],
        vec![(ms(0), Step::Good)],
    ];
    let documents =
        (0_u8..).zip(steps).map(|(nth, steps)| (nth % 3, steps)).collect();
    Scenario {
        documents,
        concurrency: 3,
        per_host: 2,
        rate: Some(200.0),
        retries: 2,
        redirects: 2,
        threads: 1,
        cut,
    }
}

#[test]
fn the_run_may_be_stopped_or_dropped_at_every_event() {
    let _quiet = quiet();
    let (whole, seen) = within(PATIENT, || play(&everything(Cut::Never), None));
    let (_, report) = whole.expect("nobody dropped it");
    assert_eq!((report.documents, report.failed), (6, 2));
    // Three events a request, and one more cut after the last.
    for at in 1..=seen.all * 3 + 1 {
        for cut in [Cut::Stop(at), Cut::Drop(at)] {
            let wrong = within(PATIENT, move || problems(&everything(cut)));
            assert!(wrong.is_empty(), "{cut:?}: {wrong:#?}");
        }
    }
}

#[test]
fn a_run_that_goes_on_ends_as_one_that_was_never_cut() {
    let _quiet = quiet();
    let (whole, seen) = within(PATIENT, || play(&everything(Cut::Never), None));
    let (index, report) = whole.expect("nobody dropped it");
    for at in 1..=seen.all * 3 {
        for cut in [Cut::Stop(at), Cut::Drop(at)] {
            let (done, first, (again, resumed), then) =
                within(PATIENT, move || cut_and_resume(cut));
            assert_eq!(again, index, "{cut:?}");
            assert_eq!(
                (
                    resumed.documents,
                    resumed.failed,
                    &resumed.failures,
                    resumed.resumed
                ),
                (report.documents, report.failed, &report.failures, done.len()),
                "{cut:?}"
            );
            for number in &done {
                assert!(
                    !then.requests.contains_key(number),
                    "{cut:?}: {number} was done"
                );
            }
            let twice = first.fetched.intersection(&then.fetched).count();
            let in_flight = everything(cut).concurrency;
            assert!(twice <= in_flight, "{cut:?}: {twice} bodies came twice");
        }
    }
}

/// Cuts a run, and goes on with what it left: what it had done, what the server
/// saw, and the same of the second run.
fn cut_and_resume(cut: Cut) -> (Vec<usize>, Seen, (Index, Report), Seen) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let open = || open_journal(folder.path(), &everything(cut).sources(), None);
    let (_, first) = play(&everything(cut), Some(open()));
    let done = open().replay().into_keys().map(|url| number(&url)).collect();
    let (result, then) = play(&everything(Cut::Never), Some(open()));
    (done, first, result.expect("nobody dropped it"), then)
}
