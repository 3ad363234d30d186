//! The index while it grows, shared by all workers.

use std::cell::RefCell;
use std::mem::take;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use rayon::prelude::*;
use thread_local::ThreadLocal;

use super::document::{DocumentsBuilder, Saved, Section};
use super::names::Names;
use super::postings::PostingsBuilder;
use super::segment::{Segment, merge, merge_growing};
use super::{Contents, Document, Index};
use crate::program::digest::{Digest, Packed};

/// Collects digests from many threads at once.
///
/// Each thread gathers the terms of some documents in a map of its own and then
/// brings them all into the shared one. A guard on the shared map lives for one
/// term and never across a call that could need a second shard, so it cannot
/// deadlock.
///
/// A map of thousands of lists that grow takes far more memory than their
/// bytes. So when it is full, its lists are put away as a segment, packed and
/// in order.
#[derive(Debug)]
pub struct Builder {
    terms: DashMap<CompactString, PostingsBuilder, RandomState>,
    /// Bytes of the lists in `terms`, about.
    size: AtomicIsize,
    /// The size at which the lists are put away.
    full: isize,
    /// Whether a thread is putting lists away.
    freezing: AtomicBool,
    segments: Mutex<Vec<Segment>>,
    documents: Mutex<Vec<Document>>,
    batches: ThreadLocal<RefCell<Batch>>,
    next: AtomicU32,
}

/// Bytes of lists that the shared map may have.
const FULL: isize = 4 << 20;
/// Documents in a batch.
const BATCH: usize = 256;
/// Bytes of their strings, after which a batch has enough.
const STRINGS: usize = 1 << 20;

/// The documents that a thread has gathered, and their terms.
#[derive(Debug, Default)]
struct Batch {
    terms: BatchTerms,
    documents: DocumentsBuilder,
    names: Names,
    /// The anchors and the sections of one document.
    anchors: String,
    sections: Vec<Section>,
}

/// The terms of a batch, and those of the last one, which are empty at first:
/// their memory waits to be used again.
#[derive(Debug, Default)]
struct BatchTerms {
    /// Nearly all, by the numbers that they are packed into.
    packed: HashMap<Packed, PostingsBuilder, RandomState>,
    long: HashMap<CompactString, PostingsBuilder, RandomState>,
}

impl BatchTerms {
    /// The postings of a term.
    fn get_mut(
        &mut self,
        packed: Option<Packed>,
        term: &str,
    ) -> &mut PostingsBuilder {
        if let Some(packed) = packed {
            return self.packed.entry(packed).or_default();
        }
        if !self.long.contains_key(term) {
            self.long.insert(term.into(), PostingsBuilder::default());
        }
        self.long.get_mut(term).expect("it was just put there")
    }

    /// Hands over all that was gathered, term by term, and forgets the terms
    /// for which there was nothing.
    fn for_each(&mut self, mut each: impl FnMut(&str, &mut PostingsBuilder)) {
        self.packed.retain(|packed, gathered| {
            if gathered.entries.is_empty() {
                return false;
            }
            let (bytes, length) = packed.bytes();
            let term = std::str::from_utf8(&bytes[..length]);
            each(term.expect("a term was packed"), gathered);
            true
        });
        self.long.retain(|term, gathered| {
            if gathered.entries.is_empty() {
                return false;
            }
            each(term, gathered);
            true
        });
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::full_at(FULL)
    }

    fn full_at(full: isize) -> Self {
        Builder {
            terms: DashMap::default(),
            size: AtomicIsize::new(0),
            full,
            freezing: AtomicBool::new(false),
            segments: Mutex::default(),
            documents: Mutex::default(),
            batches: ThreadLocal::new(),
            next: AtomicU32::new(0),
        }
    }

    /// Makes room for more documents: a vector that grows takes its memory
    /// twice while it moves.
    pub fn reserve(&self, documents: usize) {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reserve_exact(documents);
    }
}

// ANCHOR: add
impl Builder {
    /// Adds one document, whose body had `bytes` bytes.
    pub fn add(&self, url: &str, bytes: u64, digest: Digest) {
        let document = self.next.fetch_add(1, Ordering::Relaxed);
        let mut borrowed = self.batches.get_or_default().borrow_mut();
        let batch = &mut *borrowed;
        for (packed, term, positions) in digest.packed_terms() {
            batch.terms.get_mut(packed, term).push(document, positions);
        }
        batch.names.gather(url, &digest);
        for (name, roles, sections) in batch.names.all() {
            let packed = Packed::new(name.as_bytes());
            let postings = batch.terms.get_mut(packed, name);
            postings.push_name(document, roles, sections);
        }
        batch.push_document(document, url, bytes, &digest);
        if batch.documents.len() < BATCH && batch.documents.size() < STRINGS {
            return;
        }
        self.bring(batch);
        // Rayon may run another document on this thread meanwhile, which wants
        // the batch.
        drop(borrowed);
        if self.size.load(Ordering::Relaxed) >= self.full
            && !self.freezing.swap(true, Ordering::Acquire)
        {
            self.freeze();
            self.freezing.store(false, Ordering::Release);
        }
    }

    /// Brings what a thread has gathered to what all threads share.
    fn bring(&self, batch: &mut Batch) {
        let mut size = 0;
        batch.terms.for_each(|term, gathered| {
            size += gathered.entries.len() as isize;
            // Most terms are known: `get_mut` finds them by reference, `entry`
            // would want a string for each.
            if let Some(mut postings) = self.terms.get_mut(term) {
                return postings.append(gathered);
            }
            let term = CompactString::from(term);
            self.terms.entry(term).or_default().append(gathered);
        });
        let mut documents =
            self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.extend(batch.documents.take());
        self.size.fetch_add(size, Ordering::Relaxed);
    }
}
// ANCHOR_END: add

impl Batch {
    fn push_document(
        &mut self,
        number: u32,
        url: &str,
        bytes: u64,
        digest: &Digest,
    ) {
        let Digest {
            title,
            text,
            words,
            checkpoints,
            body,
            outline,
            heading_words,
            ..
        } = digest;
        self.anchors.clear();
        self.sections.clear();
        for (heading, word) in outline.headings.iter().zip(heading_words) {
            self.anchors.push_str(&heading.anchor);
            let end = self.anchors.len() as u32;
            self.sections.push(Section::new(
                *word,
                heading.start..heading.end,
                end,
            ));
        }
        let saved = Saved {
            url,
            title,
            language: &outline.language,
            anchors: &self.anchors,
            bytes,
            words: *words,
            body: *body,
            linked: outline.linked,
            // Not known before all documents are.
            depth: 0,
            checkpoints: checkpoints.into(),
            sections: (&self.sections).into(),
        };
        self.documents.push(number, saved, text);
    }
}

impl Builder {
    /// Puts away what the shared map holds. Others may bring more meanwhile: a
    /// term's list may be in any number of segments, and where an entry of it
    /// is does not matter.
    fn freeze(&self) {
        debug_assert!(
            self.batches
                .get()
                .is_none_or(|batch| batch.try_borrow_mut().is_ok()),
            "another document may run on this thread"
        );
        let terms: Vec<CompactString> =
            self.terms.iter().map(|entry| entry.key().clone()).collect();
        let lists = terms
            .par_iter()
            .filter_map(|term| self.terms.remove(term))
            .collect();
        let segment = Segment::new(lists);
        // Below zero for a moment, if some of it is not counted yet.
        self.size.fetch_sub(segment.size() as isize, Ordering::Relaxed);
        self.segments
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(segment);
    }
}

impl Builder {
    /// Sorts everything: documents by URL, terms by the alphabet, postings by
    /// document.
    ///
    /// An index may take half of the memory there is, so nothing large is kept
    /// twice: documents are sorted where they are, and lists that were put away
    /// go while their final form comes.
    pub fn finish(mut self) -> Index {
        let batches = take(&mut self.batches).into_iter();
        let mut batches: Vec<Batch> =
            batches.map(RefCell::into_inner).collect();
        batches.par_iter_mut().for_each(|batch| self.bring(batch));
        drop(batches);
        let mut segments =
            self.segments.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lists: Vec<(CompactString, PostingsBuilder)> =
            self.terms.into_iter().collect();

        let mut documents =
            self.documents.into_inner().unwrap_or_else(PoisonError::into_inner);
        documents.par_sort_unstable_by(Document::order);
        measure_depth(&mut documents);
        let mut rank = vec![0; self.next.into_inner() as usize];
        for (new, document) in documents.iter().enumerate() {
            rank[document.number as usize] = new as u32;
        }
        let (terms, postings) = if segments.is_empty() {
            merge_growing(lists, &rank)
        } else {
            segments.push(Segment::new(lists));
            merge(segments, &rank)
        };
        Index::new(Contents { documents, terms }, postings).with_marks()
    }
}

/// Counts for each document the folders above it, from the nearest one of its
/// site on. The documents are in order of URL, so those of a site stand
/// together.
fn measure_depth(documents: &mut [Document]) {
    for site in documents.chunk_by_mut(|a, b| site(a.url()) == site(b.url())) {
        let folders = |document: &Document| document.url().matches('/').count();
        let nearest = site.iter().map(folders).min().unwrap_or_default();
        for document in site {
            document.depth =
                u16::try_from(folders(document) - nearest).unwrap_or(u16::MAX);
        }
    }
}

/// Scheme, host and port. All files are of one site.
fn site(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return "" };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    &url[..scheme.len() + 3 + host.len()]
}

#[cfg(test)]
mod tests;
