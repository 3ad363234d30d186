//! The words by which a document is called: those of its URL, its title and its
//! headings.
//!
//! They stand in the dictionary of all terms, as terms of their own with a mark
//! before them, which no word has. So they are built, merged and saved as all
//! others are. An entry of such a list has a set of roles where others have a
//! count, and sections where others have positions.

use compact_str::CompactString;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::program::digest::words::words;
use crate::program::digest::{Digest, Heading};

/// The mark before a name.
pub(super) const MARK: char = '\u{1}';

/// The roles that a word can have in a document's name. A word may have
/// several.
pub(super) mod role {
    /// It is the last part of the URL by itself, as `Vec` is of
    /// `struct.Vec.html`.
    pub(in super::super) const LEAF: u32 = 1;
    /// It stands in the last part of the URL.
    pub(in super::super) const STEM: u32 = 2;
    /// It stands in a folder of the URL.
    pub(in super::super) const FOLDER: u32 = 4;
    /// It stands in the title.
    pub(in super::super) const TITLE: u32 = 8;
    /// It stands in the page's own heading.
    pub(in super::super) const TOP: u32 = 16;
    /// A section is called by it alone, as one with the anchor `method.push` is
    /// by `push`.
    pub(in super::super) const SECTION: u32 = 32;
    /// It stands in another heading.
    pub(in super::super) const HEADING: u32 = 64;

    /// Those of the page itself, and not of a part of it.
    pub(in super::super) const PAGE: u32 = LEAF | STEM | TITLE | TOP;
    /// Those of the URL.
    pub(in super::super) const URL: u32 = LEAF | STEM | FOLDER;
}

/// Folders of a URL that count, from its end.
const FOLDERS: usize = 5;
/// Sections that are noted for a word.
const SECTIONS: usize = 16;

/// The names of some documents while they are gathered, one document after the
/// other.
#[derive(Debug, Default)]
pub(super) struct Names {
    found: HashMap<CompactString, Name, RandomState>,
    buffer: String,
    key: String,
}

/// Bytes of a text that is so short that its headings cost nothing.
const SHORT: usize = 4 << 10;

/// What a word is in one document.
#[derive(Debug, Default)]
struct Name {
    roles: u32,
    /// The sections that it is the name of, or whose headings have it.
    sections: Vec<u32>,
}

impl Names {
    /// Gathers the names of a document.
    pub(super) fn gather(&mut self, url: &str, digest: &Digest) {
        self.found.clear();
        self.note_url(url);
        self.note(&digest.title, role::TITLE, None);
        // Headings that are never closed lie in each other, by the thousand.
        // All words of the text, and half of them twice, are more than those of
        // any page that somebody wrote.
        let mut left = digest.text.len() * 3 / 2 + SHORT;
        for (nth, heading) in (0..).zip(&digest.outline.headings) {
            let Heading { start, end, level, anchor } = heading;
            let role = if *level == 1 { role::TOP } else { role::HEADING };
            let text = digest
                .text
                .get(*start as usize..*end as usize)
                .unwrap_or_default();
            if let Some(rest) = left.checked_sub(text.len()) {
                left = rest;
                self.note(text, role, Some(nth));
            }
            let Some(name) = section_name(anchor) else { continue };
            self.note(name, role::SECTION, Some(nth));
        }
    }

    fn note_url(&mut self, url: &str) {
        let path = path(url);
        let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
        let last = parts.next().map(without_ending).unwrap_or_default();
        let last = match last {
            // It stands for its folder.
            "index" | "README" => parts.next().unwrap_or_default(),
            last => last,
        };
        let last = percent_decoded(last);
        let leaf = last.rsplit('.').next().unwrap_or_default();
        let is_word = words(leaf).count() == 1;
        self.note(&last, role::STEM, None);
        if is_word {
            self.note(leaf, role::LEAF, None);
        }
        // `raw_identifiers` is one word, and two in a URL.
        if last.contains('_') {
            self.note(&last.replace('_', " "), role::STEM, None);
        }
        for folder in parts.take(FOLDERS) {
            self.note(&percent_decoded(folder), role::FOLDER, None);
        }
    }

    fn note(&mut self, text: &str, role: u32, section: Option<u32>) {
        for word in words(text) {
            self.key.clear();
            self.key.push(MARK);
            self.key.push_str(word.fold(&mut self.buffer));
            if !self.found.contains_key(self.key.as_str()) {
                self.found
                    .insert(CompactString::from(&self.key), Name::default());
            }
            let Some(name) = self.found.get_mut(self.key.as_str()) else {
                continue;
            };
            if role == role::SECTION && name.roles & role::SECTION == 0 {
                // The section that it names is more than those that only have
                // it.
                name.sections.clear();
            }
            name.roles |= role;
            let Some(section) = section else { continue };
            let names =
                role == role::SECTION || name.roles & role::SECTION == 0;
            if names
                && name.sections.len() < SECTIONS
                && name.sections.last() != Some(&section)
            {
                name.sections.push(section);
            }
        }
    }

    /// The names, each with its roles and its sections in rising order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, u32, &[u32])> {
        self.found
            .iter()
            .map(|(key, name)| (key.as_str(), name.roles, &name.sections[..]))
    }
}

/// The path of a URL or of a file, without what stands before and behind it.
fn path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    }
}

/// A file's name without its ending: at most five letters, of which one is no
/// digit.
fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((before, ending))
            if !before.is_empty()
                && ending.len() <= 5
                && ending.bytes().all(|byte| byte.is_ascii_lowercase()) =>
        {
            before
        }
        _ => name,
    }
}

/// The word that a section is called by, if its anchor is one: after the last
/// full stop, and without the number that tells two of one name apart.
pub(super) fn section_name(anchor: &str) -> Option<&str> {
    let last = anchor.rsplit('.').next()?;
    let name = match last.rsplit_once('-') {
        Some((name, number))
            if number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => last,
    };
    let mut found = words(name);
    (found.next().is_some() && found.next().is_none()).then_some(name)
}

/// Text without percent encoding, as far as it is UTF-8.
fn percent_decoded(text: &str) -> std::borrow::Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::body::MediaType;
    use crate::program::digest::digest;
    use witness::{PATIENT, within};

    /// The roles and sections of a word on a page.
    fn found(url: &str, html: &str, word: &str) -> (u32, Vec<u32>) {
        let digest = digest(html.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        let mut names = Names::default();
        names.gather(url, &digest);
        let key = format!("{MARK}{word}");
        let name = names.all().find(|(name, ..)| *name == key);
        name.map(|(_, roles, sections)| (roles, sections.to_vec()))
            .unwrap_or_default()
    }

    #[test]
    fn headings_that_lie_in_each_other_cost_no_more_than_the_text() {
        // All of them go on to the end of the page: the sum of their texts is
        // four gigabytes, and that of the page 180 kilobytes.
        let page = "<h1><div>all ".repeat(45_000) + "last";
        let roles = within(PATIENT, move || found("/a", &page, "last").0);
        assert_eq!(roles, role::TOP, "the first has it");
    }

    #[test]
    fn the_last_part_of_a_url_names_its_page() {
        let roles = |url, word| found(url, "<p>text", word).0;
        let leaf = role::LEAF | role::STEM;
        assert_eq!(
            roles("/docs/std/vec/struct.Vec.html", "vec"),
            leaf | role::FOLDER
        );
        assert_eq!(
            roles("/docs/std/vec/struct.Vec.html", "struct"),
            role::STEM
        );
        assert_eq!(
            roles("http://a.example/std/mem/index.html?q#top", "mem"),
            leaf
        );
        assert_eq!(roles("http://a.example/std/mem/", "mem"), leaf);
        assert_eq!(
            roles(
                "http://a.example/ch04-01-what-is-ownership.html",
                "ownership"
            ),
            role::STEM
        );
        assert_eq!(roles("/rbe/raw_identifiers.html", "raw"), role::STEM);
        assert_eq!(roles("http://a.example/caf%C3%A9", "café"), leaf);
        assert_eq!(roles("http://a.example", "example"), 0);
        assert_eq!(roles("/std/mem/fn.swap.html", "html"), 0);
        assert_eq!(roles("/a/v1.2", "2"), leaf);
    }

    #[test]
    fn an_anchor_names_its_section() {
        let page = "<h1 id=top>Vec</h1>\
            <section id=method.new><span>1.0</span><h4>pub fn new() -> Vec</h4></section>\
            <section id=method.push><h4>pub fn push(new: T)</h4></section>\
            <section id=method.from-1><h4>fn from(s: &str)</h4></section>\
            <h2 id=the-stack-and-the-heap>The Stack</h2><dl><dt id=os.path.join>join()<dd>x</dl>";
        let of = |word| found("http://a.example/x", page, word);
        assert_eq!(of("new"), (role::SECTION | role::HEADING, vec![1]));
        assert_eq!(of("push"), (role::SECTION | role::HEADING, vec![2]));
        assert_eq!(of("from"), (role::SECTION | role::HEADING, vec![3]));
        assert_eq!(of("vec"), (role::TOP | role::HEADING, vec![0, 1]));
        assert_eq!(of("stack"), (role::HEADING, vec![4]));
        assert_eq!(of("heap"), (0, vec![]));
        assert_eq!(of("join"), (role::SECTION | role::HEADING, vec![5]));
    }
}
