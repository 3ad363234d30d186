// Project: a link checker, in four milestones.
//
// It asks for pages, follows their links, and says which of them lead nowhere. The web is behind a
// trait, so that it can be a real one or one of a test.
//
// 1. One page. `patiently` asks for a page. If the host is busy it asks again: after 1 s, then after
//    2 s, 4 s, and so on. All of it together may take `LIMIT`, an answer that does not come included;
//    then the page is `Late`, at that very moment. Other answers are final.
//
// 2. Many pages. `check_all` asks for each of the given pages patiently, and returns the answers in
//    the order of the pages. At most `most` of them are under way at the same moment, and always as
//    many as that, while there are pages left. A page that is slow holds up no other. A `get` that
//    panics is `Panicked`, and harms no other.
//
// 3. The whole site. `crawl` begins with `start`. It checks every link that it finds on pages of the
//    host of `start`; pages of other hosts are checked, but their links do not count. What follows a
//    `#` in a link is left out. Each page is asked for once. At most `most` pages are under way, and
//    of one host at most `per_host`; within these bounds a page that is known is begun at once, of
//    several the one that has been known for longest (and of one page's links the first). So a slow
//    page holds up no other, and a host at its bound holds up no other host.
//
// 4. An end. When `stop` is ready, no other page is begun. What is under way may go on for `GRACE` at
//    most. What is known by then and was not checked is in `left`. Nothing goes on when `crawl` has
//    returned, or when its future (or that of `check_all`) was dropped. It waits without looking again
//    and again.
//
// How it is judged: milestone by milestone; the names of the tests say which. By exact moments on a
// clock that moves only when everybody waits, and by what is under way at the same moment.
//
// Lesson: chapter-03 fetch

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The longest that one page may take, with all that is asked again.
const LIMIT: Duration = Duration::from_secs(10);

/// The longest that pages may go on when the crawl shall stop.
const GRACE: Duration = Duration::from_secs(3);

trait Web: Send + Sync + 'static {
    fn get(&self, url: &str) -> impl Future<Output = Result<Page, Failure>> + Send;
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    /// Whole addresses, such as `http://a.example/b#c`. They may be there twice.
    links: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    NotFound,
    /// Ask again.
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    NotFound,
    Late,
    Panicked,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// So many pages under way at once, 1 or more.
    most: usize,
    /// So many of them of one host, 1 or more.
    per_host: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Report {
    checked: BTreeMap<String, Result<(), Trouble>>,
    /// Where a page is linked from. A page that nobody links to is not in it.
    linked_from: BTreeMap<String, BTreeSet<String>>,
    /// Known, and not checked.
    left: BTreeSet<String>,
}

/// The host of an address: `a.example` of `http://a.example/b`.
fn host(url: &str) -> &str {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

// ---- Milestone 1: one page ----

async fn patiently<W: Web>(web: &W, url: &str) -> Result<Page, Trouble> {
    // TODO: milestone 1
    todo!()
}

// ---- Milestone 2: many pages ----

async fn check_all<W: Web>(
    web: Arc<W>,
    urls: Vec<String>,
    most: usize,
) -> Vec<Result<Page, Trouble>> {
    // TODO: milestone 2
    todo!()
}

// ---- Milestones 3 and 4: the whole site, and an end ----

async fn crawl<W: Web>(
    web: Arc<W>,
    start: &str,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) -> Report {
    // TODO: milestone 3, without `stop`; then milestone 4
    todo!()
}

/// A web of three pages, for `main`.
struct Small;

impl Web for Small {
    async fn get(&self, url: &str) -> Result<Page, Failure> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let links: &[&str] = match url {
            "http://a/" => &["http://a/one", "http://a/two#top", "http://b/"],
            "http://a/one" => &["http://a/", "http://a/gone"],
            "http://a/two" | "http://b/" => &[],
            _ => return Err(Failure::NotFound),
        };
        Ok(Page { links: links.iter().map(|link| (*link).to_owned()).collect() })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bounds = Bounds { most: 4, per_host: 2 };
    let report = crawl(Arc::new(Small), "http://a/", bounds, std::future::pending()).await;
    for (url, result) in report.checked {
        println!("{url:<14} {result:?} {:?}", report.linked_from.get(&url));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::collections::HashMap;
    use std::future::pending;
    use std::sync::Mutex;
    use tokio::runtime::{Builder, Handle};
    use tokio::task::yield_now;
    use tokio::time::{Instant, sleep};
    use witness::{Log, Peak, Polls, within};

    const SECOND: Duration = Duration::from_secs(1);

    /// Runs a test on a clock that moves only when all wait, and ends it when it hangs.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(Duration::from_secs(40), || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let day = Duration::from_secs(86_400);
                let answer = tokio::time::timeout(day, test()).await;
                answer.expect("it does not end within a day of virtual time")
            })
        })
    }

    /// What a page of the test's web does when it is asked.
    #[derive(Clone, Debug, Default)]
    struct Acts {
        /// So long it takes.
        takes: Duration,
        /// So often it is busy first.
        busy: u32,
        panics: bool,
        links: Vec<String>,
    }

    #[derive(Default)]
    struct Site {
        pages: HashMap<String, Acts>,
        /// Which page was asked for, and when.
        asked: Log<(String, Duration)>,
        peak: Peak,
        hosts: Mutex<HashMap<String, Peak>>,
        begun: Mutex<Option<Instant>>,
        times: Mutex<HashMap<String, u32>>,
    }

    impl Site {
        /// A page `url` that takes so many seconds and has these links.
        fn page(mut self, url: &str, seconds: u32, links: &[&str]) -> Self {
            let links = links.iter().map(|link| (*link).to_owned()).collect();
            let acts = Acts { takes: SECOND * seconds, links, ..Acts::default() };
            self.pages.insert(url.to_owned(), acts);
            self
        }

        fn with(mut self, url: &str, change: impl FnOnce(&mut Acts)) -> Self {
            change(self.pages.entry(url.to_owned()).or_default());
            self
        }

        fn peak_of(&self, host: &str) -> Peak {
            self.hosts.lock().expect("no panic").entry(host.to_owned()).or_default().clone()
        }

        /// The seconds at which a page was asked for.
        fn seconds(&self, url: &str) -> Vec<f64> {
            let asked = self.asked.events();
            let of = asked.iter().filter(|(other, _)| other == url);
            of.map(|(_, at)| at.as_secs_f64()).collect()
        }
    }

    impl Web for Site {
        async fn get(&self, url: &str) -> Result<Page, Failure> {
            let now = Instant::now();
            let begun = *self.begun.lock().expect("no panic").get_or_insert(now);
            self.asked.push((url.to_owned(), now - begun));
            let (_here, _there) = (self.peak.enter(), self.peak_of(host(url)).enter());
            let Some(acts) = self.pages.get(url).cloned() else { return Err(Failure::NotFound) };
            if !acts.takes.is_zero() {
                sleep(acts.takes).await;
            }
            assert!(!acts.panics, "on purpose: this page panics");
            let mut times = self.times.lock().expect("no panic");
            let times = times.entry(url.to_owned()).or_default();
            *times += 1;
            if *times <= acts.busy {
                return Err(Failure::Busy);
            }
            Ok(Page { links: acts.links })
        }
    }

    fn alive() -> usize {
        Handle::current().metrics().num_alive_tasks()
    }

    // ---- Milestone 1 ----

    /// The answer, the second in which it came, and those in which the page was asked for.
    fn ask(site: Site) -> (Result<Page, Trouble>, f64, Vec<f64>) {
        paused(async move || {
            let begun = Instant::now();
            let answer = patiently(&site, "http://a/").await;
            (answer, begun.elapsed().as_secs_f64(), site.seconds("http://a/"))
        })
    }

    #[test]
    fn milestone_1_a_busy_host_is_asked_again() {
        let page = Page { links: vec!["http://a/b".into()] };
        let site = Site::default().page("http://a/", 0, &["http://a/b"]);
        assert_eq!(ask(site), (Ok(page.clone()), 0.0, vec![0.0]), "one that is there at once");
        let busy = |times| {
            let site = Site::default().page("http://a/", 0, &["http://a/b"]);
            site.with("http://a/", |acts| acts.busy = times)
        };
        assert_eq!(ask(busy(1)), (Ok(page.clone()), 1.0, vec![0.0, 1.0]), "busy once");
        assert_eq!(ask(busy(3)), (Ok(page), 7.0, vec![0.0, 1.0, 3.0, 7.0]), "busy three times");
        let late = (Err(Trouble::Late), 10.0, vec![0.0, 1.0, 3.0, 7.0]);
        assert_eq!(ask(busy(99)), late, "always busy: over after 10 s, in the middle of a pause");
        let gone = (Err(Trouble::NotFound), 0.0, vec![0.0]);
        assert_eq!(ask(Site::default()), gone, "one that is not there");
    }

    #[test]
    fn milestone_1_one_limit_holds_for_all_of_it() {
        let site = |seconds, times| {
            let site = Site::default().page("http://a/", seconds, &[]);
            site.with("http://a/", |acts| acts.busy = times)
        };
        let found = Ok(Page { links: vec![] });
        assert_eq!(ask(site(9, 0)), (found, 9.0, vec![0.0]), "an answer after 9 s");
        let late = Err(Trouble::Late);
        assert_eq!(ask(site(11, 0)), (late.clone(), 10.0, vec![0.0]), "one that would take 11 s");
        // 4 s, a pause of 1 s, 4 s, a pause of 2 s: the limit is in the pause.
        assert_eq!(ask(site(4, 9)), (late.clone(), 10.0, vec![0.0, 5.0]), "4 s, and busy");
        assert_eq!(ask(site(6, 1)), (late, 10.0, vec![0.0, 7.0]), "6 s, busy, and 6 s");
    }

    // ---- Milestone 2 ----

    fn urls(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("http://a/{n}")).collect()
    }

    /// A web in which page number n takes `seconds(n)`, and links to "n".
    fn numbered(count: usize, seconds: impl Fn(usize) -> u32) -> Site {
        urls(count)
            .iter()
            .enumerate()
            .fold(Site::default(), |site, (n, url)| site.page(url, seconds(n), &[&n.to_string()]))
    }

    #[test]
    fn milestone_2_the_answers_are_in_order_and_the_bound_is_used() {
        for (count, most) in [(9, 1), (9, 3), (40, 16), (16, 40), (0, 3)] {
            let (links, seconds, peak) = paused(async move || {
                let site = Arc::new(numbered(count, |_| 2));
                let begun = Instant::now();
                let answers = check_all(site.clone(), urls(count), most).await;
                let links =
                    answers.into_iter().map(|answer| answer.expect("they exist").links[0].clone());
                (links.collect::<Vec<_>>(), begun.elapsed().as_secs(), site.peak.max())
            });
            let wanted: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            assert_eq!(links, wanted, "{count} pages, in their order");
            assert_eq!(peak, most.min(count), "pages under way at once, of {count}; most {most}");
            let rounds = count.div_ceil(most) as u64;
            assert_eq!(seconds, 2 * rounds, "{count} pages of 2 s, {most} at once");
        }
    }

    #[test]
    fn milestone_2_a_slow_page_holds_up_no_other() {
        let seconds = paused(async || {
            // The first takes 9 s; meanwhile two others at a time take 1 s each.
            let site = numbered(19, |n| if n == 0 { 9 } else { 1 });
            let begun = Instant::now();
            check_all(Arc::new(site), urls(19), 3).await;
            begun.elapsed().as_secs()
        });
        assert_eq!(seconds, 9, "seconds: one page of 9 s, and 18 of 1 s beside it, three at once");
    }

    #[test]
    fn milestone_2_trouble_stays_with_its_page() {
        let answers = paused(async || {
            let site = numbered(6, |_| 1).with("http://a/1", |acts| acts.panics = true);
            let site = site.with("http://a/2", |acts| acts.busy = 99);
            let mut urls = urls(6);
            urls[4] = "http://a/gone".into();
            urls[5] = "http://a/0".into();
            let answers = check_all(Arc::new(site), urls, 2).await;
            answers
                .into_iter()
                .map(|answer| answer.map(|page| page.links[0].clone()))
                .collect::<Vec<_>>()
        });
        let wanted = [
            Ok("0".to_owned()),
            Err(Trouble::Panicked),
            Err(Trouble::Late),
            Ok("3".to_owned()),
            Err(Trouble::NotFound),
            Ok("0".to_owned()),
        ];
        assert_eq!(answers, wanted, "panics, always busy, and one that is not there");
    }

    #[test]
    fn milestone_2_who_is_given_twice_is_asked_twice() {
        let asked = paused(async || {
            let site = Arc::new(numbered(1, |_| 1));
            let answers = check_all(site.clone(), vec!["http://a/0".to_owned(); 3], 2).await;
            assert_eq!(answers.len(), 3, "answers about one page, given three times");
            site.seconds("http://a/0")
        });
        assert_eq!(asked, [0.0, 0.0, 1.0], "seconds in which this page was asked for");
    }

    #[test]
    fn milestone_2_nothing_goes_on_when_it_is_dropped() {
        paused(async || {
            let site = Arc::new(numbered(9, |_| 5));
            let mut all = Box::pin(check_all(site.clone(), urls(9), 3));
            assert!((&mut all).now_or_never().is_none());
            sleep(SECOND).await;
            assert_eq!(site.peak.now(), 3, "under way");
            drop(all);
            for _ in 0..9 {
                yield_now().await;
            }
            assert_eq!(site.peak.now(), 0, "under way after it was dropped");
            sleep(SECOND * 60).await;
            assert_eq!((site.peak.total(), alive()), (3, 0), "begun in all; tasks left");
        });
    }

    // ---- Milestone 3 ----

    struct Crawled {
        report: Report,
        seconds: u64,
        site: Arc<Site>,
        polls: usize,
    }

    fn crawled(site: Site, most: usize, per_host: usize) -> Crawled {
        paused(async move || {
            let (site, begun, polls) = (Arc::new(site), Instant::now(), Polls::new());
            let crawl = crawl(site.clone(), "http://a/#top", Bounds { most, per_host }, pending());
            let report = polls.watch(crawl).await;
            assert_eq!((site.peak.now(), alive()), (0, 0), "under way when it has returned; tasks");
            Crawled { report, seconds: begun.elapsed().as_secs(), site, polls: polls.count() }
        })
    }

    fn set(urls: &[&str]) -> BTreeSet<String> {
        urls.iter().map(|url| (*url).to_owned()).collect()
    }

    #[test]
    fn milestone_3_all_links_of_the_site_are_checked_once() {
        let site = Site::default()
            .page("http://a/", 1, &["http://a/one", "http://a/two#x", "http://b/", "http://a/one"])
            .page(
                "http://a/one",
                1,
                &["http://a/", "http://a/two#y", "http://a/gone", "http://a/one"],
            )
            .page("http://a/two", 1, &["http://b/#z", "http://b/gone"])
            .page("http://b/", 1, &["http://b/inner", "http://a/never"]);
        let Crawled { report, site, .. } = crawled(site, 9, 9);
        let found = |url: &str| (url.to_owned(), Ok(()));
        let gone = |url: &str| (url.to_owned(), Err(Trouble::NotFound));
        let checked = [
            found("http://a/"),
            gone("http://a/gone"),
            found("http://a/one"),
            found("http://a/two"),
            found("http://b/"),
            gone("http://b/gone"),
        ];
        assert_eq!(report.checked, checked.into());
        let from = [
            ("http://a/", set(&["http://a/one"])),
            ("http://a/gone", set(&["http://a/one"])),
            ("http://a/one", set(&["http://a/", "http://a/one"])),
            ("http://a/two", set(&["http://a/", "http://a/one"])),
            ("http://b/", set(&["http://a/", "http://a/two"])),
            ("http://b/gone", set(&["http://a/two"])),
        ];
        let from = from.map(|(url, from)| (url.to_owned(), from));
        assert_eq!(report.linked_from, from.into());
        assert_eq!(report.left, set(&[]), "known, and not checked");
        assert_eq!(site.asked.len(), 6, "each page is asked for once: {:?}", site.asked.events());
    }

    #[test]
    fn milestone_3_a_start_that_is_gone_is_a_report() {
        let Crawled { report, .. } = crawled(Site::default(), 9, 9);
        let wanted = Report {
            checked: [("http://a/".to_owned(), Err(Trouble::NotFound))].into(),
            ..Report::default()
        };
        assert_eq!(report, wanted);
    }

    #[test]
    fn milestone_3_a_page_is_begun_as_soon_as_it_is_known() {
        // Beside one page of 9 s, a chain of eight pages of 1 s each.
        let mut site = Site::default().page("http://a/", 1, &["http://a/slow", "http://a/1"]);
        site = site.page("http://a/slow", 9, &["http://a/1"]);
        for n in 1..=8 {
            site = site.page(&format!("http://a/{n}"), 1, &[&format!("http://a/{}", n + 1)]);
        }
        let Crawled { seconds, report, polls, .. } = crawled(site, 2, 2);
        assert_eq!(seconds, 10, "seconds: the chain does not wait for the slow page");
        assert_eq!(report.checked.len(), 11);
        assert!(polls <= 100, "polled {polls} times for 11 pages: it looks again and again");
    }

    #[test]
    fn milestone_3_both_bounds_hold_and_are_used() {
        // The start knows 12 pages of host a, 12 of host b, and 12 hosts with one page each.
        let mut links = Vec::new();
        for n in 0..12 {
            links.extend([
                format!("http://a/{n}"),
                format!("http://b/{n}"),
                format!("http://c{n}/"),
            ]);
        }
        links.sort();
        let all: Vec<&str> = links.iter().map(String::as_str).collect();
        for (most, per_host, wanted) in
            [(40, 3, 4), (40, 40, 1), (3, 3, 12), (16, 4, 3), (7, 1, 12)]
        {
            let mut site = Site::default().page("http://a/", 1, &all);
            for link in &all {
                site = site.page(link, 1, &[]);
            }
            let Crawled { site, seconds, report, .. } = crawled(site, most, per_host);
            assert_eq!(report.checked.len(), 37);
            let bounds = format!("most {most}, per host {per_host}");
            let (a, b) = (site.peak_of("a").max(), site.peak_of("b").max());
            assert!(site.peak.max() <= most, "{bounds}: {} were under way", site.peak.max());
            assert!(a <= per_host && b <= per_host, "{bounds}: {a} of host a, {b} of host b");
            assert_eq!(seconds, 1 + wanted, "{bounds}: seconds for 36 pages of 1 s");
        }
    }

    #[test]
    fn milestone_3_a_host_at_its_bound_holds_up_no_other() {
        let slow: Vec<String> = (0..20).map(|n| format!("http://slow/{n}")).collect();
        let mut links: Vec<&str> = slow.iter().map(String::as_str).collect();
        links.extend(["http://b/", "http://c/", "http://d/"]);
        let mut site = Site::default().page("http://a/", 1, &links);
        for link in &links {
            site = site.page(link, if link.contains("slow") { 5 } else { 1 }, &[]);
        }
        let Crawled { site, seconds, .. } = crawled(site, 3, 1);
        let begun = ["http://b/", "http://c/", "http://d/"].map(|url| site.seconds(url));
        assert_eq!(begun, [[1.0], [1.0], [2.0]], "seconds in which the other hosts were asked");
        assert_eq!(seconds, 101, "seconds: 20 pages of 5 s of one host, one after another");
    }

    #[test]
    fn milestone_3_who_is_known_for_longest_is_next() {
        // Neither by names nor by hosts: in the order in which they became known.
        let links = ["http://a/z", "http://a/m", "http://b/", "http://a/a", "http://c/"];
        let mut site = Site::default().page("http://a/", 1, &links);
        for link in links {
            site = site.page(link, 1, &["http://a/last"]);
        }
        let Crawled { site, .. } = crawled(site, 2, 2);
        let asked: Vec<String> = site.asked.events().into_iter().map(|(url, _)| url).collect();
        let wanted = [&["http://a/"][..], &links, &["http://a/last"]].concat();
        assert_eq!(asked, wanted, "the pages, as they were begun");
    }

    #[test]
    fn milestone_3_a_host_whose_name_begins_alike_is_another() {
        let site = Site::default()
            .page("http://a/", 1, &["http://ab/", "http://a.b/", "http://a/one"])
            .page("http://ab/", 1, &["http://ab/inner"])
            .page("http://a.b/", 1, &["http://a.b/inner"])
            .page("http://a/one", 1, &[]);
        let Crawled { report, .. } = crawled(site, 9, 9);
        let checked: Vec<&str> = report.checked.keys().map(String::as_str).collect();
        assert_eq!(checked, ["http://a.b/", "http://a/", "http://a/one", "http://ab/"]);
    }

    #[test]
    fn milestone_3_a_page_that_panics_is_one_row() {
        let site = Site::default()
            .page("http://a/", 1, &["http://a/bad", "http://a/good"])
            .page("http://a/good", 5, &["http://a/better"])
            .page("http://a/better", 1, &[])
            .with("http://a/bad", |acts| acts.panics = true);
        let Crawled { report, .. } = crawled(site, 1, 1);
        assert_eq!(report.checked["http://a/bad"], Err(Trouble::Panicked));
        assert_eq!(report.checked["http://a/better"], Ok(()), "its place came back");
    }

    // ---- Milestone 4 ----

    /// A start with 9 pages that take 1, 2, … 9 s, of which two are under way at once.
    fn nine() -> Site {
        let links: Vec<String> = (1..=9).map(|n| format!("http://a/{n}")).collect();
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        let site = Site::default().page("http://a/", 1, &links);
        (1..=9).fold(site, |site, n| site.page(&format!("http://a/{n}"), n, &["http://a/late"]))
    }

    /// The report, and the second in which it was there.
    fn stopped(after: Duration) -> (Report, f64, usize) {
        paused(async move || {
            let (site, begun) = (Arc::new(nine()), Instant::now());
            let bounds = Bounds { most: 2, per_host: 2 };
            let report = crawl(site.clone(), "http://a/", bounds, sleep(after)).await;
            let seconds = begun.elapsed().as_secs_f64();
            assert_eq!((site.peak.now(), alive()), (0, 0), "under way when it has returned; tasks");
            sleep(SECOND * 60).await;
            (report, seconds, site.asked.len())
        })
    }

    fn numbers(urls: impl Iterator<Item = String>) -> Vec<String> {
        urls.map(|url| url.trim_start_matches("http://a/").to_owned()).collect()
    }

    #[test]
    fn milestone_4_what_is_under_way_may_end() {
        // 1 and 2 begin after 1 s, 3 after 2 s, 4 after 3 s; it stops after 3.5 s, and 3 ends
        // after 5 s. 4 would end after 7 s.
        let (report, seconds, asked) = stopped(Duration::from_millis(3_500));
        assert_eq!(numbers(report.checked.into_keys()), ["", "1", "2", "3"], "checked");
        assert_eq!(
            numbers(report.left.into_iter()),
            ["4", "5", "6", "7", "8", "9", "late"],
            "left"
        );
        assert_eq!(seconds, 6.5, "seconds: the grace is over");
        assert_eq!(asked, 5, "pages that were asked for");
    }

    #[test]
    fn milestone_4_nothing_under_way_nothing_to_wait_for() {
        // 1 to 4 have begun, and all of them end within the grace.
        let (report, seconds, asked) = stopped(Duration::from_millis(4_500));
        assert_eq!(numbers(report.checked.into_keys()), ["", "1", "2", "3", "4"], "checked");
        assert_eq!(seconds, 7.0, "seconds: the last one under way has ended");
        assert_eq!(asked, 5, "pages that were asked for");
        let (report, seconds, _) = stopped(Duration::from_secs(0));
        assert!(report.checked.len() + report.left.len() >= 1, "the start is in the report");
        assert!(seconds <= 1.0, "{seconds} s for a crawl that was stopped at once");
    }

    #[test]
    fn milestone_4_a_stop_that_comes_late_changes_nothing() {
        let (report, seconds, asked) = stopped(SECOND * 500);
        assert_eq!((report.checked.len(), report.left.len(), asked), (11, 0, 11));
        assert_eq!(seconds, 26.0, "seconds for 9 pages of 1 to 9 s, two at once, after one of 1 s");
    }

    #[test]
    fn milestone_4_nothing_goes_on_when_it_is_dropped() {
        paused(async || {
            let (site, bounds) = (Arc::new(nine()), Bounds { most: 2, per_host: 2 });
            let mut crawl = Box::pin(crawl(site.clone(), "http://a/", bounds, pending()));
            let first = tokio::time::timeout(SECOND * 2 + SECOND / 2, &mut crawl).await;
            assert!(first.is_err(), "it is under way");
            drop(crawl);
            for _ in 0..9 {
                yield_now().await;
            }
            assert_eq!((site.peak.now(), alive()), (0, 0), "under way after it was dropped; tasks");
            let asked = site.asked.len();
            sleep(SECOND * 60).await;
            assert_eq!(site.asked.len(), asked, "it asks on");
        });
    }
}
