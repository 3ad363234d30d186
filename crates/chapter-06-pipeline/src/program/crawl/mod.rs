//! Following links: from the pages that were read to those that are read next.
//!
//! [`canonical`](canonical::canonical) gives each page one name, the frontier keeps those that were
//! found, and [`robots`] says which may be asked for.
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

pub mod canonical;
mod frontier;
mod locks;
pub mod robots;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, RwLock};

use foldhash::fast::RandomState;
use reqwest::Url;
use tokio::sync::OnceCell;

use self::canonical::canonical;
use self::frontier::Frontier;
use self::locks::{lock, read, write};
use self::robots::{Access, LONGEST_DELAY};
use super::digest::html::Links;
use super::failure::{Failure, Kind};
use super::report::{Delay, Followed};
use super::source::Source;

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
    linked: Frontier,
    /// Pages that redirects lead to.
    moved: Frontier,
    /// Where each redirect leads.
    targets: Mutex<BTreeMap<String, String>>,
}

/// Scheme, host and port.
#[derive(Debug)]
pub(in crate::program) struct Site {
    username: String,
    password: Option<String>,
    /// Its `robots.txt`, once that has been asked for.
    pub(in crate::program) access: OnceCell<Arc<Access>>,
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
    pub(in crate::program) fn begin(
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
            linked: Frontier::default(),
            moved: Frontier::default(),
            targets: Mutex::default(),
        };
        let mut round = files;
        round.extend(crawl.admit(&mut write(&crawl.round), pages.into_iter().collect()));
        (crawl, round)
    }

    /// The next round, or nothing if the crawl is over. Nothing may be added meanwhile.
    pub(in crate::program) fn next(&self) -> Vec<Source> {
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

    /// Takes as many of the pages as there is room for.
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
    pub(in crate::program) fn links(&self, page: &str, links: &Links) -> Vec<String> {
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
    pub(in crate::program) fn add(&self, links: &[String]) {
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
    pub(in crate::program) fn redirect(&self, from: &str, to: &str) -> Result<(), (Kind, String)> {
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

    /// The loops of redirects that lead to themselves, at once or through others. Nothing that is
    /// read stands behind them.
    pub(in crate::program) fn redirect_loops(&self) -> Vec<Failure> {
        let targets = lock(&self.targets);
        let mut loops = Vec::new();
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
            loops.extend(circle.into_iter().flat_map(|at| &path[at..]).map(|url| Failure {
                url: (*url).clone(),
                kind: Kind::Redirect,
                detail: format!("redirects in a circle, to {}", targets[*url]),
            }));
        }
        loops
    }

    /// Pages that were found and are in no round yet; all that the crawl would take, at most.
    pub(in crate::program) fn waiting(&self) -> usize {
        let round = read(&self.round);
        let mut found: BTreeSet<String> = self.moved.take().into_iter().collect();
        found.extend(self.linked.take());
        found.retain(|url| !round.seen.contains(url));
        found.len().min(self.room(&round))
    }

    /// The crawl in numbers; `redirects` of its pages were redirects, and `waiting` were not begun.
    pub(in crate::program) fn report(&self, redirects: usize, waiting: usize) -> Followed {
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
    pub(in crate::program) fn site(&self, name: &str) -> &Site {
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

#[cfg(test)]
mod tests;
