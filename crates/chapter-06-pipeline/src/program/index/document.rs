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
    /// Its URL, its title, its text, its language and its anchors stand one
    /// after the other, from here on. The next fields are their lengths; no
    /// body is as large as four gibibytes.
    start: usize,
    url: u32,
    title: u32,
    text: u32,
    language: u32,
    anchors: u32,
    /// Bytes of its body.
    pub bytes: u64,
    /// Its words, title included.
    pub words: u32,
    pub(super) body: u32,
    /// How many of 100 bytes of its text stand in links.
    pub(super) linked: u8,
    /// Folders between it and the nearest to the root of its site.
    pub(super) depth: u16,
    checkpoints: Range<u32>,
    sections: Range<u32>,
    /// In which turn it came, while an index is built.
    pub(super) number: u32,
}

/// The memory that many documents share: each has its part. Hundreds of
/// thousands of small pieces of memory, from many threads and for as long as
/// the index lives, would leave holes everywhere.
#[derive(Debug, Default)]
struct Shared {
    strings: Box<str>,
    checkpoints: Box<[u32]>,
    sections: Box<[Section]>,
}

/// A part of a document that a heading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Section {
    /// Words of the text before the heading.
    pub(super) word: u32,
    /// Byte offsets of the heading in the text.
    start: u32,
    end: u32,
    /// Where its anchor ends in the document's anchors. It begins where that of
    /// the one before ends.
    pub(super) anchor_end: u32,
}

impl Section {
    pub(super) fn new(word: u32, heading: Range<u32>, anchor_end: u32) -> Self {
        Section { word, start: heading.start, end: heading.end, anchor_end }
    }
}

impl Document {
    /// Where it was found.
    pub fn url(&self) -> &str {
        self.string(0, self.url)
    }

    /// Its title, or empty.
    pub fn title(&self) -> &str {
        self.string(self.url, self.title)
    }

    /// The language tag that it has of itself, or empty.
    pub fn language(&self) -> &str {
        self.string(self.url + self.title + self.text, self.language)
    }

    pub(super) fn text(&self) -> &str {
        self.string(self.url + self.title, self.text)
    }

    fn anchors(&self) -> &str {
        self.string(
            self.url + self.title + self.text + self.language,
            self.anchors,
        )
    }

    fn string(&self, from: u32, length: u32) -> &str {
        &self.shared.strings[self.start + from as usize..][..length as usize]
    }

    pub(super) fn checkpoints(&self) -> &[u32] {
        &self.shared.checkpoints
            [self.checkpoints.start as usize..self.checkpoints.end as usize]
    }

    /// Its sections in the order in which they stand.
    pub(super) fn sections(&self) -> &[Section] {
        &self.shared.sections
            [self.sections.start as usize..self.sections.end as usize]
    }

    /// The heading of a section as it stands in the text. Empty if the file it
    /// came from is damaged.
    pub(super) fn heading(&self, section: &Section) -> &str {
        self.text()
            .get(section.start as usize..section.end as usize)
            .unwrap_or_default()
    }

    /// What a link can lead to in a section, or empty.
    pub(super) fn anchor(&self, nth: usize) -> &str {
        let sections = self.sections();
        let Some(section) = sections.get(nth) else { return "" };
        let start =
            nth.checked_sub(1).map_or(0, |before| sections[before].anchor_end);
        self.anchors()
            .get(start as usize..section.anchor_end as usize)
            .unwrap_or_default()
    }

    /// In order of URL; what is alike there, of what else tells two documents
    /// apart.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.url(), self.title(), self.text()).cmp(&(
            other.url(),
            other.title(),
            other.text(),
        ))
    }

    /// Bytes that it takes in memory.
    pub(super) fn memory(&self) -> usize {
        let strings = [
            self.url(),
            self.title(),
            self.text(),
            self.language(),
            self.anchors(),
        ]
        .map(str::len);
        size_of::<Self>()
            + strings.iter().sum::<usize>()
            + size_of_val(self.checkpoints())
            + size_of_val(self.sections())
    }

    /// The parts that are saved together; its text is saved apart.
    pub(super) fn saved(&self) -> Saved<'_> {
        Saved {
            url: self.url(),
            title: self.title(),
            language: self.language(),
            anchors: self.anchors(),
            bytes: self.bytes,
            words: self.words,
            body: self.body,
            linked: self.linked,
            depth: self.depth,
            checkpoints: Cow::Borrowed(self.checkpoints()),
            sections: Cow::Borrowed(self.sections()),
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
    pub(super) language: &'a str,
    pub(super) anchors: &'a str,
    pub(super) bytes: u64,
    pub(super) words: u32,
    pub(super) body: u32,
    pub(super) linked: u8,
    pub(super) depth: u16,
    pub(super) checkpoints: Cow<'a, [u32]>,
    pub(super) sections: Cow<'a, [Section]>,
}

/// Documents while they come together.
#[derive(Debug, Default)]
pub(super) struct DocumentsBuilder {
    strings: String,
    checkpoints: Vec<u32>,
    sections: Vec<Section>,
    documents: Vec<Document>,
}

impl DocumentsBuilder {
    /// Adds a document that came in this turn.
    pub(super) fn push(&mut self, number: u32, saved: Saved<'_>, text: &str) {
        let Saved {
            url,
            title,
            language,
            anchors,
            bytes,
            words,
            body,
            linked,
            depth,
            ..
        } = saved;
        let start = self.strings.len();
        let strings = [url, title, text, language, anchors];
        strings.into_iter().for_each(|string| self.strings.push_str(string));
        let [url, title, text, language, anchors] =
            strings.map(|string| string.len() as u32);
        self.documents.push(Document {
            shared: Arc::default(),
            start,
            url,
            title,
            text,
            language,
            anchors,
            bytes,
            words,
            body,
            linked,
            depth,
            checkpoints: extend(&mut self.checkpoints, &saved.checkpoints),
            sections: extend(&mut self.sections, &saved.sections),
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
        let shared = Arc::new(Shared {
            strings: take(&mut self.strings).into(),
            checkpoints: take(&mut self.checkpoints).into(),
            sections: take(&mut self.sections).into(),
        });
        let complete = move |document| Document {
            shared: Arc::clone(&shared),
            ..document
        };
        self.documents.drain(..).map(complete)
    }
}

/// Appends some more, and returns where they are.
fn extend<T: Copy>(all: &mut Vec<T>, more: &[T]) -> Range<u32> {
    let first = all.len() as u32;
    all.extend_from_slice(more);
    first..all.len() as u32
}
