//! A page cut into tags and text, as the HTML standard says (section 13.2.5),
//! for those who want its text.
//!
//! The standard's tokenizer is a machine that looks at one character after the
//! other. Of its 80 states most only keep what nobody here asks for: comments,
//! doctypes, the attributes of most tags, what is wrong with a page. Without
//! those it is a few searches for the byte at which something changes, and
//! `memchr` looks at 32 bytes at once:
//!
//! - Text goes on to the next `<` or `&`. It is handed over as it stands in the
//!   page.
//! - A tag's name goes on to a space, `/` or `>`; [`tags`](super::tags) has the
//!   rest of a tag.
//! - A doctype, a processing instruction and anything else that begins with
//!   `<!` or `<?` goes on to the next `>`, quoted or not; a comment to `-->` or
//!   `--!>`.
//! - In a title, a script and their like only their own end tag counts.
//!   [`raw`](super::raw) looks for it.
//!
//! All of these bytes are ASCII, so each is a character of its own in UTF-8
//! wherever it stands. Nothing is looked at twice but by a constant factor,
//! whatever a page looks like. The tests compare this with html5lib's cases,
//! and with html5ever on pages made at random.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

use super::links::{Attributes, Links};
use super::names::{Name, Unknown};
use super::raw::{end_of_comment, end_of_text};
use super::references::reference;
use super::tree::{Content, Tree};
use super::{Page, TooDeep};
use crate::program::digest::extract::Extract;

/// Reads a page, with its links if they are wanted.
///
/// # Errors
/// If it is nested too deep.
pub(in crate::program::digest) fn read_html(
    html: &str,
    extract: Extract,
) -> Result<(Page, Links), TooDeep> {
    read_html_into(Tree::new(extract == Extract::TextAndLinks), html)
}

/// Reads a page into a tree that has nothing in it.
fn read_html_into(
    mut tree: Tree,
    html: &str,
) -> Result<(Page, Links), TooDeep> {
    let html = normalize_newlines(html);
    tree.expect_text(html.len() / 3);
    let mut reader = Reader {
        html: &html,
        has_nul: memchr(0, html.as_bytes()).is_some(),
        tree,
        unknown: Unknown::default(),
        attributes: Attributes::default(),
    };
    reader.read();
    reader.tree.finish()
}

/// Adds the page that an `<iframe srcdoc>` has in its tag: a reader sees it
/// there. It is HTML, also where XHTML is around it (section 4.8.5).
pub(super) fn add_frame(tree: &mut Tree, attributes: &Attributes<'_>) {
    let Some(html) = attributes.get("srcdoc") else { return };
    match tree.inner() {
        Some(inner) => tree.add_inner(read_html_into(inner, html)),
        None => tree.text.note_hidden_words(html),
    }
}

/// Each line's end is one line feed, before anything else is looked at (section
/// 13.2.3.5).
fn normalize_newlines(html: &str) -> Cow<'_, str> {
    if memchr(b'\r', html.as_bytes()).is_none() {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut from = 0;
    for at in memchr_iter(b'\r', html.as_bytes()) {
        out.push_str(&html[from..at]);
        from = at + 1;
        if html.as_bytes().get(from) != Some(&b'\n') {
            out.push('\n');
        }
    }
    out.push_str(&html[from..]);
    Cow::Owned(out)
}

/// A page that is being read.
pub(super) struct Reader<'a> {
    pub(super) html: &'a str,
    /// Whether there is a NUL anywhere in it, which hardly any page has.
    pub(super) has_nul: bool,
    pub(super) tree: Tree,
    pub(super) unknown: Unknown,
    /// The attributes of the tag that is being read: those that decide
    /// anything.
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Reader<'a> {
    /// Reads the page up to its end.
    fn read(&mut self) {
        let mut at = 0;
        while let Some(next) = self.token(at) {
            at = next;
        }
    }

    /// Reads text up to a `<`, and what that begins. Returns where to go on;
    /// nowhere at the end.
    fn token(&mut self, start: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        // Most tags stand next to another one.
        let at = match bytes.get(start) {
            Some(b'<') => start,
            _ => self.text(start..bytes.len(), b'<', Self::add),
        };
        match *bytes.get(at + 1..)? {
            [first, ..] if first.is_ascii_alphabetic() => {
                self.start_tag(at + 1)
            }
            [b'/', first, ..] if first.is_ascii_alphabetic() => {
                self.end_tag(at + 2)
            }
            [b'/', b'>', ..] => Some(at + 3),
            [b'!', b'-', b'-', ..] => end_of_comment(bytes, at + 4),
            [b'!', b'[', b'C', b'D', b'A', b'T', b'A', b'[', ..]
                if self.tree.is_foreign() =>
            {
                self.cdata(at + 9)
            }
            [b'/', _, ..] | [b'!' | b'?', ..] => {
                Some(end(bytes, at + 1, b'>')? + 1)
            }
            // It is none of these, so it is text.
            [b'/'] => {
                self.tree.add_text("</");
                None
            }
            _ => {
                self.tree.add_text("<");
                Some(at + 1)
            }
        }
    }

    /// Adds the text up to this byte or to the end of the range, with its
    /// character references, by `add`. Returns where it ends.
    fn text(
        &mut self,
        range: Range<usize>,
        until: u8,
        add: impl Fn(&mut Self, Range<usize>),
    ) -> usize {
        let html = self.html.get(..range.end).unwrap_or_default();
        let bytes = html.as_bytes();
        let (mut start, mut from) = (range.start, range.start);
        loop {
            let stop = memchr2(until, b'&', &bytes[from..])
                .map_or(range.end, |at| from + at);
            if bytes.get(stop) != Some(&b'&') {
                add(self, start..stop);
                return stop;
            }
            let (decoded, end) = reference(html, stop);
            if let Some(decoded) = decoded {
                add(self, start..stop);
                self.tree.add_clean_text(&decoded);
                start = end;
            }
            from = end;
        }
    }

    /// Adds text that has no references.
    fn add(&mut self, range: Range<usize>) {
        if !self.has_nul {
            self.tree.add_clean_text(&self.html[range]);
        } else if self.tree.is_foreign_text() {
            self.add_raw(range);
        } else {
            self.tree.add_text(&self.html[range]);
        }
    }

    /// Adds text in which a NUL is an unknown character, and not nothing.
    fn add_raw(&mut self, range: Range<usize>) {
        let text = &self.html[range];
        if self.has_nul {
            self.tree.add_clean_text(&text.replace('\0', "\u{fffd}"));
        } else {
            self.tree.add_clean_text(text);
        }
    }

    /// Adds the text of a section that has no markup.
    fn cdata(&mut self, start: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let mut from = start;
        while let Some(close) = end(bytes, from, b'>') {
            if close >= start + 2 && bytes[close - 2..close] == *b"]]" {
                self.add(start..close - 2);
                return Some(close + 1);
            }
            from = close + 1;
        }
        self.add(start..bytes.len());
        None
    }

    /// Reads what is in an element that has just begun, if it has no markup.
    pub(super) fn content(
        &mut self,
        name: Name,
        content: Content,
        start: usize,
    ) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let stop = match content {
            Content::Markup => return Some(start),
            Content::Plaintext => bytes.len(),
            Content::Frame => {
                add_frame(&mut self.tree, &self.attributes);
                self.tree.begin_frame();
                end_of_text(bytes, start, name, false)
            }
            _ => end_of_text(bytes, start, name, content == Content::Script),
        };
        if content == Content::Rcdata {
            self.text(start..stop, b'&', Self::add_raw);
        } else {
            self.add_raw(start..stop);
        }
        // What stands there is this element's end tag, or nothing.
        bytes.get(stop)?;
        self.end_tag(stop + 2)
    }
}

/// Where this byte is next.
fn end(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    Some(from + memchr(byte, bytes.get(from..)?)?)
}
