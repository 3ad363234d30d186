//! Following links: from the pages that were read to those that are read next.
//!
//! A crawl goes in rounds. The first has the pages that were given; each further one has the pages
//! that the rounds before have found, and begins when they have ended. So the distance of a page is
//! known before it is asked for, whoever answers first; a page is asked for once; and where the
//! bound on the number of pages cuts, it cuts at the same page in every run: the nearest are taken
//! first, and among those equally near the first by URL. The price is that a round waits for its
//! slowest page.
//!
//! A redirect leads to a page of the same distance. That page, and not the redirect, is what is
//! indexed; it is read in a round of its own, between those of its distance and of the next.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use dashmap::DashSet;
use foldhash::fast::RandomState;
use reqwest::Url;
use tokio::sync::OnceCell;

use super::failure::{Failure, Kind};
use super::html::Links;
use super::report::{Delay, Followed};
use super::robots::{Access, LONGEST_DELAY};
use super::sources::Source;

/// How far links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Links between a given page and the farthest that is read. With 0 only the given ones are.
    pub depth: u32,
    /// Pages that are taken, given ones included, whatever becomes of them.
    pub max_pages: usize,
}

/// Links longer than this are not followed: sitemaps have no longer ones either, and an endless
/// space of links grows them without end.
const LONGEST_URL: usize = 2_048;

/// One crawl. During a round any thread may add what it finds; between two rounds `next`
/// makes the next one.
#[derive(Debug)]
pub struct Crawl {
    follow: Follow,
    /// Redirects that are followed, one after the other.
    redirects: u32,
    /// The only sites that are visited, by scheme, host and port.
    sites: BTreeMap<String, Site>,
    /// Written between rounds only.
    round: RwLock<Round>,
    /// Pages that links lead to.
    linked: Found,
    /// Pages that redirects lead to.
    moved: Found,
    /// Where each redirect leads.
    targets: Mutex<BTreeMap<String, String>>,
}

/// Scheme, host and port.
#[derive(Debug)]
pub(super) struct Site {
    username: String,
    password: Option<String>,
    /// What its `robots.txt` says, once that has been asked for.
    pub(super) access: OnceCell<Access>,
}

#[derive(Debug, Default)]
struct Round {
    depth: u32,
    hops: u32,
    /// All pages of this round and of those before.
    seen: HashSet<String, RandomState>,
    /// Pages that were left out because there are enough.
    truncated: bool,
}

impl Crawl {
    /// A crawl of the sites of these sources, and its first round: the sources themselves. Files
    /// are among them, but nothing is followed from one.
    pub(super) fn begin(
        follow: Follow,
        redirects: u32,
        sources: Vec<Source>,
    ) -> (Crawl, Vec<Source>) {
        let (mut files, mut pages, mut sites) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
        for source in sources {
            let (Some(site), Source::Url(url)) = (source.site(), &source) else {
                files.push(source);
                continue;
            };
            let site = sites.entry(site).or_insert_with(Site::default);
            if site.username.is_empty() && site.password.is_none() {
                site.username = url.username().to_owned();
                site.password = url.password().map(str::to_owned);
            }
            pages.insert(canonical(url.clone()).into());
        }
        let crawl = Crawl {
            follow,
            redirects,
            sites,
            round: RwLock::default(),
            linked: Found::default(),
            moved: Found::default(),
            targets: Mutex::default(),
        };
        let mut round = files;
        round.extend(crawl.admit(&mut write(&crawl.round), pages.into_iter().collect()));
        (crawl, round)
    }

    /// The next round, or nothing if the crawl is over. Nothing may be added meanwhile.
    pub(super) fn next(&self) -> Vec<Source> {
        let mut round = write(&self.round);
        let unseen = |mut urls: Vec<String>| {
            urls.retain(|url| !round.seen.contains(url));
            urls
        };
        let moved = unseen(self.moved.take());
        if moved.is_empty() {
            let linked = unseen(self.linked.take());
            (round.depth, round.hops) = (round.depth + 1, 0);
            self.admit(&mut round, linked)
        } else {
            round.hops += 1;
            self.admit(&mut round, moved)
        }
    }

    /// Takes so many of the pages as there is room for.
    fn admit(&self, round: &mut Round, mut urls: Vec<String>) -> Vec<Source> {
        let room = self.room(round);
        round.truncated |= urls.len() > room;
        urls.truncate(room);
        round.seen.extend(urls.iter().cloned());
        urls.iter().map(|url| self.source(url)).collect()
    }

    fn room(&self, round: &Round) -> usize {
        self.follow.max_pages - round.seen.len()
    }

    /// The pages that a page leads to and that no round has had yet, canonical and sorted. This
    /// computes.
    pub(super) fn links(&self, page: &str, links: &Links) -> Vec<String> {
        let round = read(&self.round);
        let Ok(page) = Url::parse(page) else { return Vec::new() };
        if round.depth >= self.follow.depth {
            return Vec::new();
        }
        let base = links.base.as_ref().and_then(|base| page.join(base).ok());
        let base = base.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or(page);
        let found: BTreeSet<String> = links
            .hrefs
            .iter()
            .filter_map(|href| self.canonical(base.join(href).ok()?))
            .filter(|url| !round.seen.contains(url))
            .collect();
        found.into_iter().collect()
    }

    /// Adds pages for the next round.
    pub(super) fn add(&self, links: &[String]) {
        let round = read(&self.round);
        let room = self.room(&round);
        for url in links.iter().filter(|url| !round.seen.contains(*url)) {
            self.linked.add(url, room);
        }
    }

    /// Notes that a page is a redirect.
    ///
    /// # Errors
    /// If it leads where the crawl does not go.
    pub(super) fn redirect(&self, from: &str, to: &str) -> Result<(), (Kind, String)> {
        let target = Url::parse(to).ok().and_then(|to| self.canonical(to));
        let Some(target) = target else {
            return Err((Kind::OffHost, format!("redirects off the given hosts, to {to}")));
        };
        let round = read(&self.round);
        if !round.seen.contains(&target) {
            if round.hops >= self.redirects {
                return Err((Kind::Redirect, format!("more than {} redirects", self.redirects)));
            }
            self.moved.add(&target, self.room(&round));
        }
        lock(&self.targets).insert(from.to_owned(), target);
        Ok(())
    }

    /// The redirects that lead to themselves, at once or through others. Nothing that is read
    /// stands behind them.
    pub(super) fn circles(&self) -> Vec<Failure> {
        let targets = lock(&self.targets);
        let mut circles = Vec::new();
        let mut walked: HashSet<&String> = HashSet::new();
        for start in targets.keys() {
            let mut path: Vec<&String> = Vec::new();
            let mut next = Some(start);
            while let Some(url) = next.filter(|url| walked.insert(url)) {
                path.push(url);
                // The end of the path is a page, if it is no redirect.
                next = targets.get(url).filter(|to| targets.contains_key(*to));
            }
            let circle = path.iter().position(|url| Some(*url) == next);
            circles.extend(circle.into_iter().flat_map(|at| &path[at..]).map(|url| Failure {
                url: (*url).clone(),
                kind: Kind::Redirect,
                detail: format!("redirects in a circle, to {}", targets[*url]),
            }));
        }
        circles
    }

    /// Pages that were found and are in no round yet; all that the crawl would take, at most.
    pub(super) fn waiting(&self) -> usize {
        let round = read(&self.round);
        let mut found: BTreeSet<String> = self.moved.take().into_iter().collect();
        found.extend(self.linked.take());
        found.retain(|url| !round.seen.contains(url));
        found.len().min(self.room(&round))
    }

    /// What the report says of the crawl; some pages were redirects, and some wait.
    pub(super) fn report(&self, redirects: usize, waiting: usize) -> Followed {
        let round = read(&self.round);
        let truncated = round.truncated || self.linked.truncated() || self.moved.truncated();
        let delays = self.sites.iter().filter_map(|(site, Site { access, .. })| {
            let asked = access.get()?.delay()?;
            Some(Delay {
                site: site.clone(),
                asked: asked.as_secs_f64(),
                kept: asked.min(LONGEST_DELAY).as_secs_f64(),
            })
        });
        Followed {
            depth: self.follow.depth,
            pages: round.seen.len() + waiting,
            redirects,
            truncated,
            delays: delays.collect(),
        }
    }

    /// A site of the crawl.
    ///
    /// # Panics
    /// If it is none.
    pub(super) fn site(&self, name: &str) -> &Site {
        &self.sites[name]
    }

    /// The canonical form of a URL, if the crawl goes there.
    fn canonical(&self, url: Url) -> Option<String> {
        let ours = url.as_str().len() <= LONGEST_URL
            && matches!(url.scheme(), "http" | "https")
            && self.sites.contains_key(&url.origin().ascii_serialization());
        ours.then(|| canonical(url).into())
    }

    /// A page as a source, with the name and password that its site was given with.
    fn source(&self, url: &str) -> Source {
        let mut url: Url = url.parse().expect("a canonical URL is a URL");
        let Site { username, password, .. } = self.site(&url.origin().ascii_serialization());
        // Neither can fail on a URL that has a host, as http and https have.
        let _ = (url.set_username(username), url.set_password(password.as_deref()));
        Source::Url(url)
    }
}

impl Default for Site {
    fn default() -> Self {
        Site { username: String::new(), password: None, access: OnceCell::new() }
    }
}

/// The one form of the many that name the same page (RFC 3986, section 6.2): no fragment, no name
/// and password, no default port, no dot segments, and no percent-encoding but where it must be.
pub fn canonical(mut url: Url) -> Url {
    url.set_fragment(None);
    // Neither can fail on a URL that has a host, as http and https have.
    let _ = (url.set_username(""), url.set_password(None));
    // The parser has seen to the case of scheme and host, to the port and to the dot segments.
    if let Cow::Owned(path) = decoded(url.path()) {
        url.set_path(&path);
    }
    if let Some(Cow::Owned(query)) = url.query().map(decoded) {
        url.set_query(Some(&query));
    }
    url
}

/// Text whose percent-encoded octets are those that must be, in capitals. Text with a percent sign
/// that encodes nothing is left as it is: decoding what stands behind it could make another octet.
fn decoded(text: &str) -> Cow<'_, str> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let octet = part.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match octet.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(byte.into());
            }
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => return Cow::Borrowed(text),
        }
        out.push_str(&part[2..]);
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Pages for a coming round, added by many threads. However many are found, only so many are kept
/// in memory as there may be room for, or twice that: the first by URL, whoever found them.
#[derive(Debug, Default)]
struct Found {
    urls: DashSet<String, RandomState>,
    count: AtomicUsize,
    /// Pages behind this one are left out. Held for writing while `urls` is cut.
    last: RwLock<Option<String>>,
    truncated: AtomicBool,
}

/// So that a small room is not cut again and again.
const SLACK: usize = 1_000;

impl Found {
    /// Adds a page, of which there is room for so many.
    fn add(&self, url: &str, room: usize) {
        {
            let last = read(&self.last);
            if room == 0 || last.as_deref().is_some_and(|last| url > last) {
                self.truncated.store(true, Ordering::Relaxed);
                return;
            }
            // Most are known: this finds them by reference and locks for reading.
            if self.urls.contains(url) || !self.urls.insert(url.to_owned()) {
                return;
            }
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        if self.count.load(Ordering::Relaxed) > 2 * room + SLACK {
            self.cut(room);
        }
    }

    fn cut(&self, room: usize) {
        let mut last = write(&self.last);
        // Another thread may have done it while this one waited for the lock.
        if self.count.load(Ordering::Relaxed) <= 2 * room + SLACK {
            return;
        }
        let mut urls: Vec<String> = self.urls.iter().map(|url| url.clone()).collect();
        let (_, end, _) = urls.select_nth_unstable(room - 1);
        self.urls.retain(|url| *url <= *end);
        self.count.store(room, Ordering::Relaxed);
        *last = Some(mem::take(end));
        self.truncated.store(true, Ordering::Relaxed);
    }

    /// Takes all, sorted.
    fn take(&self) -> Vec<String> {
        let mut urls: Vec<String> = self.urls.iter().map(|url| url.clone()).collect();
        self.urls.clear();
        self.count.store(0, Ordering::Relaxed);
        *write(&self.last) = None;
        urls.sort_unstable();
        urls
    }

    fn truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }
}

// Nothing panics while it holds one of these, and nothing awaits.

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rayon::prelude::*;

    fn begin(depth: u32, max_pages: usize, urls: &[&str]) -> (Crawl, Vec<String>) {
        let sources =
            urls.iter().map(|url| Source::Url(url.parse().expect("it is a URL"))).collect();
        let (crawl, round) = Crawl::begin(Follow { depth, max_pages }, 2, sources);
        (crawl, round.iter().map(ToString::to_string).collect())
    }

    fn next(crawl: &Crawl) -> Vec<String> {
        crawl.next().iter().map(ToString::to_string).collect()
    }

    fn found(crawl: &Crawl, page: &str, base: Option<&str>, hrefs: &[&str]) -> Vec<String> {
        let links = Links {
            base: base.map(str::to_owned),
            hrefs: hrefs.iter().map(|&href| href.to_owned()).collect(),
            ..Links::default()
        };
        crawl.links(page, &links)
    }

    fn canonical(url: &str) -> String {
        super::canonical(url.parse().expect("it is a URL")).into()
    }

    #[test]
    fn a_page_has_one_name() {
        for (form, name) in [
            ("HTTP://EXAMPLE.org:80", "http://example.org/"),
            ("https://a:443/x#y", "https://a/x"),
            ("http://a:443/", "http://a:443/"),
            ("http://me:secret@a/", "http://a/"),
            ("http://a/b/./c/../d", "http://a/b/d"),
            ("http://a/b/%2E%2e/d", "http://a/d"),
            ("http://a/%7eme/%61%2fb%c3%a4", "http://a/~me/a%2Fb%C3%A4"),
            ("http://a/ä b", "http://a/%C3%A4%20b"),
            ("http://a/100%/%41?x=%3d%41", "http://a/100%/%41?x=%3DA"),
            ("http://a/%a%30", "http://a/%a%30"),
        ] {
            assert_eq!(canonical(form), name, "{form}");
        }
        assert_ne!(canonical("http://a/x?y"), canonical("http://a/x?Y"));
        assert_ne!(canonical("http://a/x/"), canonical("http://a/x"));
    }

    #[test]
    fn links_are_relative_to_the_base_and_stay_on_the_hosts() {
        let (crawl, _) = begin(1, 100, &["http://a/x/", "https://b:8443/"]);
        let hrefs = [
            "y",
            "./y",
            "../x/y",
            "/z",
            "//a/z",
            "http://a:80/z",
            "https://a/z",
            "http://b:8443/",
            "https://b:8443/c",
            "mailto:x@a",
            "javascript:void(0)",
            "",
        ];
        assert_eq!(
            found(&crawl, "http://a/x/", None, &hrefs),
            ["http://a/x/y", "http://a/z", "https://b:8443/c"]
        );
        assert_eq!(
            found(&crawl, "http://a/x/", Some("/w/"), &["y", ""]),
            ["http://a/w/", "http://a/w/y"]
        );
        assert!(found(&crawl, "http://a/x/", Some("http://elsewhere/"), &["y"]).is_empty());
        assert_eq!(found(&crawl, "http://a/x/", Some("data:,x"), &["y"]), ["http://a/x/y"]);
        let long = "a".repeat(LONGEST_URL);
        assert!(found(&crawl, "http://a/x/", None, &[&long]).is_empty());
    }

    #[test]
    fn a_page_is_in_one_round_and_no_round_is_too_far() {
        let (crawl, first) = begin(2, 100, &["http://a/", "http://a:80/#x"]);
        assert_eq!(first, ["http://a/"]);
        for expected in ["http://a/1", "http://a/2"] {
            let links = found(&crawl, "http://a/", None, &["/", "1", "1", expected]);
            crawl.add(&links);
            assert_eq!(next(&crawl), [expected]);
        }
        assert!(found(&crawl, "http://a/2", None, &["3"]).is_empty());
        assert!(next(&crawl).is_empty());
    }

    #[test]
    fn the_password_of_a_site_is_used_on_its_pages_and_on_no_other() {
        let (crawl, _) = begin(1, 100, &["http://me:secret@a/", "http://b/"]);
        crawl.add(&found(&crawl, "http://a/", None, &["/1", "http://you:guess@b/2"]));
        let passwords: Vec<_> = crawl
            .next()
            .iter()
            .map(|source| match source {
                Source::Url(url) => (source.to_string(), url.password().map(str::to_owned)),
                Source::File(_) => unreachable!("no file was given"),
            })
            .collect();
        let secret = Some("secret".to_owned());
        assert_eq!(passwords, [("http://a/1".into(), secret), ("http://b/2".into(), None)]);
    }

    #[test]
    fn a_redirect_has_a_round_between_and_its_target_its_distance() {
        let (crawl, _) = begin(1, 100, &["http://a/"]);
        crawl.add(&["http://a/next".to_owned()]);
        assert_eq!(crawl.redirect("http://a/", "http://a/1#x"), Ok(()));
        assert_eq!(next(&crawl), ["http://a/1"]);
        assert_eq!(crawl.redirect("http://a/1", "http://a/2"), Ok(()));
        assert_eq!(next(&crawl), ["http://a/2"]);
        let (kind, detail) =
            crawl.redirect("http://a/2", "http://a/3").expect_err("two are enough");
        assert_eq!((kind, &*detail), (Kind::Redirect, "more than 2 redirects"));
        let (kind, _) = crawl.redirect("http://a/2", "http://b/").expect_err("it is another host");
        assert_eq!(kind, Kind::OffHost);
        assert_eq!(found(&crawl, "http://a/2", None, &["far", "1"]), ["http://a/far"]);
        assert_eq!(next(&crawl), ["http://a/next"]);
        assert!(crawl.circles().is_empty());
    }

    #[test]
    fn a_circle_of_redirects_is_found_whoever_leads_into_it() {
        let urls = ["http://a/in", "http://a/x", "http://a/y", "http://a/z", "http://a/me"];
        let (crawl, _) = begin(0, 100, &urls);
        for (from, to) in [("in", "x"), ("x", "y"), ("y", "x"), ("z", "page"), ("me", "me")] {
            let url = |path| format!("http://a/{path}");
            assert_eq!(crawl.redirect(&url(from), &url(to)), Ok(()));
        }
        let circles: Vec<_> = crawl.circles().into_iter().map(|failure| failure.url).collect();
        assert_eq!(circles, ["http://a/x", "http://a/y", "http://a/me"].map(String::from));
    }

    #[test]
    fn the_bound_keeps_the_first_by_name_whoever_found_them() {
        let all: Vec<String> = (0..30_000).map(|nth| format!("http://a/{nth:05}")).collect();
        for room in [0, 1, 700] {
            let (crawl, _) = begin(1, room + 1, &["http://a/"]);
            // Backwards, from many threads: the first by name come last.
            all.par_chunks(100).rev().for_each(|chunk| crawl.add(chunk));
            let kept = crawl.linked.urls.len();
            assert!(kept <= 2 * room + SLACK, "{kept} pages are kept for {room}");
            assert_eq!(next(&crawl), &all[..room]);
            assert!(crawl.report(0, 0).truncated);
        }
    }

    #[test]
    fn what_fits_is_not_called_truncated() {
        let (crawl, _) = begin(1, 3, &["http://a/"]);
        crawl.add(&["http://a/1", "http://a/2", "http://a/1", "http://a/"].map(String::from));
        assert_eq!(next(&crawl).len(), 2);
        assert!(!crawl.report(0, 0).truncated);
    }

    proptest! {
        #[test]
        fn a_canonical_url_is_its_own(rest in "(/|\\.|%2e|%2F|%[0-9a-f]{2}|%|[a-z~ä ?&=]){0,12}") {
            let once = canonical(&format!("http://a/{rest}"));
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
