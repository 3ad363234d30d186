//! A body into what the index wants to know of it: the compute-bound stage.

use std::borrow::Cow;
use std::hash::BuildHasher;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use memchr::memchr;

use super::html::{self, Links};
use super::words::{Word, words};

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
    /// The terms, one behind the other.
    letters: String,
    /// `letters[ends[i - 1]..ends[i]]` is the term `i`; the first begins at 0.
    ends: Vec<u32>,
    /// `positions[starts[i]..starts[i + 1]]` are those of the term `i`.
    starts: Vec<u32>,
    positions: Vec<u32>,
}

fn term<'a>(letters: &'a str, ends: &[u32], id: usize) -> &'a str {
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &letters[start as usize..ends[id] as usize]
}

/// Words between two marks.
pub const MARK: usize = 256;

impl Digest {
    /// The distinct terms in order of first appearance, each with its positions in rising order.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.starts.windows(2).enumerate().map(|(id, bounds)| {
            let positions = &self.positions[bounds[0] as usize..bounds[1] as usize];
            (term(&self.letters, &self.ends, id), positions)
        })
    }
}

/// How the bytes of a body are to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As HTML.
    #[default]
    Html,
    /// As HTML, and its links are wanted, too.
    HtmlWithLinks,
    /// As text without markup.
    Plain,
}

/// Why a body has no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing, or nothing but white space.
    #[error("the body is empty")]
    Empty,
    /// It has a NUL byte among its first kilobytes, as no text has.
    #[error("the body is binary")]
    Binary,
    /// Its markup is nested too deep.
    #[error(transparent)]
    TooDeep(#[from] html::TooDeep),
    /// The bytes are not what their declared encoding allows.
    #[error("the body is not valid {0}, which it says it is")]
    Charset(&'static str),
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

/// Bytes into text: a byte-order mark wins, then what the server declared, then what the page
/// declares in its first kilobyte, then UTF-8 if it is that, else Windows-1252, as browsers do.
fn decode<'a>(body: &'a [u8], charset: Option<&str>) -> Result<Cow<'a, str>, Unreadable> {
    let marked = Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let declared = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let known = marked.or(declared).or_else(|| declared_within(body));
    // UTF-16 has NUL bytes by nature; anything else with one is not text.
    let wide = known.is_some_and(|encoding| !encoding.is_ascii_compatible());
    if !wide && memchr(0, &body[..body.len().min(8 << 10)]).is_some() {
        return Err(Unreadable::Binary);
    }
    match known {
        Some(encoding) => match encoding.decode(body) {
            (text, _, false) => Ok(text),
            (_, used, true) => Err(Unreadable::Charset(used.name())),
        },
        None => match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => Ok(WINDOWS_1252.decode(body).0),
        },
    }
}

/// The `charset` in a `<meta>` of the first kilobyte, where the HTML standard wants it.
fn declared_within(body: &[u8]) -> Option<&'static Encoding> {
    let head = body[..body.len().min(1024)].to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let (_, rest) = head.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'']);
    let end = label.find(['"', '\'', '>', ' ', ';', '/']).unwrap_or(label.len());
    let encoding = Encoding::for_label(&label.as_bytes()[..end])?;
    // The bytes just read were ASCII, whatever they say.
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}

/// The digest of a title and a text that have been read already: what [`digest`] made of them.
pub fn collect(title: String, text: String) -> Digest {
    let mut terms = Terms::for_text(text.len());
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
    terms.into_digest(title, text, body, marks)
}

/// The terms of a document while they are gathered.
///
/// A `HashMap<String, Vec<u32>>` would do. This takes less time, because it makes a few large
/// pieces of memory instead of two for each term.
struct Terms {
    hasher: RandomState,
    /// Finds the number of a term in `letters`.
    ids: HashTable<u32>,
    letters: String,
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// Each word: the number of its term, and its position.
    occurrences: Vec<(u32, u32)>,
    buffer: String,
}

impl Terms {
    fn for_text(bytes: usize) -> Self {
        Terms {
            hasher: RandomState::default(),
            ids: HashTable::with_capacity(bytes / 40),
            letters: String::with_capacity(bytes / 5),
            ends: Vec::with_capacity(bytes / 40),
            counts: Vec::with_capacity(bytes / 40),
            occurrences: Vec::with_capacity(bytes / 8),
            buffer: String::new(),
        }
    }

    fn note(&mut self, word: Word<'_>, position: u32) {
        let Terms { hasher, ids, letters, ends, counts, occurrences, buffer } = self;
        let folded = word.fold(buffer);
        let hash = hasher.hash_one(folded);
        let id = match ids.find(hash, |&id| term(letters, ends, id as usize) == folded) {
            Some(&id) => id,
            None => {
                let id = ends.len() as u32;
                let hash_of = |&id: &u32| hasher.hash_one(term(letters, ends, id as usize));
                ids.insert_unique(hash, id, hash_of);
                letters.push_str(folded);
                ends.push(letters.len() as u32);
                counts.push(0);
                id
            }
        };
        counts[id as usize] += 1;
        occurrences.push((id, position));
    }

    /// Puts the positions in order of their terms, by counting.
    fn into_digest(self, title: String, text: String, body: u32, marks: Vec<u32>) -> Digest {
        let Terms { letters, ends, counts, occurrences, .. } = self;
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut sum = 0;
        for count in &counts {
            starts.push(sum);
            sum += count;
        }
        starts.push(sum);
        // From here on, where the term's next position goes.
        let mut next = counts;
        next.copy_from_slice(&starts[..starts.len() - 1]);
        let mut positions = vec![0; occurrences.len()];
        for (id, position) in &occurrences {
            let slot = &mut next[*id as usize];
            positions[*slot as usize] = *position;
            *slot += 1;
        }
        let words = occurrences.len() as u32;
        let links = Links::default();
        Digest { title, text, words, marks, body, links, letters, ends, starts, positions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn positions<'a>(digest: &'a Digest, term: &str) -> &'a [u32] {
        digest.terms().find(|(other, _)| *other == term).map_or(&[], |(_, positions)| positions)
    }

    #[test]
    fn words_are_counted_and_placed() {
        let digest = digest(b"<title>The Map</title><p>A map, the map</p>", Form::Html, None)
            .expect("it is a page");
        assert_eq!(digest.words, 6);
        assert_eq!(positions(&digest, "map"), [1, 4, 6]);
        assert_eq!(positions(&digest, "the"), [0, 5]);
        assert_eq!(digest.body, 3);
    }

    #[test]
    fn nothing_to_read_is_an_error_and_says_why() {
        let read = |body: &[u8]| digest(body, Form::Html, Some("utf-8"));
        assert_eq!(read(b" \n"), Err(Unreadable::Empty));
        assert_eq!(read(b"\x7fELF\0\0"), Err(Unreadable::Binary));
        assert_eq!(read(b"caf\xe9"), Err(Unreadable::Charset("UTF-8")));
    }

    #[test]
    fn the_encoding_is_the_mark_the_header_the_meta_or_a_guess() {
        let text =
            |body: &[u8], charset| digest(body, Form::Plain, charset).expect("it is text").text;
        assert_eq!(text(b"caf\xe9", Some("iso-8859-1")), "café");
        assert_eq!(text(b"caf\xe9", None), "café");
        assert_eq!(text("café".as_bytes(), None), "café");
        assert_eq!(text(b"\xff\xfeh\0i\0", None), "hi");
        assert_eq!(text(b"h\0i\0", Some("utf-16le")), "hi");
        let page = b"<meta charset=\"koi8-r\"><p>\xcd\xc9\xd2</p>";
        assert_eq!(digest(page, Form::Html, None).expect("it is a page").text, "мир");
    }

    #[test]
    fn a_mark_stands_at_every_256th_word() {
        let text = "word ".repeat(600);
        let digest = digest(text.as_bytes(), Form::Plain, None).expect("it is text");
        assert_eq!(digest.marks, [0, 256 * 5, 512 * 5]);
    }

    proptest! {
        #[test]
        fn every_word_has_one_position(text in "[a-c ]{0,60}") {
            let digest = collect(text.clone(), text.clone());
            let mut placed: Vec<u32> = digest.terms().flat_map(|(_, positions)| positions.to_vec()).collect();
            placed.sort_unstable();
            let title = words(&text).count() as u32;
            let expected: Vec<u32> = (0..title).chain(title + 1..2 * title + 1).collect();
            prop_assert_eq!(placed, expected);
        }

        #[test]
        fn no_input_panics(body in proptest::collection::vec(any::<u8>(), 0..200), charset in "[a-z0-9-]{0,12}") {
            let _ = digest(&body, Form::Html, Some(&charset));
        }
    }
}
