//! The index while it grows: shared by all workers, and readable at any time.

use std::sync::atomic::{AtomicU32, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use rayon::prelude::*;

use super::{Contents, Document, Index, Span, Term, postings};
use crate::program::digest::Digest;

/// Collects digests from many threads at once.
///
/// Two maps: terms to their postings, documents to their facts. A guard on either lives for one
/// push and never across a call that could need a second shard, so it cannot deadlock.
#[derive(Debug, Default)]
pub struct Builder {
    terms: DashMap<String, Growing, RandomState>,
    documents: DashMap<u32, Facts, RandomState>,
    next: AtomicU32,
}

/// A term's list in the order in which the documents came.
#[derive(Debug, Default)]
struct Growing {
    occurrences: u64,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Facts {
    url: String,
    title: String,
    bytes: u64,
    words: u32,
    body: u32,
    marks: Vec<u32>,
    text: String,
}

impl Builder {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

// ANCHOR: add
impl Builder {
    /// Adds one document whose body had so many bytes.
    pub fn add(&self, url: String, bytes: u64, digest: Digest) {
        let document = self.next.fetch_add(1, Ordering::Relaxed);
        for (term, positions) in digest.terms() {
            // Most terms are known: `get_mut` finds them by reference, `entry` would want a
            // `String` for each.
            if let Some(mut growing) = self.terms.get_mut(term) {
                growing.push(document, positions);
                continue;
            }
            self.terms.entry(term.to_owned()).or_default().push(document, positions);
        }
        let Digest { title, text, words, marks, body, .. } = digest;
        self.documents.insert(document, Facts { url, title, bytes, words, body, marks, text });
    }
}
// ANCHOR_END: add

impl Builder {
    /// Sorts everything: documents by URL, terms by the alphabet, postings by document.
    pub fn finish(self) -> Index {
        let mut facts: Vec<(u32, Facts)> = self.documents.into_iter().collect();
        facts.par_sort_unstable_by(|(_, a), (_, b)| {
            (&a.url, &a.title, &a.text).cmp(&(&b.url, &b.title, &b.text))
        });
        let mut rank = vec![0; self.next.into_inner() as usize];
        for (new, (old, _)) in facts.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }

        let mut terms: Vec<(String, Growing)> = self.terms.into_iter().collect();
        terms.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        terms.par_iter_mut().for_each(|(_, growing)| growing.sort(&rank));

        let mut postings =
            Vec::with_capacity(terms.iter().map(|(_, growing)| growing.bytes.len()).sum());
        let terms = terms
            .into_iter()
            .map(|(text, growing)| {
                let start = postings.len() as u64;
                postings.extend_from_slice(&growing.bytes);
                let postings = Span { start, length: growing.bytes.len() as u64 };
                Term { text, occurrences: growing.occurrences, postings }
            })
            .collect();

        let (documents, texts) = facts
            .into_iter()
            .map(|(_, facts)| {
                let Facts { url, title, bytes, words, body, marks, text } = facts;
                (Document { url, title, bytes, words, body, marks }, text)
            })
            .unzip();
        Index { contents: Contents { documents, terms }, postings, texts }
    }
}

impl Growing {
    fn push(&mut self, document: u32, positions: &[u32]) {
        self.occurrences += positions.len() as u64;
        postings::push(&mut self.bytes, document, positions);
    }

    /// Gives every document its final number and puts them in its order.
    fn sort(&mut self, rank: &[u32]) {
        let mut entries: Vec<_> = postings::List::new(&self.bytes)
            .map(|entry| (rank[entry.document as usize], entry))
            .collect();
        entries.sort_unstable_by_key(|(document, _)| *document);
        let mut sorted = Vec::with_capacity(self.bytes.len());
        for (document, entry) in entries {
            entry.push_as(&mut sorted, document);
        }
        self.bytes = sorted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::digest::{Form, digest};

    fn build(order: impl ParallelIterator<Item = usize>) -> Index {
        let builder = Builder::new();
        order.for_each(|page| {
            let text = format!("page {page} of many, page {}", page % 7);
            let digest = digest(text.as_bytes(), Form::Plain, None).expect("it is text");
            builder.add(format!("http://example/{page}"), text.len() as u64, digest);
        });
        builder.finish()
    }

    #[test]
    fn the_order_of_arrival_leaves_no_trace() {
        let pages = || (0..200_usize).into_par_iter();
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let expected = one.install(|| build(pages()));
        assert_eq!(build(pages().rev()), expected);
        for threads in 1..=8 {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            assert_eq!(pool.install(|| build(pages())), expected, "{threads} threads");
        }
        assert_eq!(expected.documents().len(), 200);
        assert_eq!(expected.occurrences("page"), 400);
        assert_eq!(expected.words(), 200 * 6);
    }
}
