//! A body into what the index wants to know of it: the compute-bound stage.

mod charset;
pub mod html;
mod terms;
mod unreadable;
pub mod words;

pub use unreadable::Unreadable;

use self::charset::decode;
use self::html::Links;
use self::terms::{Terms, TermsBuilder};
use self::words::words;
use super::body::Form;

/// One document, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The title, or empty.
    pub title: String,
    /// The visible text.
    pub text: String,
    /// How many words: those of the title, then those of the text.
    pub words: u32,
    /// Byte offset in `text` of the word at each multiple of [`MARK`], so that a snippet need not
    /// read the text from its beginning.
    pub marks: Vec<u32>,
    /// The position of the first word of `text`.
    pub body: u32,
    /// Its links, if they were asked for.
    pub links: Links,
    terms: Terms,
}

/// Words between two marks.
pub const MARK: usize = 256;

impl Digest {
    /// The distinct terms in order of first appearance, each with its positions in rising order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.terms.iter()
    }
}

/// Digests a body. `charset` is what the server declared, if it did.
///
/// # Errors
/// If there is no text to be had; see [`Unreadable`].
pub fn digest(body: &[u8], form: Form, charset: Option<&str>) -> Result<Digest, Unreadable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let text = decode(body, charset)?;
    Ok(match form {
        Form::Html => {
            let page = html::read(&text)?;
            collect(page.title, page.text)
        }
        Form::HtmlWithLinks => {
            let (page, links) = html::read_with_links(&text)?;
            Digest { links, ..collect(page.title, page.text) }
        }
        Form::Plain => collect(String::new(), text.trim().to_owned()),
    })
}

/// The digest of a title and a text that have been read already: what [`digest`] made of them.
pub fn collect(title: String, text: String) -> Digest {
    let mut terms = TermsBuilder::for_text(text.len());
    let mut position = 0;
    for word in words(&title) {
        terms.note(word, position);
        position += 1;
    }
    // The gap keeps a phrase from running out of the title into the text.
    let body = position + 1;
    position = body;
    let mut marks = Vec::new();
    for (nth, word) in words(&text).enumerate() {
        if nth % MARK == 0 {
            marks.push(word.at as u32);
        }
        terms.note(word, position);
        position += 1;
    }
    let (words, terms) = terms.finish();
    Digest { title, text, words, marks, body, links: Links::default(), terms }
}

#[cfg(test)]
mod tests;
