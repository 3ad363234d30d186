//! The documents of an index.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::mem::take;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A document in the index.
#[derive(Clone, Debug)]
pub struct Document {
    shared: Arc<Shared>,
    /// Its URL, its title and its text stand one after the other, from here on. The next fields
    /// are their lengths; no body is as large as four gibibytes.
    start: usize,
    url: u32,
    title: u32,
    text: u32,
    /// Bytes of its body.
    pub bytes: u64,
    /// Its words, title included.
    pub words: u32,
    pub(super) body: u32,
    checkpoints: Range<u32>,
    /// In which turn it came, while an index is built.
    pub(super) number: u32,
}

/// The memory that many documents share: each has its part. Hundreds of thousands of small pieces
/// of memory, from many threads and for as long as the index lives, would leave holes everywhere.
#[derive(Debug, Default)]
struct Shared {
    strings: Box<str>,
    checkpoints: Box<[u32]>,
}

impl Document {
    /// Where it was found.
    pub fn url(&self) -> &str {
        self.string(0, self.url)
    }

    /// Its title, or empty.
    pub fn title(&self) -> &str {
        self.string(self.url as usize, self.title)
    }

    pub(super) fn text(&self) -> &str {
        self.string(self.url as usize + self.title as usize, self.text)
    }

    fn string(&self, from: usize, length: u32) -> &str {
        &self.shared.strings[self.start + from..][..length as usize]
    }

    pub(super) fn checkpoints(&self) -> &[u32] {
        &self.shared.checkpoints[self.checkpoints.start as usize..self.checkpoints.end as usize]
    }

    /// In order of URL; what is alike there, of what else tells two documents apart.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.url(), self.title(), self.text()).cmp(&(other.url(), other.title(), other.text()))
    }

    /// Bytes that it takes in memory.
    pub(super) fn memory(&self) -> usize {
        let strings = [self.url(), self.title(), self.text()].map(str::len);
        size_of::<Self>() + strings.iter().sum::<usize>() + size_of_val(self.checkpoints())
    }

    /// The parts that are saved together; its text is saved apart.
    pub(super) fn saved(&self) -> Saved<'_> {
        Saved {
            url: self.url(),
            title: self.title(),
            bytes: self.bytes,
            words: self.words,
            body: self.body,
            checkpoints: Cow::Borrowed(self.checkpoints()),
        }
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.saved() == other.saved() && self.text() == other.text()
    }
}

/// A document in a file, without its text, which is saved apart from the rest.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved<'a> {
    pub(super) url: &'a str,
    pub(super) title: &'a str,
    pub(super) bytes: u64,
    pub(super) words: u32,
    pub(super) body: u32,
    pub(super) checkpoints: Cow<'a, [u32]>,
}

/// Documents while they come together.
#[derive(Debug, Default)]
pub(super) struct DocumentsBuilder {
    strings: String,
    checkpoints: Vec<u32>,
    documents: Vec<Document>,
}

impl DocumentsBuilder {
    /// Adds a document that came in this turn.
    pub(super) fn push(&mut self, number: u32, saved: Saved<'_>, text: &str) {
        let Saved { url, title, bytes, words, body, checkpoints } = saved;
        let start = self.strings.len();
        [url, title, text].into_iter().for_each(|string| self.strings.push_str(string));
        let first = self.checkpoints.len() as u32;
        self.checkpoints.extend_from_slice(&checkpoints);
        let (shared, checkpoints) = (Arc::default(), first..self.checkpoints.len() as u32);
        let [url, title, text] = [url, title, text].map(|string| string.len() as u32);
        self.documents.push(Document {
            shared,
            start,
            url,
            title,
            text,
            bytes,
            words,
            body,
            checkpoints,
            number,
        });
    }

    /// How many documents it has.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// How many bytes their strings have.
    pub(super) fn size(&self) -> usize {
        self.strings.len()
    }

    /// The documents, complete. This one is empty afterwards.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Document> + '_ {
        let (strings, checkpoints) =
            (take(&mut self.strings).into(), take(&mut self.checkpoints).into());
        let shared = Arc::new(Shared { strings, checkpoints });
        let complete = move |document| Document { shared: Arc::clone(&shared), ..document };
        self.documents.drain(..).map(complete)
    }
}
