//! Following links: from the pages that were read to those that are read next.
//!
//! [`canonical`](canonical::canonical) gives each page one name, by which it is
//! known; it is asked for as it was written, for to some servers two forms are
//! two pages. The frontier keeps those that were found, and [`robots`] says
//! which may be asked for.
//!
//! A crawl goes in rounds. The first has the pages that were given; each
//! further one has the pages that the rounds before have found, and begins when
//! they have ended. So the distance of a page is known before it is asked for,
//! whoever answers first; a page is asked for once; and where the bound on the
//! number of pages cuts, it cuts at the same page in every run: the nearest are
//! taken first, and among those equally near the first by URL. The price is
//! that a round waits for its slowest page.
//!
//! A redirect leads to a page of the same distance. That page, and not the
//! redirect, is what is indexed; it is read in a round of its own, between
//! those of its distance and of the next.

pub mod canonical;
mod frontier;
mod locks;
pub mod robots;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};

use encoding_rs::{Encoding, UTF_8};
use foldhash::fast::RandomState;
use reqwest::Url;
use tokio::sync::OnceCell;

use self::canonical::canonical;
use self::frontier::{Frontier, is_better};
use self::locks::{lock, read, write};
use self::robots::{Access, LONGEST_DELAY};
use super::digest::html::Links;
use super::failure::{Failure, Kind};
use super::report::{Delay, Followed};
use super::source::{Source, without_password};

/// How far links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Links between a given page and the farthest that is read. With 0 only
    /// the given ones are.
    pub depth: u32,
    /// Pages that are taken, given ones included, whatever becomes of them.
    pub max_pages: usize,
}

/// Links longer than this are not followed: sitemaps have no longer ones
/// either, and an endless space of links grows them without end.
const LONGEST_URL: usize = 2_048;

/// One crawl. During a round any thread may add what it finds; between two
/// rounds `next` makes the next one.
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
    /// Of those that are asked for in another form than their name, the form.
    forms: HashMap<String, String, RandomState>,
    /// Pages that were left out because there are enough.
    truncated: bool,
}

impl Crawl {
    /// A crawl of the sites of these sources, and its first round: the sources
    /// themselves. Files are among them, but nothing is followed from one.
    pub(in crate::program) fn begin(
        follow: Follow,
        redirects: u32,
        sources: Vec<Source>,
    ) -> (Crawl, Vec<Source>) {
        let (mut files, mut sites) = (Vec::new(), BTreeMap::new());
        let mut pages: BTreeMap<String, String> = BTreeMap::new();
        for source in sources {
            let (Some(site), Source::Url(url)) = (source.site(), &source)
            else {
                files.push(source);
                continue;
            };
            let site = sites.entry(site).or_insert_with(Site::default);
            if site.username.is_empty() && site.password.is_none() {
                site.username = url.username().to_owned();
                site.password = url.password().map(str::to_owned);
            }
            let (name, written) = names(url);
            if pages
                .get(&name)
                .is_none_or(|known| is_better(&name, &written, known))
            {
                pages.insert(name, written);
            }
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
        round.extend(
            crawl.admit(&mut write(&crawl.round), pages.into_iter().collect()),
        );
        (crawl, round)
    }

    /// The next round, or nothing if the crawl is over. Nothing may be added
    /// meanwhile.
    pub(in crate::program) fn next(&self) -> Vec<Source> {
        let mut round = write(&self.round);
        let unseen = |mut urls: Vec<(String, String)>| {
            urls.retain(|(name, _)| !round.seen.contains(name));
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
    fn admit(
        &self,
        round: &mut Round,
        mut urls: Vec<(String, String)>,
    ) -> Vec<Source> {
        let room = self.room(round);
        round.truncated |= urls.len() > room;
        urls.truncate(room);
        let sources =
            urls.iter().map(|(_, written)| self.source(written)).collect();
        for (name, written) in urls {
            if written != name {
                round.forms.insert(name.clone(), written);
            }
            round.seen.insert(name);
        }
        sources
    }

    fn room(&self, round: &Round) -> usize {
        self.follow.max_pages - round.seen.len()
    }

    /// The pages that a page leads to and that no round has had yet, each once,
    /// as it is written, in order of their names. This computes.
    pub(in crate::program) fn links(
        &self,
        page: &str,
        links: &Links,
    ) -> Vec<String> {
        let round = read(&self.round);
        let Ok(page) = Url::parse(page) else { return Vec::new() };
        if round.depth >= self.follow.depth {
            return Vec::new();
        }
        let base = links.base.as_ref().and_then(|base| page.join(base).ok());
        let base = base
            .filter(|base| matches!(base.scheme(), "http" | "https"))
            .unwrap_or(page);
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for href in &links.hrefs {
            let Some(url) = join(&base, href, links.encoding) else { continue };
            if !self.is_ours(&url) {
                continue;
            }
            let (name, written) = names(&url);
            if !round.seen.contains(&name)
                && found
                    .get(&name)
                    .is_none_or(|known| is_better(&name, &written, known))
            {
                found.insert(name, written);
            }
        }
        found.into_values().collect()
    }

    /// Adds pages for the next round, as they are written.
    pub(in crate::program) fn add(&self, links: &[String]) {
        let round = read(&self.round);
        let room = self.room(&round);
        for written in links {
            let Ok(url) = Url::parse(written) else { continue };
            let (name, written) = names(&url);
            if !round.seen.contains(&name) {
                self.linked.add(&name, &written, room);
            }
        }
    }

    /// Notes that a page is a redirect.
    ///
    /// # Errors
    /// If it leads where the crawl does not go.
    pub(in crate::program) fn redirect(
        &self,
        from: &str,
        to: &str,
    ) -> Result<(), (Kind, String)> {
        let Some(target) = Url::parse(to).ok().filter(|to| self.is_ours(to))
        else {
            let to = without_password(to);
            return Err((
                Kind::OffHost,
                format!("redirects off the given hosts, to {to}"),
            ));
        };
        let round = read(&self.round);
        let (mut target, written) = names(&target);
        let from = match by_form(from) {
            known if round.seen.contains(&known) => known,
            _ => from.to_owned(),
        };
        let asked = round.forms.get(&from).unwrap_or(&from);
        // To this server two forms of one name are two pages: this one is known
        // by its form.
        if target == from.trim_end_matches(BY_FORM) || from == by_form(asked) {
            let name = Url::parse(asked).map(|asked| names(&asked).0);
            if name.is_ok_and(|name| name == target) && written != *asked {
                target = by_form(&written);
            }
        }
        if !round.seen.contains(&target) {
            if round.hops >= self.redirects {
                return Err((
                    Kind::Redirect,
                    format!("more than {} redirects", self.redirects),
                ));
            }
            self.moved.add(&target, &written, self.room(&round));
        }
        lock(&self.targets).insert(from, target);
        Ok(())
    }

    /// The loops of redirects that lead to themselves, at once or through
    /// others. Nothing that is read stands behind them.
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
            loops.extend(circle.into_iter().flat_map(|at| &path[at..]).map(
                |url| Failure {
                    url: url.trim_end_matches(BY_FORM).to_owned(),
                    kind: Kind::Redirect,
                    detail: format!(
                        "redirects in a circle, to {}",
                        targets[*url].trim_end_matches(BY_FORM)
                    ),
                },
            ));
        }
        loops
    }

    /// Pages that were found and are in no round yet; all that the crawl would
    /// take, at most.
    pub(in crate::program) fn waiting(&self) -> usize {
        let round = read(&self.round);
        let mut found: BTreeMap<String, String> =
            self.moved.take().into_iter().collect();
        found.extend(self.linked.take());
        found.retain(|name, _| !round.seen.contains(name));
        found.len().min(self.room(&round))
    }

    /// The crawl in numbers; `redirects` of its pages were redirects, and
    /// `waiting` were not begun.
    pub(in crate::program) fn report(
        &self,
        redirects: usize,
        waiting: usize,
    ) -> Followed {
        let round = read(&self.round);
        let truncated = round.truncated
            || self.linked.truncated()
            || self.moved.truncated();
        let delays =
            self.sites.iter().filter_map(|(site, Site { access, .. })| {
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

    /// The name by which a page of this crawl is known, in the index and in the
    /// report.
    pub(in crate::program) fn name(&self, source: &Source) -> String {
        let Source::Url(url) = source else { return source.to_string() };
        let (name, written) = names(url);
        let by_form = read(&self.round).seen.contains(&by_form(&written));
        if by_form { written } else { name }
    }

    /// Whether the crawl goes there.
    fn is_ours(&self, url: &Url) -> bool {
        url.as_str().len() <= LONGEST_URL
            && matches!(url.scheme(), "http" | "https")
            && self.sites.contains_key(&url.origin().ascii_serialization())
    }

    /// A page as a source, with the name and password that its site was given
    /// with.
    fn source(&self, url: &str) -> Source {
        let mut url: Url = url.parse().expect("it was written as a URL");
        let Site { username, password, .. } =
            self.site(&url.origin().ascii_serialization());
        // Neither can fail on a URL that has a host, as http and https have.
        let _ =
            (url.set_username(username), url.set_password(password.as_deref()));
        Source::Url(url)
    }
}

/// The name of a page, and the page as it is written: without fragment, user
/// and password.
fn names(url: &Url) -> (String, String) {
    let mut written = url.clone();
    written.set_fragment(None);
    // Neither can fail on a URL that has a host, as http and https have.
    let _ = (written.set_username(""), written.set_password(None));
    (canonical(url.clone()).into(), written.into())
}

/// What stands behind the name of a page that is known by its form, and in no
/// URL.
const BY_FORM: char = '\0';

fn by_form(written: &str) -> String {
    format!("{written}{BY_FORM}")
}

/// A link of a page, as browsers read it: its query in the page's encoding.
fn join(base: &Url, href: &str, encoding: &'static Encoding) -> Option<Url> {
    if encoding == UTF_8 {
        return base.join(href).ok();
    }
    let encode: &dyn Fn(&str) -> Cow<'_, [u8]> =
        &|text| encoded(text, encoding);
    Url::options()
        .base_url(Some(base))
        .encoding_override(Some(encode))
        .parse(href)
        .ok()
}

/// Text in an encoding. What that does not have is written as a character
/// reference.
fn encoded<'a>(text: &'a str, encoding: &'static Encoding) -> Cow<'a, [u8]> {
    let (bytes, _, unknown) = encoding.encode(text);
    if !unknown {
        return bytes;
    }
    let mut out = Vec::new();
    for c in text.chars() {
        match encoding.encode(c.encode_utf8(&mut [0; 4])) {
            (bytes, _, false) => out.extend_from_slice(&bytes),
            (_, _, true) => {
                out.extend(format!("%26%23{}%3B", u32::from(c)).bytes())
            }
        }
    }
    Cow::Owned(out)
}

impl Default for Site {
    fn default() -> Self {
        Site {
            username: String::new(),
            password: None,
            access: OnceCell::new(),
        }
    }
}

#[cfg(test)]
mod tests;
