//! The compute-bound stage: a body becomes its title, its text, its terms and
//! its links.
//!
//! `charset` makes text of bytes, [`html`] finds the title, the text and the
//! links in it, [`words()`](words::words) cuts it into words, and `terms`
//! gathers those with their positions. `packed` makes a number of a short word,
//! and `sent` makes bytes of a digest, for another process.

mod charset;
mod extract;
pub mod html;
mod outline;
mod packed;
mod sent;
mod terms;
mod unreadable;
pub mod words;

pub use extract::Extract;
pub use outline::{Heading, Outline};
pub(super) use packed::Packed;
pub use sent::NoDigest;
pub use unreadable::Unreadable;

use self::charset::decode;
use self::html::Links;
use self::terms::{Terms, TermsBuilder};
use self::words::words;
use super::body::{Body, MediaType};

/// One document, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The title, or empty.
    pub title: String,
    /// The visible text.
    pub text: String,
    /// How many words: those of the title, then those of the text.
    pub words: u32,
    /// Byte offset in `text` of the word at each multiple of [`CHECKPOINT`], so
    /// that a snippet need not read the text from its beginning.
    pub checkpoints: Vec<u32>,
    /// The position of the first word of `text`.
    pub body: u32,
    /// What it says of its own parts.
    pub outline: Outline,
    /// For each heading how many words of `text` stand before it.
    pub heading_words: Vec<u32>,
    /// Its links, if they were asked for.
    pub links: Links,
    terms: Terms,
}

/// Words between two checkpoints.
pub const CHECKPOINT: usize = 256;

impl Digest {
    /// The distinct terms in order of first appearance, each with its positions
    /// in rising order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.terms.iter()
    }

    /// [`terms`](Self::terms), each with the number that it is packed into, if
    /// it fits.
    pub(super) fn packed_terms(
        &self,
    ) -> impl ExactSizeIterator<Item = (Option<Packed>, &str, &[u32])> {
        self.terms.packed()
    }
}

/// Digests a body.
///
/// # Errors
/// If there is no text to be had; see [`Unreadable`].
pub fn digest_body(
    body: &Body,
    extract: Extract,
) -> Result<Digest, Unreadable> {
    let charset = body.charset.as_deref();
    let mut digest = extracted(&body.bytes, body.media_type, charset, extract)?;
    if let (Some(to), Extract::TextAndLinks) = (&body.refresh, extract) {
        digest.links.add(to);
    }
    Ok(digest)
}

/// Digests bytes, without their links. `charset` is the one that the server
/// declared, if it did.
///
/// # Errors
/// If there is no text to be had; see [`Unreadable`].
pub fn digest(
    bytes: &[u8],
    media_type: MediaType,
    charset: Option<&str>,
) -> Result<Digest, Unreadable> {
    extracted(bytes, media_type, charset, Extract::Text)
}

fn extracted(
    bytes: &[u8],
    media_type: MediaType,
    charset: Option<&str>,
    extract: Extract,
) -> Result<Digest, Unreadable> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let (text, encoding) = decode(bytes, media_type, charset)?;
    let (page, mut links) = match media_type {
        MediaType::Html => html::read_html(&text, extract)?,
        MediaType::Xhtml => html::read_xhtml(&text, extract)?,
        MediaType::Plain => {
            return Ok(collect(
                String::new(),
                text.trim().to_owned(),
                Outline::default(),
            ));
        }
    };
    let digest = collect(page.title, page.text, page.outline);
    let no_text = digest.words == 0 && page.hidden_words;
    match extract {
        Extract::Text if no_text => Err(Unreadable::NoText),
        Extract::Text => Ok(digest),
        Extract::TextAndLinks => {
            links.encoding = encoding.output_encoding();
            links.no_text = no_text;
            Ok(Digest { links, ..digest })
        }
    }
}

/// The digest of a title, a text and an outline that an earlier [`digest`] has
/// found.
pub fn collect(title: String, text: String, outline: Outline) -> Digest {
    let mut terms = TermsBuilder::for_text(text.len());
    let mut in_title = words(&title);
    while let Some(found) = in_title.find_next() {
        terms.note(found);
    }
    let in_title = terms.words();
    // The gap keeps a phrase from running out of the title into the text.
    let body = in_title + 1;
    let mut checkpoints = Vec::new();
    let mut heading_words = Vec::with_capacity(outline.headings.len());
    let starts = outline.headings.iter().map(|heading| heading.start as usize);
    let mut starts = starts.peekable();
    let (mut in_text, mut nth) = (words(&text), 0);
    while let Some(found) = in_text.find_next() {
        let at = found.at();
        if nth % CHECKPOINT as u32 == 0 {
            checkpoints.push(at as u32);
        }
        while starts.next_if(|start| *start <= at).is_some() {
            heading_words.push(nth);
        }
        terms.note(found);
        nth += 1;
    }
    let words = terms.words();
    // What is left has no word after it.
    heading_words.resize(outline.headings.len(), words - in_title);
    let terms = terms.finish(in_title, body);
    let links = Links::default();
    Digest {
        title,
        text,
        words,
        checkpoints,
        body,
        outline,
        heading_words,
        links,
        terms,
    }
}

#[cfg(test)]
mod tests;
