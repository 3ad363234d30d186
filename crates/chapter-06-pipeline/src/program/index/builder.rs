//! The index while it grows: shared by all workers, and readable at any time.

use std::iter;
use std::mem;
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
    /// Each document, and where the body of its entry begins in `bodies`.
    documents: Vec<(u32, u32)>,
    bodies: Vec<u8>,
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

        let mut growing: Vec<(String, Growing)> = self.terms.into_iter().collect();
        growing.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let lists: Vec<Vec<Placed>> =
            growing.par_iter().map(|(_, growing)| growing.placed(&rank)).collect();
        let lengths: Vec<usize> = lists.par_iter().map(|list| length(list)).collect();

        // Every list is written by some thread into its own part of one allocation.
        let mut postings = vec![0; lengths.iter().sum()];
        let (mut parts, mut rest) = (Vec::with_capacity(lengths.len()), &mut postings[..]);
        for length in &lengths {
            let (part, behind) = rest.split_at_mut(*length);
            parts.push(part);
            rest = behind;
        }
        parts.into_par_iter().zip(&growing).zip(lists).for_each(
            |((mut part, (_, growing)), list)| {
                for (distance, placed) in distances(&list) {
                    let body = &growing.bodies[placed.start as usize..placed.end as usize];
                    postings::put(&mut part, distance, body);
                }
            },
        );
        let mut start = 0;
        let terms = growing
            .iter_mut()
            .zip(lengths)
            .map(|((text, growing), length)| {
                let postings = Span { start, length: length as u64 };
                start += postings.length;
                Term { text: mem::take(text), occurrences: growing.occurrences, postings }
            })
            .collect();
        // To free a hundred thousand pieces of memory takes a while. Nobody needs to wait for it.
        rayon::spawn(move || drop(growing));

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

/// An entry at its place in the finished list.
struct Placed {
    document: u32,
    /// Its body among the bodies of the growing list.
    start: u32,
    end: u32,
}

/// The entries, each with the distance of its document from the one before.
fn distances(list: &[Placed]) -> impl Iterator<Item = (u32, &Placed)> {
    let before = iter::once(0).chain(list.iter().map(|placed| placed.document));
    list.iter().zip(before).map(|(placed, before)| (placed.document - before, placed))
}

/// Bytes that a list takes.
fn length(list: &[Placed]) -> usize {
    let entry = |(distance, placed): (u32, &Placed)| {
        postings::width(distance) + (placed.end - placed.start) as usize
    };
    distances(list).map(entry).sum()
}

impl Growing {
    fn push(&mut self, document: u32, positions: &[u32]) {
        let start = u32::try_from(self.bodies.len()).expect("a term's list is shorter than 4 GiB");
        self.occurrences += positions.len() as u64;
        self.documents.push((document, start));
        postings::push_body(&mut self.bodies, positions);
    }

    /// Gives every document its final number and puts them in its order.
    fn placed(&self, rank: &[u32]) -> Vec<Placed> {
        let ends = self.documents.iter().skip(1).map(|(_, start)| *start);
        let ends = ends.chain([self.bodies.len() as u32]);
        let mut list: Vec<Placed> = self
            .documents
            .iter()
            .zip(ends)
            .map(|(&(document, start), end)| Placed {
                document: rank[document as usize],
                start,
                end,
            })
            .collect();
        list.sort_unstable_by_key(|placed| placed.document);
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
