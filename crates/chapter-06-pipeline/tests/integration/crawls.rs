//! Crawls of random sites, each made by a seed: links of every form, redirects,
//! faults, rules and bounds, on a virtual clock. What must come out is found by
//! walking the site one page after the other. Whoever answers first, and
//! wherever the run is cut and goes on, it is the same.
//!
//! `just faults 5000..6000` runs any seeds; a failure names the one to run
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chapter_06_pipeline::cli::print::documents_csv;
use chapter_06_pipeline::program::body::Body;
use chapter_06_pipeline::program::body::MediaType;
use chapter_06_pipeline::program::crawl::Follow;
use chapter_06_pipeline::program::crawl::canonical::canonical;
use chapter_06_pipeline::program::directives::Directives;
use chapter_06_pipeline::program::failure::{Failure, Kind};
use chapter_06_pipeline::program::fetch::{Error, Response, Transport};
use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::journal::Journal;
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, run_with};
use chapter_06_pipeline::program::source::Source;
use fastrand::Rng;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use witness::paused;

use super::open_journal;
use super::seeded::{self, Cut, Watch, asked_seeds, try_seeds};

/// The seeds of every test run.
const SEEDS: Range<u64> = 0..600;

/// The last host is never given.
const HOSTS: usize = 4;

/// The resource at a page's URL.
#[derive(Clone, Debug)]
enum Kept {
    /// A page with links, each in some form.
    Page {
        links: Vec<(usize, u8)>,
        directives: Directives,
        in_header: bool,
        busy: bool,
    },
    Redirect(usize),
    Gone,
    Binary,
}

#[derive(Clone, Debug)]
enum Robots {
    /// Pages whose number is odd are private; are they disallowed?
    Rules {
        private: bool,
    },
    Missing,
    Broken,
}

#[derive(Clone, Debug)]
struct Web {
    seed: u64,
    /// Each page's host, and what stands there.
    pages: Vec<(usize, Kept)>,
    robots: Vec<Robots>,
    given: Vec<usize>,
    follow: Follow,
    redirects: u32,
    concurrency: usize,
    per_host: usize,
    threads: usize,
}

impl Web {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let (count, hosts) = (random.usize(1..40), random.usize(1..HOSTS));
        let mut busy = 8;
        let pages = (0..count)
            .map(|_| {
                let host = if random.u8(0..12) == 0 {
                    HOSTS - 1
                } else {
                    random.usize(0..hosts)
                };
                let kept = match random.u8(0..12) {
                    0 | 1 => Kept::Redirect(random.usize(0..count)),
                    2 => Kept::Gone,
                    3 => Kept::Binary,
                    kind => {
                        let links = (0..random.usize(0..5))
                            .map(|_| (random.usize(0..count), random.u8(0..9)))
                            .collect();
                        let directives = Directives {
                            noindex: random.u8(0..8) == 0,
                            nofollow: random.u8(0..8) == 0,
                        };
                        let again = kind == 4 && busy > 0;
                        busy -= u32::from(again);
                        Kept::Page {
                            links,
                            directives,
                            in_header: random.bool(),
                            busy: again,
                        }
                    }
                };
                (host, kept)
            })
            .collect();
        let robots = (0..HOSTS)
            .map(|_| match random.u8(0..8) {
                0 => Robots::Missing,
                1 => Robots::Broken,
                kind => Robots::Rules { private: kind < 4 },
            })
            .collect();
        let mut web = Web {
            seed,
            pages,
            robots,
            given: Vec::new(),
            follow: Follow { depth: random.u32(0..6), max_pages: 1_000 },
            redirects: random.u32(0..4),
            concurrency: random.usize(1..=8),
            per_host: random.usize(1..=4),
            threads: random.usize(1..=2),
        };
        web.pages[0].0 = 0;
        web.given = (0..count)
            .filter(|&page| page == 0 || random.u8(0..20) == 0)
            .collect();
        web.given.retain(|&page| web.pages[page].0 != HOSTS - 1);
        if random.u8(0..3) == 0 {
            web.follow.max_pages = random.usize(1..count + 1);
        }
        web
    }

    fn path(page: usize) -> String {
        let folder = if page % 2 == 1 { "private" } else { "open" };
        format!("/{folder}/~{page:03}")
    }

    fn url(&self, page: usize) -> String {
        format!("http://host-{}{}", self.pages[page].0, Self::path(page))
    }

    /// One of the forms of a link, on a page of that host.
    fn href(&self, from: usize, to: usize, form: u8) -> String {
        let path = Self::path(to);
        let near = self.pages[from].0 == self.pages[to].0;
        // A redirect from another form of a page to the page is no circle, so
        // one that leads to itself is linked by its name.
        let (_, kept) = &self.pages[to];
        let form = match (form, kept) {
            (2 | 5, Kept::Redirect(itself)) if *itself == to => 6,
            _ => form,
        };
        match form {
            0 if near => path,
            1 if near => {
                format!(
                    "../{}",
                    path.replacen("/open", "x/../open", 1)
                        .trim_start_matches('/')
                )
            }
            2 if near => format!("..{}#there", path.replace('~', "%7e")),
            3 => format!("//host-{}:80{path}", self.pages[to].0),
            4 => format!("HTTP://HOST-{}/.{path}#here", self.pages[to].0),
            5 => format!(
                "http://me:secret@host-{}{}",
                self.pages[to].0,
                path.replace("pen", "p%65n")
            ),
            _ => self.url(to),
        }
    }

    fn html(
        &self,
        page: usize,
        links: &[(usize, u8)],
        meta: Directives,
    ) -> String {
        let mut html = format!("<title>page{page}</title>");
        for (asked, word) in
            [(meta.noindex, "noindex"), (meta.nofollow, "nofollow")]
        {
            if asked {
                html += &format!("<meta name=robots content={word}>");
            }
        }
        for &(to, form) in links {
            // The last form is for people only.
            let rel = if form == 8 { " rel=nofollow" } else { "" };
            html += &format!(
                "<a href='{}'{rel}>link</a> ",
                self.href(page, to, form)
            );
        }
        html
    }

    fn plan(&self) -> Plan {
        Plan {
            concurrency: Concurrency::Fixed(self.concurrency),
            per_host: self.per_host,
            threads: self.threads,
            redirects: self.redirects,
            follow: Some(self.follow),
            ..Plan::default()
        }
    }

    fn sources(&self) -> Vec<Source> {
        let urls = self.given.iter().map(|&page| self.url(page));
        urls.map(|url| Source::Url(url.parse().expect("it is a URL"))).collect()
    }

    /// The right result, found by walking page after page.
    fn walk(&self) -> Expected {
        let hosts: BTreeSet<usize> =
            self.given.iter().map(|&page| self.pages[page].0).collect();
        let mut out = Expected::default();
        let mut round: BTreeSet<(String, usize)> =
            self.given.iter().map(|&page| (self.url(page), page)).collect();
        let (mut depth, mut hops) = (0, 0);
        let mut linked: BTreeSet<(String, usize)> = BTreeSet::new();
        let mut targets: BTreeMap<usize, usize> = BTreeMap::new();
        loop {
            let room = self.follow.max_pages - out.taken.len();
            out.truncated |= round.len() > room;
            let round_now: Vec<usize> =
                round.iter().take(room).map(|(_, page)| *page).collect();
            out.taken.extend(&round_now);
            let mut moved = BTreeSet::new();
            for page in round_now {
                let (host, kept) = &self.pages[page];
                let mut ended = |kind| {
                    out.kinds.insert(page, kind);
                };
                match self.robots[*host] {
                    Robots::Rules { private: true } if page % 2 == 1 => {
                        ended(Kind::Robots);
                        continue;
                    }
                    Robots::Broken => {
                        ended(Kind::Status);
                        continue;
                    }
                    _ => {}
                }
                match kept {
                    Kept::Gone => ended(Kind::Status),
                    Kept::Binary => ended(Kind::NotText),
                    Kept::Redirect(to)
                        if !hosts.contains(&self.pages[*to].0) =>
                    {
                        ended(Kind::OffHost);
                    }
                    Kept::Redirect(to)
                        if !out.taken.contains(to)
                            && hops >= self.redirects =>
                    {
                        ended(Kind::Redirect);
                    }
                    Kept::Redirect(to) => {
                        targets.insert(page, *to);
                        moved.insert((self.url(*to), *to));
                    }
                    Kept::Page { links, directives, .. } => {
                        if directives.noindex {
                            ended(Kind::NoIndex);
                        } else {
                            out.indexed.insert(page);
                        }
                        let links = links.iter().filter(|(to, form)| {
                            *form != 8 && hosts.contains(&self.pages[*to].0)
                        });
                        if !directives.nofollow && depth < self.follow.depth {
                            linked.extend(
                                links.map(|(to, _)| (self.url(*to), *to)),
                            );
                        }
                    }
                }
            }
            moved.retain(|(_, page)| !out.taken.contains(page));
            linked.retain(|(_, page)| !out.taken.contains(page));
            if !moved.is_empty() {
                (round, hops) = (moved, hops + 1);
            } else if !linked.is_empty() {
                (round, depth, hops) =
                    (std::mem::take(&mut linked), depth + 1, 0);
            } else {
                break;
            }
            if out.taken.len() == self.follow.max_pages {
                out.truncated = true;
                break;
            }
        }
        for &start in targets.keys() {
            let mut at = start;
            for _ in 0..targets.len() {
                at = targets.get(&at).copied().unwrap_or(usize::MAX);
                if at == start {
                    out.kinds.insert(start, Kind::Redirect);
                }
            }
        }
        out.redirects =
            targets.keys().filter(|page| !out.kinds.contains_key(page)).count();
        out
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    taken: BTreeSet<usize>,
    indexed: BTreeSet<usize>,
    /// Pages that are not in the index, and why.
    kinds: BTreeMap<usize, Kind>,
    redirects: usize,
    truncated: bool,
}

/// The site as a server, which notes what it is asked for.
struct Server {
    web: Web,
    /// Another seed, another order of answers.
    latency: Mutex<Rng>,
    watch: Watch<Vec<String>>,
}

impl Server {
    async fn wait(&self) {
        for _ in 0..3 {
            self.watch.event();
            let pause =
                self.latency.lock().expect("nobody panics with it").u64(0..20);
            sleep(Duration::from_millis(pause)).await;
        }
    }

    /// The status of an answer that is none.
    fn status(status: u16) -> Error {
        let transient = status == 503;
        let detail = status.to_string();
        Error {
            transient,
            status: Some(status),
            ..Error::lasting(Kind::Status, detail)
        }
    }
}

impl Transport for Server {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        // To this server all forms of a name are one page.
        let Source::Url(url) = source else {
            unreachable!("all sources are URLs")
        };
        let url = String::from(canonical(url.clone()));
        let before = {
            let mut asked = self.watch.seen();
            let before = asked.iter().filter(|asked| **asked == url).count();
            asked.push(url.clone());
            before
        };
        self.wait().await;
        let html = |bytes: String| Body {
            bytes: bytes.into(),
            media_type: MediaType::Html,
            ..Body::default()
        };
        if let Some(host) = url.strip_suffix("/robots.txt") {
            let host: usize = host["http://host-".len()..]
                .parse()
                .expect("hosts have numbers");
            return match self.web.robots[host] {
                Robots::Rules { private: true } => Ok(Response::Body(html(
                    "User-agent: *\nDisallow: /private/".into(),
                ))),
                Robots::Rules { private: false } => Ok(Response::Body(html(
                    "User-agent: x\nDisallow: /".into(),
                ))),
                Robots::Missing => Err(Self::status(404)),
                Robots::Broken => Err(Self::status(501)),
            };
        }
        let (_, number) = url.split_once('~').expect("canonical URLs have it");
        let page: usize =
            number.parse().expect("the path ends with the number");
        match &self.web.pages[page].1 {
            Kept::Gone => Err(Self::status(410)),
            Kept::Binary => Err(Error::lasting(Kind::NotText, "image/png")),
            Kept::Redirect(to) => {
                let to =
                    self.web.href(page, *to, 4).parse().expect("it is a URL");
                Ok(Response::Redirect(to))
            }
            Kept::Page { busy: true, .. } if before == 0 => {
                Err(Self::status(503))
            }
            Kept::Page { links, directives, in_header, .. } => {
                let none = Directives::default();
                let (header, meta) = if *in_header {
                    (*directives, none)
                } else {
                    (none, *directives)
                };
                Ok(Response::Body(Body {
                    directives: header,
                    ..html(self.web.html(page, links, meta))
                }))
            }
        }
    }

    fn connections(&self) -> u64 {
        0
    }
}

/// Crawls, and returns what came out, if the run was not dropped, and what was
/// asked for.
fn play(
    web: &Web,
    order: u64,
    cut: Cut,
    journal: Option<Journal>,
) -> (Option<(Index, Report)>, Vec<String>) {
    let plan = Plan { journal: journal.map(Arc::new), ..web.plan() };
    seeded::play(plan, web.sources(), cut, |watch| Server {
        web: web.clone(),
        latency: Mutex::new(Rng::with_seed(order)),
        watch,
    })
}

/// Which page this is the URL of.
fn number(url: &str) -> usize {
    url.split_once('~')
        .and_then(|(_, number)| number.parse().ok())
        .expect("it has a number")
}

/// The differences between a result and the right one.
fn problems(
    web: &Web,
    expected: &Expected,
    index: &Index,
    report: &Report,
) -> Vec<String> {
    let indexed: BTreeSet<usize> =
        index.documents().iter().map(|it| number(it.url())).collect();
    let (skips, failures): (BTreeMap<_, _>, BTreeMap<_, _>) =
        expected.kinds.iter().partition(|(_, kind)| kind.is_no_fault());
    let of = |failures: &[Failure]| -> BTreeMap<usize, Kind> {
        failures
            .iter()
            .map(|failure| (number(&failure.url), failure.kind))
            .collect()
    };
    let follow = report.follow.clone().expect("links were followed");
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: String| {
        if !right {
            wrong.push(what);
        }
    };
    let names = index
        .documents()
        .iter()
        .all(|it| it.url() == web.url(number(it.url())));
    check(names, "a document has another name than its canonical one".into());
    check(indexed == expected.indexed, format!("indexed {indexed:?}"));
    check(
        index.documents().len() == indexed.len(),
        "a page is indexed twice".into(),
    );
    check(
        of(&report.skips) == skips.clone(),
        format!("skips {:?}", report.skips),
    );
    check(
        of(&report.failures) == failures.clone(),
        format!("failures {:?}", report.failures),
    );
    check(
        report.skipped == skips.len() && report.failed == failures.len(),
        "miscounted".into(),
    );
    let counts =
        (follow.pages, follow.redirects, follow.truncated, report.unfinished);
    let right =
        (expected.taken.len(), expected.redirects, expected.truncated, 0);
    check(counts == right, format!("{counts:?} and not {right:?}"));
    wrong
}

/// The requests that should not have been made, and those that are missing.
fn intrusions(web: &Web, expected: &Expected, asked: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut times: BTreeMap<&String, usize> = BTreeMap::new();
    for url in asked {
        *times.entry(url).or_default() += 1;
        if let Some((host, _)) =
            url.split_once("/open").or_else(|| url.split_once("/private"))
            && !times.contains_key(&format!("{host}/robots.txt"))
        {
            wrong.push(format!("{url} was asked for before robots.txt"));
        }
    }
    let refused = |page: &usize| {
        let odd = page % 2 == 1;
        match web.robots[web.pages[*page].0] {
            Robots::Rules { private } => private && odd,
            Robots::Missing => false,
            Robots::Broken => true,
        }
    };
    let mut right: BTreeMap<String, usize> = BTreeMap::new();
    for page in &expected.taken {
        right.insert(
            format!("http://host-{}/robots.txt", web.pages[*page].0),
            1,
        );
        if !refused(page) {
            let busy =
                matches!(web.pages[*page].1, Kept::Page { busy: true, .. });
            right.insert(web.url(*page), 1 + usize::from(busy));
        }
    }
    let times: BTreeMap<String, usize> =
        times.into_iter().map(|(url, times)| (url.clone(), times)).collect();
    if times != right {
        wrong.push(format!("asked for {times:?}, and not {right:?}"));
    }
    wrong
}

/// A crawl in three orders of the answers.
fn orders(web: &Web) -> Vec<String> {
    let expected = web.walk();
    let mut wrong = Vec::new();
    let mut first = None;
    for order in 0..3 {
        let (result, asked) = play(web, order, Cut::Never, None);
        let (index, report) = result.expect("nobody dropped it");
        wrong.extend(problems(web, &expected, &index, &report));
        wrong.extend(intrusions(web, &expected, &asked));
        let rows = documents_csv(&report, &index);
        let (whole, same) = first.get_or_insert((index.clone(), rows.clone()));
        if (&index, &rows) != (&*whole, &*same) {
            wrong.push(format!(
                "another order gives other bytes:\n{same}\n{rows}"
            ));
        }
    }
    wrong
}

#[test]
fn every_crawl_takes_what_a_walk_finds_whoever_answers_first() {
    try_seeds(SEEDS, Web::new, orders);
}

#[test]
fn a_crawl_that_was_cut_anywhere_goes_on_to_the_same_end() {
    try_seeds(SEEDS.step_by(4), Web::new, cut_and_go_on);
}

#[test]
#[ignore = "for `just faults`, which says which seeds"]
fn any_seeds() {
    let seeds = asked_seeds();
    try_seeds(seeds.clone(), Web::new, orders);
    try_seeds(seeds.clone(), Web::new, cut_and_go_on);
    println!(
        "crawls {seeds:?}: each takes what a walk finds, also when it was cut and went on"
    );
}

/// Cuts a crawl three times, each time somewhere else, and lets it go on to its
/// end.
fn cut_and_go_on(web: &Web) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let open =
        || open_journal(folder.path(), &web.sources(), Some(web.follow.depth));
    let expected = web.walk();
    let (whole, asked) = play(web, 0, Cut::Never, None);
    let (whole, whole_report) = whole.expect("nobody dropped it");
    let mut random = Rng::with_seed(web.seed);
    let mut wrong = Vec::new();
    let mut all: Vec<String> = Vec::new();
    for nth in 0..3 {
        let at = random.usize(1..=asked.len() * 3);
        let cut = if random.bool() { Cut::Stop(at) } else { Cut::Drop(at) };
        let (result, asked) = play(web, 10 + nth, cut, Some(open()));
        all.extend(asked);
        let Some((_, report)) = result else { continue };
        let follow = report.follow.expect("links were followed");
        let parts = [
            report.documents,
            report.failed,
            report.skipped,
            report.unfinished,
        ];
        if parts.iter().sum::<usize>() + follow.redirects != follow.pages {
            wrong.push(format!(
                "{cut:?}: {parts:?} and {follow:?} do not add up"
            ));
        }
    }
    let (result, asked) = play(web, 20, Cut::Never, Some(open()));
    let (index, report) = result.expect("nobody dropped it");
    all.extend(asked);
    wrong.extend(problems(web, &expected, &index, &report));
    if (&index, documents_csv(&report, &index))
        != (&whole, documents_csv(&whole_report, &whole))
    {
        wrong.push("the bytes are others".into());
    }
    for url in all {
        let known = url.ends_with("/robots.txt")
            || expected.taken.contains(&number(&url));
        if !known {
            wrong.push(format!("{url} was asked for"));
        }
    }
    let (result, asked) = play(web, 30, Cut::Never, Some(open()));
    let (again, _) = result.expect("nobody dropped it");
    if again != whole || !asked.is_empty() {
        wrong.push(format!("all was done, and yet it asked for {asked:?}"));
    }
    wrong
}

/// Notes when each page is asked for.
struct Paced(Arc<Mutex<Vec<(String, Duration)>>>, Instant);

impl Transport for Paced {
    async fn get(&self, source: &Source) -> Result<Response, Error> {
        let url = source.to_string();
        let at = self.1.elapsed();
        self.0.lock().expect("nobody panics with it").push((url.clone(), at));
        let bytes = match url.rsplit_once('/').expect("it has a path") {
            ("http://slow", "robots.txt") => {
                "User-agent: *\nCrawl-delay: 2.5\n"
            }
            ("http://slower", "robots.txt") => {
                "User-agent: overlap\nCrawl-delay: 86400\n"
            }
            (_, "robots.txt") => "",
            _ => "<a href=1>1</a><a href=2>2</a>",
        };
        Ok(Response::Body(Body {
            bytes: bytes.into(),
            media_type: MediaType::Html,
            ..Body::default()
        }))
    }

    fn connections(&self) -> u64 {
        0
    }
}

#[test]
fn a_crawl_delay_is_kept_up_to_a_limit_and_only_for_its_host() {
    paused(async || {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let hosts = ["http://slow/", "http://slower/", "http://free/"];
        let sources = hosts
            .map(|url| Source::Url(url.parse().expect("it is a URL")))
            .to_vec();
        let plan = Plan {
            concurrency: Concurrency::Fixed(8),
            follow: Some(Follow { depth: 1, max_pages: 100 }),
            ..Plan::default()
        };
        let server = Paced(Arc::clone(&asked), Instant::now());
        let run = run_with(
            plan,
            server,
            sources,
            CancellationToken::new(),
            Arc::default(),
        );
        let (_, report) = run.await.expect("the pool can be made");
        let asked = asked.lock().expect("nobody panics with it");
        let times = |host: &str| -> Vec<f64> {
            let times = asked.iter().filter(|(url, _)| url.starts_with(host));
            times.map(|(_, at)| at.as_secs_f64()).collect()
        };
        let gaps = |host| -> Vec<f64> {
            times(host)
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).floor())
                .collect()
        };
        assert_eq!(report.documents, 9);
        assert_eq!(gaps(hosts[1]), [30.0; 3], "{asked:?}");
        let slow = times(hosts[0]);
        assert!(
            slow.windows(2).all(|pair| pair[1] - pair[0] >= 2.499),
            "{slow:?}"
        );
        // Both of its pages are asked for at once; the round before waits for
        // the slowest.
        assert_eq!(gaps(hosts[2])[2], 0.0, "{asked:?}");
        let delays = report.follow.expect("links were followed").delays;
        let shown =
            delays.iter().map(|delay| (&*delay.site, delay.asked, delay.kept));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [("http://slow", 2.5, 2.5), ("http://slower", 86_400.0, 30.0)]
        );
    });
}
