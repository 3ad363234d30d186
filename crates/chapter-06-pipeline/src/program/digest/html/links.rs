//! Where a page leads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use encoding_rs::{Encoding, UTF_8};
use reqwest::Url;

use crate::program::directives::{AGENT, Directives};
use crate::program::refresh::target;

/// Where a page leads, and what it asks of those who go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// The first `<base href>`: its links are relative to this and not to the
    /// page itself.
    pub base: Option<String>,
    /// Each `href` of an `<a>` or `<area>` without `rel=nofollow`, as it stands
    /// there, but without its fragment; what stands in a frame; and where a
    /// refresh leads.
    pub hrefs: BTreeSet<String>,
    /// The directives of its `<meta name=robots>`.
    pub directives: Directives,
    /// The page's encoding, which the queries of its links are in (URL
    /// standard, section 4.4).
    pub encoding: &'static Encoding,
    /// Whether the page has words and none of them is text to read.
    pub no_text: bool,
}

impl Default for Links {
    fn default() -> Self {
        Links {
            base: None,
            hrefs: BTreeSet::new(),
            directives: Directives::default(),
            encoding: UTF_8,
            no_text: false,
        }
    }
}

/// The attributes of a tag that are of interest, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Attributes<'a> {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds an attribute, if it is of interest. Of two with one name the first
    /// counts.
    pub(super) fn push(
        &mut self,
        name: &[u8],
        value: impl FnOnce() -> Cow<'a, str>,
    ) {
        let is_it = |known: &&str| known.as_bytes().eq_ignore_ascii_case(name);
        let Some(name) = Self::INTERESTING.into_iter().find(is_it) else {
            return;
        };
        if self.get(name).is_none() {
            self.0.push((name, value()));
        }
    }

    const INTERESTING: [&'static str; 14] = [
        "href",
        "rel",
        "name",
        "content",
        "http-equiv",
        "color",
        "face",
        "size",
        "encoding",
        "id",
        "lang",
        "src",
        "srcdoc",
        "xlink:href",
    ];

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| &**value)
    }

    fn has(&self, name: &str, word: &str) -> bool {
        let mut words =
            self.get(name).unwrap_or_default().split_ascii_whitespace();
        words.any(|part| part.eq_ignore_ascii_case(word))
    }
}

impl Links {
    /// Takes note of a tag.
    pub(super) fn note(&mut self, element: &str, attributes: &Attributes<'_>) {
        match element {
            "meta" => self.note_meta(attributes),
            "base" => {
                self.base = self
                    .base
                    .take()
                    .or_else(|| attributes.get("href").map(str::to_owned))
            }
            // What stands in the attribute is shown instead.
            "frame" if attributes.get("srcdoc").is_none() => {
                if let Some(src) = attributes.get("src") {
                    self.add(src);
                }
            }
            _ => {}
        }
    }

    /// Takes over the links of a page that stands in this one.
    pub(super) fn add_inner(&mut self, inner: Links) {
        let base = inner.base.as_deref();
        if inner.directives.nofollow {
            return;
        }
        match base.map(Url::parse) {
            None => self.hrefs.extend(inner.hrefs),
            Some(Ok(base)) => {
                let to = inner.hrefs.iter().flat_map(|href| base.join(href));
                self.hrefs.extend(to.map(String::from));
            }
            // Its links are relative to a place of which this page says
            // nothing.
            Some(Err(_)) => {}
        }
    }

    fn note_meta(&mut self, attributes: &Attributes<'_>) {
        let Some(content) = attributes.get("content") else { return };
        if attributes.has("name", "robots") || attributes.has("name", AGENT) {
            self.directives = self.directives.and(Directives::of_meta(content));
        }
        if attributes
            .get("http-equiv")
            .is_some_and(|it| it.eq_ignore_ascii_case("refresh"))
            && let Some(url) = target(content)
        {
            self.add(url);
        }
    }

    /// Takes note of a link. Where it is a part of a drawing, its `href` may
    /// have a name of its own.
    pub(super) fn note_link(
        &mut self,
        attributes: &Attributes<'_>,
        drawn: bool,
    ) {
        if attributes.has("rel", "nofollow") {
            return;
        }
        let own = || attributes.get("xlink:href").filter(|_| drawn);
        if let Some(href) = attributes.get("href").or_else(own) {
            self.add(href);
        }
    }

    /// Adds a link, without its fragment.
    pub(in crate::program::digest) fn add(&mut self, href: &str) {
        let page = href.split('#').next().unwrap_or_default();
        // A page that links to a part of itself does so often.
        if !self.hrefs.contains(page) {
            self.hrefs.insert(page.to_owned());
        }
    }
}
