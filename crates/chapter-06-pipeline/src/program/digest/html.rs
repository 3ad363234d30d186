//! HTML into a title and the text that a reader sees.
//!
//! `tokens` cuts a page into tags and text, with `tags`, `references` and
//! `raw`. `tree` keeps the elements that are open, by the standard's rules for
//! building a tree: as far as they decide what is seen. `text` collects what
//! is, and `links` where the page leads. XHTML that is served as such is read
//! by `xml` instead, and has a tree of its own making; `entities` has what such
//! a page declares for itself.

mod entities;
mod links;
mod names;
mod raw;
mod references;
mod tags;
mod text;
mod tokens;
mod tree;
mod xml;

pub use self::links::Links;

use super::extract::Extract;
use super::outline::Outline;

/// The title and the text of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The `<title>`, on one line.
    pub title: String,
    /// The visible text of the body. Blocks are separated by line feeds.
    pub text: String,
    /// What it says of its own parts.
    pub outline: Outline,
    /// Whether there are words in parts of it that are not for reading.
    pub(super) hidden_words: bool,
}

/// The elements of the page are nested so deep that they are no document's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its elements are nested too deep")]
pub struct TooDeep;

/// Reads a page. Anything is a page: what cannot be parsed is passed over, as
/// browsers do.
///
/// # Errors
/// If it is nested too deep.
pub fn read(html: &str) -> Result<Page, TooDeep> {
    read_html(html, Extract::Text).map(|(page, _)| page)
}

/// Reads a page and its links, in one pass.
///
/// # Errors
/// If it is nested too deep.
pub fn read_with_links(html: &str) -> Result<(Page, Links), TooDeep> {
    read_html(html, Extract::TextAndLinks)
}

pub(super) use self::tokens::read_html;
pub(super) use self::xml::read_xhtml;

#[cfg(test)]
mod tests;
