//! The index: built by many threads at once, then sorted, saved, loaded and
//! searched.
//!
//! It knows which documents have a term and at which positions (`postings`),
//! and by which words a document is called (`names`), and ranks with BM25
//! (`search`).
//!
//! ```text
//! digest ──► Builder (DashMap, shared) ──full──► Segment (packed)
//!                                                   │ merge
//!                                                   ▼
//!                                        Index (sorted, compact) ──save──► file
//!                                                   ▲                       │
//!                                                   └─────────load──────────┘
//! ```

mod builder;
mod document;
mod file;
mod hits;
mod lookup;
mod names;
mod postings;
mod query;
mod ranking;
mod search;
mod segment;
mod snippet;
mod suggest;

pub use builder::Builder;
pub use document::Document;
pub use file::LoadError;
pub use hits::{Hit, HitSection};
pub use query::{Query, QueryError};
pub use search::{Relaxed, SearchResults};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A finished index. The same documents give the same index, byte for byte, in
/// whatever order and on however many threads they were added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    contents: Contents,
    /// The lists of all terms, one after the other; see [`postings`].
    postings: Vec<u8>,
    /// Made of the contents.
    ranks: ranking::Ranks,
    /// Made of the postings.
    marks: postings::Marks,
}

/// The small parts.
#[derive(Clone, Debug, Default, PartialEq)]
struct Contents {
    /// In order of URL.
    documents: Vec<Document>,
    /// In order of term; names come first, because of their mark.
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    text: CompactString,
    occurrences: u64,
    postings: ByteRange,
}

/// A stretch of the postings.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
struct ByteRange {
    start: u64,
    length: u64,
}

impl ByteRange {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }
}

impl Index {
    fn new(contents: Contents, postings: Vec<u8>) -> Index {
        let ranks = ranking::Ranks::new(&contents);
        Index { contents, postings, ranks, marks: postings::Marks::default() }
    }

    /// The index with marks in its long lists, all of which are known to be
    /// within bounds.
    fn with_marks(mut self) -> Index {
        let mut marks = postings::Marks::default();
        for term in &self.contents.terms {
            marks.add(
                term.postings.start,
                &self.postings[term.postings.range()],
            );
        }
        marks.shrink();
        self.marks = marks;
        self
    }

    /// The documents in order of URL.
    pub fn documents(&self) -> &[Document] {
        &self.contents.documents
    }

    /// How many distinct terms.
    pub fn terms(&self) -> usize {
        self.words_only().len()
    }

    /// The terms that are words and no names.
    fn words_only(&self) -> &[Term] {
        let terms = &self.contents.terms;
        &terms
            [terms.partition_point(|term| term.text.starts_with(names::MARK))..]
    }

    /// How many words in all documents.
    pub fn words(&self) -> u64 {
        self.words_only().iter().map(|term| term.occurrences).sum()
    }

    /// How many bytes all bodies had.
    pub fn bytes(&self) -> u64 {
        self.documents().iter().map(|document| document.bytes).sum()
    }

    /// How many bytes it takes in memory, but for what the allocator adds.
    pub fn memory(&self) -> u64 {
        let documents = self.contents.documents.iter().map(Document::memory);
        let terms = self.contents.terms.iter().map(|term| {
            let on_the_heap = if term.text.is_heap_allocated() {
                term.text.capacity()
            } else {
                0
            };
            size_of::<Term>() + on_the_heap
        });
        let lists = self.postings.capacity()
            + self.ranks.memory()
            + self.marks.memory();
        (documents.sum::<usize>() + terms.sum::<usize>() + lists) as u64
    }

    /// How many bytes the postings take, in memory and on disk: all but texts,
    /// names and terms.
    pub fn postings_bytes(&self) -> u64 {
        self.postings.len() as u64
    }

    /// How often a term occurs, in all documents.
    pub fn occurrences(&self, term: &str) -> u64 {
        self.term(term).map_or(0, |term| term.occurrences)
    }

    /// The most frequent terms with how often they occur; those equally
    /// frequent by the alphabet.
    pub fn top(&self, count: usize) -> Vec<(&str, u64)> {
        let mut terms: Vec<_> = self
            .words_only()
            .iter()
            .map(|term| (term.text.as_str(), term.occurrences))
            .collect();
        terms.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        terms.truncate(count);
        terms
    }

    fn term(&self, text: &str) -> Option<&Term> {
        let terms = &self.contents.terms;
        let at =
            terms.binary_search_by(|term| term.text.as_str().cmp(text)).ok()?;
        Some(&terms[at])
    }

    fn list(&self, term: &Term) -> postings::List<'_> {
        postings::List::new(&self.postings[term.postings.range()])
    }
}
