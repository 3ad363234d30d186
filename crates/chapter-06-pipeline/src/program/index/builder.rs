//! The index while it grows, shared by all workers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::take;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use thread_local::ThreadLocal;

use super::{Contents, Document, Index, Span, Term, postings};
use crate::program::digest::Digest;

/// Collects digests from many threads at once.
///
/// Each thread gathers the terms of some documents in a map of its own and then brings them all
/// into the shared one. A guard on the shared map lives for one term and never across a call that
/// could need a second shard, so it cannot deadlock.
#[derive(Debug, Default)]
pub struct Builder {
    terms: DashMap<CompactString, Growing, RandomState>,
    /// Each with its number.
    documents: Mutex<Vec<(u32, Document)>>,
    batches: ThreadLocal<RefCell<Batch>>,
    next: AtomicU32,
}

/// Documents in a batch.
const BATCH: usize = 256;

/// What a thread has gathered.
#[derive(Debug, Default)]
struct Batch {
    /// Every term that the thread has met. Those that the last batch had and this one has not are
    /// empty: their memory waits to be used again.
    terms: HashMap<CompactString, Growing, RandomState>,
    documents: Vec<(u32, Document)>,
}

/// A term's list in the order in which the documents came.
#[derive(Debug, Default)]
struct Growing {
    occurrences: u64,
    /// Each document's number and the body of its entry.
    entries: Vec<u8>,
}

impl Builder {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many more documents: a vector that grows is there twice while it moves.
    pub fn reserve(&self, documents: usize) {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).reserve_exact(documents);
    }
}

// ANCHOR: add
impl Builder {
    /// Adds one document whose body had so many bytes.
    pub fn add(&self, url: String, bytes: u64, digest: Digest) {
        let document = self.next.fetch_add(1, Ordering::Relaxed);
        let mut batch = self.batches.get_or_default().borrow_mut();
        for (term, positions) in digest.terms() {
            // Most terms are known: `get_mut` finds them by reference, `entry` would want a
            // `String` for each.
            if let Some(growing) = batch.terms.get_mut(term) {
                growing.push(document, positions);
                continue;
            }
            batch.terms.entry(CompactString::from(term)).or_default().push(document, positions);
        }
        let Digest { title, text, words, marks, body, .. } = digest;
        let added = Document { url, title, bytes, words, body, marks, text }.shrunk();
        batch.documents.push((document, added));
        if batch.documents.len() == BATCH {
            self.bring(&mut batch);
        }
    }

    /// Brings what a thread has gathered to what all threads share.
    fn bring(&self, batch: &mut Batch) {
        for (term, gathered) in &mut batch.terms {
            if gathered.entries.is_empty() {
                continue;
            }
            if let Some(mut growing) = self.terms.get_mut(term.as_str()) {
                growing.append(gathered);
                continue;
            }
            self.terms.entry(term.clone()).or_default().append(gathered);
        }
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.append(&mut batch.documents);
    }
}
// ANCHOR_END: add

impl Builder {
    /// Sorts everything: documents by URL, terms by the alphabet, postings by document.
    ///
    /// An index may take half of the memory there is, so nothing large is there twice: documents
    /// are sorted where they are, and a term's list goes when its final form is there.
    pub fn finish(mut self) -> Index {
        let batches = take(&mut self.batches).into_iter();
        let mut batches: Vec<Batch> = batches.map(RefCell::into_inner).collect();
        batches.par_iter_mut().for_each(|batch| self.bring(batch));
        drop(batches);

        let mut documents = self.documents.into_inner().unwrap_or_else(PoisonError::into_inner);
        documents.par_sort_unstable_by(|(_, a), (_, b)| {
            (&a.url, &a.title, &a.text).cmp(&(&b.url, &b.title, &b.text))
        });
        let mut rank = vec![0; self.next.into_inner() as usize];
        for (new, (number, _)) in documents.iter().enumerate() {
            rank[*number as usize] = new as u32;
        }
        // The standard library does this in the memory of the old vector.
        let documents = documents.into_iter().map(|(_, document)| document).collect();

        let mut growing: Vec<(CompactString, Growing)> = self.terms.into_iter().collect();
        growing.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let (mut postings, mut terms) = (Vec::new(), Vec::with_capacity(growing.len()));
        for growing in growing.chunks_mut(WINDOW) {
            // The lists of some terms at a time, by whatever thread.
            let parts: Vec<(Vec<u8>, Vec<usize>)> = growing
                .par_chunks_mut(TERMS)
                .map(|terms| {
                    let (mut lists, mut ends) = (Vec::new(), Vec::new());
                    for (_, growing) in terms {
                        put(&mut lists, &growing.placed(&rank));
                        growing.entries = Vec::new();
                        ends.push(lists.len());
                    }
                    (lists, ends)
                })
                .collect();
            for ((lists, ends), growing) in parts.into_iter().zip(growing.chunks_mut(TERMS)) {
                let base = postings.len() as u64;
                let mut start = 0;
                for (end, (text, growing)) in ends.into_iter().zip(growing) {
                    let length = (end - start) as u64;
                    let postings = Span { start: base + start as u64, length };
                    let occurrences = growing.occurrences;
                    terms.push(Term { text: take(text), occurrences, postings });
                    start = end;
                }
                postings.extend_from_slice(&lists);
            }
        }
        postings.shrink_to_fit();
        Index { contents: Contents { documents, terms }, postings }
    }
}

/// Terms whose lists one thread makes.
const TERMS: usize = 512;
/// Terms whose lists are made before they are put behind each other.
const WINDOW: usize = 64 * TERMS;

/// A document's final number, and the body of its entry.
type Placed<'a> = (u32, &'a [u8]);

/// Writes a list, each document's number as its distance from the one before.
fn put(out: &mut Vec<u8>, list: &[Placed<'_>]) {
    let mut before = 0;
    for &(document, body) in list {
        postings::put(out, document - before, body);
        before = document;
    }
}

impl Growing {
    fn push(&mut self, document: u32, positions: &[u32]) {
        self.occurrences += positions.len() as u64;
        postings::push(&mut self.entries, document, positions);
    }

    /// Takes over the entries of another list, which is empty afterwards.
    fn append(&mut self, other: &mut Growing) {
        self.occurrences += take(&mut other.occurrences);
        // A vector that doubles is half empty; these are most of what the builder has in memory.
        if self.entries.capacity() - self.entries.len() < other.entries.len() {
            self.entries.reserve_exact(other.entries.len() + self.entries.len() / 8);
        }
        self.entries.append(&mut other.entries);
    }

    /// Gives every document its final number and puts them in its order.
    fn placed(&self, rank: &[u32]) -> Vec<Placed<'_>> {
        let entries = postings::entries(&self.entries);
        let mut list: Vec<Placed<'_>> =
            entries.map(|(document, body)| (rank[document as usize], body)).collect();
        list.sort_unstable_by_key(|(document, _)| *document);
        list
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
