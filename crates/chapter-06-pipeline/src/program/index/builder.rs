//! The index while it grows, shared by all workers.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::take;
use std::sync::atomic::{AtomicU32, Ordering};

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
    /// Documents in the batch.
    gathered: usize,
    /// All documents of the thread, which need not be brought anywhere.
    documents: Vec<Added>,
}

/// A document, its number and its text.
type Added = (u32, Document, String);

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
        batch.documents.push((document, Document { url, title, bytes, words, body, marks }, text));

        batch.gathered += 1;
        if batch.gathered == BATCH {
            self.bring(&mut batch);
        }
    }

    /// Brings a thread's terms into the map that all threads share.
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
        batch.gathered = 0;
    }
}
// ANCHOR_END: add

impl Builder {
    /// Sorts everything: documents by URL, terms by the alphabet, postings by document.
    pub fn finish(mut self) -> Index {
        let batches = take(&mut self.batches).into_iter();
        let mut batches: Vec<Batch> = batches.map(RefCell::into_inner).collect();
        batches.par_iter_mut().for_each(|batch| {
            self.bring(batch);
            batch.terms = HashMap::default();
        });
        // The documents are sorted where they are.
        let mut documents: Vec<&mut Added> =
            batches.iter_mut().flat_map(|batch| &mut batch.documents).collect();
        documents.par_sort_unstable_by(|(_, a, a_text), (_, b, b_text)| {
            (&a.url, &a.title, a_text).cmp(&(&b.url, &b.title, b_text))
        });
        let mut rank = vec![0; self.next.into_inner() as usize];
        for (new, added) in documents.iter().enumerate() {
            rank[added.0 as usize] = new as u32;
        }

        let mut growing: Vec<(CompactString, Growing)> = self.terms.into_iter().collect();
        growing.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        // The lists of some terms at a time, by whatever thread; then all behind each other.
        let parts: Vec<(Vec<u8>, Vec<usize>)> = growing
            .par_chunks_mut(512)
            .map(|terms| {
                let (mut lists, mut ends) = (Vec::new(), Vec::new());
                for (_, growing) in terms {
                    put(&mut lists, &growing.placed(&rank));
                    // An index may take half of the memory there is: no list is kept twice.
                    growing.entries = Vec::new();
                    ends.push(lists.len());
                }
                (lists, ends)
            })
            .collect();
        let mut postings = Vec::with_capacity(parts.iter().map(|(lists, _)| lists.len()).sum());
        let mut terms = Vec::with_capacity(growing.len());
        for ((lists, ends), growing) in parts.into_iter().zip(growing.chunks_mut(512)) {
            let base = postings.len() as u64;
            let mut start = 0;
            for (end, (text, growing)) in ends.into_iter().zip(growing) {
                let postings = Span { start: base + start as u64, length: (end - start) as u64 };
                let occurrences = growing.occurrences;
                terms.push(Term { text: take(text), occurrences, postings });
                start = end;
            }
            postings.extend_from_slice(&lists);
        }
        let (documents, texts) =
            documents.into_iter().map(|(_, document, text)| (take(document), take(text))).unzip();
        Index { contents: Contents { documents, terms }, postings, texts }
    }
}

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
