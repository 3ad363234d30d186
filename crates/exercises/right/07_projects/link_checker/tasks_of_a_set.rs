// A `JoinSet`: each page is a task, and all of them end with the set.

use futures::stream;
use futures::{FutureExt, StreamExt};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

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
    // One deadline around everything, pauses included.
    let answer = timeout(LIMIT, async {
        let mut pause = Duration::from_secs(1);
        loop {
            match web.get(url).await {
                Ok(page) => return Ok(page),
                Err(Failure::NotFound) => return Err(Trouble::NotFound),
                Err(Failure::Busy) => sleep(pause).await,
            }
            pause *= 2;
        }
    });
    answer.await.unwrap_or(Err(Trouble::Late))
}

/// A page that may panic: that is its own trouble.
async fn check<W: Web>(web: Arc<W>, url: String) -> (String, Result<Page, Trouble>) {
    let answer = AssertUnwindSafe(patiently(&*web, &url)).catch_unwind().await;
    (url, answer.unwrap_or(Err(Trouble::Panicked)))
}

// ---- Milestone 2: many pages ----

async fn check_all<W: Web>(
    web: Arc<W>,
    urls: Vec<String>,
    most: usize,
) -> Vec<Result<Page, Trouble>> {
    let checks = urls.into_iter().enumerate().map(|(index, url)| {
        let web = web.clone();
        async move { (index, check(web, url).await.1) }
    });
    // In the order in which they end: `buffered` would keep a place for each that waits for its turn.
    let mut answers: Vec<_> = stream::iter(checks).buffer_unordered(most).collect().await;
    answers.sort_by_key(|&(index, _)| index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

// ---- Milestones 3 and 4: the whole site, and an end ----

async fn crawl<W: Web>(
    web: Arc<W>,
    start: &str,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) -> Report {
    let mut stop = pin!(stop);
    let start = without_fragment(start);
    let mut report = Report::default();
    let mut known = HashSet::from([start.to_owned()]);
    let mut waiting = VecDeque::from([start.to_owned()]);
    let mut busy: HashMap<String, usize> = HashMap::new();
    let mut under_way = tokio::task::JoinSet::new();
    // When what is under way must end.
    let mut end = None;
    loop {
        // Once it shall stop, nothing else is begun.
        while end.is_none() && under_way.len() < bounds.most {
            let is_free = |url: &String| busy.get(host(url)).is_none_or(|&n| n < bounds.per_host);
            let Some(at) = waiting.iter().position(is_free) else { break };
            let url = waiting.remove(at).expect("it was found there");
            *busy.entry(host(&url).to_owned()).or_default() += 1;
            under_way.spawn(check(web.clone(), url));
        }
        let limit = async {
            match end {
                Some(end) => sleep_until(end).await,
                None => stop.as_mut().await,
            }
        };
        let (url, answer) = tokio::select! {
            biased;
            landed = under_way.join_next() => match landed {
                Some(landed) => landed.expect("a panic is caught inside"),
                None => break,
            },
            () = limit => match end {
                None => {
                    end = Some(Instant::now() + GRACE);
                    continue;
                }
                Some(_) => break,
            },
        };
        *busy.get_mut(host(&url)).expect("it was under way") -= 1;
        if let Ok(page) = &answer
            && host(&url) == host(start)
        {
            for link in page.links.iter().map(|link| without_fragment(link)) {
                report.linked_from.entry(link.to_owned()).or_default().insert(url.clone());
                if known.insert(link.to_owned()) {
                    waiting.push_back(link.to_owned());
                }
            }
        }
        report.checked.insert(url, answer.map(|_| ()));
    }
    let left = known.into_iter().filter(|url| !report.checked.contains_key(url));
    report.left = left.collect();
    under_way.shutdown().await;
    report
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
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
