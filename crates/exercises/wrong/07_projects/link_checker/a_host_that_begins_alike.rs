// Takes the pages of a host whose name begins alike for pages of the site.
// => failed milestone_3_a_host_whose_name_begins_alike_is_another

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

use std::collections::HashMap;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

async fn patiently<W: Web>(web: &W, url: &str) -> Result<Page, Trouble> {
    let asking = async {
        let mut pause = Duration::from_secs(1);
        loop {
            match web.get(url).await {
                Ok(page) => return Ok(page),
                Err(Failure::NotFound) => return Err(Trouble::NotFound),
                Err(Failure::Busy) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
    };
    match tokio::time::timeout(LIMIT, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(Trouble::Late),
    }
}

type Answer = Result<Page, Trouble>;

/// Pages under way, each with a mark.
struct UnderWay<T> {
    tasks: JoinSet<Answer>,
    marks: HashMap<Id, T>,
}

impl<T> UnderWay<T> {
    fn new() -> Self {
        UnderWay { tasks: JoinSet::new(), marks: HashMap::new() }
    }

    fn begin<W: Web>(&mut self, web: &Arc<W>, url: String, mark: T) {
        let web = Arc::clone(web);
        let task = self.tasks.spawn(async move { patiently(&*web, &url).await });
        self.marks.insert(task.id(), mark);
    }

    async fn next(&mut self) -> Option<(T, Answer)> {
        let (id, answer) = match self.tasks.join_next_with_id().await? {
            Ok((id, answer)) => (id, answer),
            Err(error) => (error.id(), Err(Trouble::Panicked)),
        };
        let mark = self.marks.remove(&id).expect("it was begun");
        Some((mark, answer))
    }
}

async fn check_all<W: Web>(
    web: Arc<W>,
    urls: Vec<String>,
    most: usize,
) -> Vec<Result<Page, Trouble>> {
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut under_way = UnderWay::new();
    let mut rest = urls.into_iter().enumerate();
    loop {
        while under_way.marks.len() < most.max(1) {
            let Some((index, url)) = rest.next() else { break };
            under_way.begin(&web, url, index);
        }
        match under_way.next().await {
            Some((index, answer)) => answers.insert(index, answer),
            None => break,
        };
    }
    answers.into_values().collect()
}

fn page_of(link: &str) -> String {
    link.split('#').next().unwrap_or_default().to_string()
}

struct Crawl {
    home: String,
    bounds: Bounds,
    known: BTreeSet<String>,
    waiting: Vec<String>,
    busy: HashMap<String, usize>,
    report: Report,
}

impl Crawl {
    /// The first that may begin.
    fn pick(&mut self) -> Option<String> {
        let per_host = self.bounds.per_host;
        let busy = &self.busy;
        let free = |url: &String| busy.get(host(url)).copied().unwrap_or(0) < per_host;
        let index = self.waiting.iter().position(free)?;
        let url = self.waiting.remove(index);
        *self.busy.entry(host(&url).to_string()).or_insert(0) += 1;
        Some(url)
    }

    fn take_in(&mut self, url: String, answer: Answer) {
        if let Some(many) = self.busy.get_mut(host(&url)) {
            *many -= 1;
        }
        if let (Ok(page), true) = (&answer, host(&url).starts_with(self.home.as_str())) {
            for link in &page.links {
                let to = page_of(link);
                if self.known.insert(to.clone()) {
                    self.waiting.push(to.clone());
                }
                self.report.linked_from.entry(to).or_default().insert(url.clone());
            }
        }
        self.report.checked.insert(url, answer.map(|_| ()));
    }
}

async fn crawl<W: Web>(
    web: Arc<W>,
    start: &str,
    bounds: Bounds,
    stop: impl Future<Output = ()>,
) -> Report {
    let start = page_of(start);
    let mut site = Crawl {
        home: host(&start).to_string(),
        bounds,
        known: BTreeSet::from([start.clone()]),
        waiting: vec![start],
        busy: HashMap::new(),
        report: Report::default(),
    };
    let mut under_way: UnderWay<String> = UnderWay::new();
    let mut stop = std::pin::pin!(stop);
    let mut stopped = false;
    while !stopped {
        tokio::select! {
            biased;
            _ = &mut stop => {
                stopped = true;
                continue;
            }
            _ = std::future::ready(()) => {}
        }
        while under_way.marks.len() < bounds.most {
            let Some(url) = site.pick() else { break };
            under_way.begin(&web, url.clone(), url);
        }
        tokio::select! {
            biased;
            _ = &mut stop => stopped = true,
            ended = under_way.next() => match ended {
                Some((url, answer)) => site.take_in(url, answer),
                None => break,
            },
        }
    }
    let end = Instant::now() + GRACE;
    while let Ok(Some((url, answer))) = tokio::time::timeout_at(end, under_way.next()).await {
        site.take_in(url, answer);
    }
    under_way.tasks.shutdown().await;
    let Crawl { known, mut report, .. } = site;
    report.left = known.into_iter().filter(|url| !report.checked.contains_key(url)).collect();
    report
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bounds = Bounds { most: 4, per_host: 2 };
    let report = crawl(Arc::new(Small), "http://a/", bounds, std::future::pending()).await;
    for (url, result) in report.checked {
        println!("{url:<14} {result:?} {:?}", report.linked_from.get(&url));
    }
}
