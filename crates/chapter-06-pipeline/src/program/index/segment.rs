//! Lists that were put away: packed, in order of term, in pieces.
//!
//! Each piece has memory of its own from the system and gives it back as soon as all its lists
//! are in the index. The allocator would keep it, and lists and index would be there together.

use std::alloc::{Layout, handle_alloc_error};
use std::collections::VecDeque;
use std::iter;

use compact_str::CompactString;
use memmap2::MmapMut;
use rayon::prelude::*;

use super::builder::Growing;
use super::{Span, Term, postings};

/// The lists of some terms, each in order of the numbers that the documents got as they came.
#[derive(Debug)]
pub(super) struct Segment {
    pieces: VecDeque<Piece>,
    /// Bytes of the lists.
    size: usize,
}

/// Some terms that follow each other: for each its length, itself, how often it occurs, the length
/// of its list, and the list.
#[derive(Debug)]
struct Piece {
    /// The last of its terms.
    last: CompactString,
    bytes: MmapMut,
    /// Where what has not been read begins.
    at: usize,
    size: usize,
}

/// Terms in a piece.
const TERMS: usize = 512;
/// Pieces that are merged at once, of all segments together.
const PIECES: usize = 16;

impl Segment {
    /// Takes the lists of these terms, which are in order.
    pub(super) fn new(
        terms: &[CompactString],
        take: impl Fn(&str) -> Option<Growing> + Sync,
    ) -> Self {
        let pieces = terms.par_chunks(TERMS).filter_map(|terms| Piece::new(terms, &take));
        let pieces: VecDeque<Piece> = pieces.collect();
        let size = pieces.iter().map(|piece| piece.size).sum();
        Segment { pieces, size }
    }

    /// Bytes of its lists.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The lists of the terms up to this one.
    fn up_to<'a>(&'a self, bound: &'a str) -> impl Iterator<Item = List<'a>> {
        let lists = self.pieces.iter().flat_map(Piece::lists);
        lists.take_while(move |list| list.term <= bound)
    }

    /// Gives back the memory of the pieces that have been read up to this term.
    fn advance(&mut self, bound: &str) {
        while self.pieces.pop_front_if(|piece| piece.last.as_str() <= bound).is_some() {}
        if let Some(piece) = self.pieces.front_mut() {
            let read = piece.lists().take_while(|list| list.term <= bound).last();
            piece.at = read.map_or(piece.at, |list| list.end);
        }
    }
}

impl Piece {
    fn new(terms: &[CompactString], take: impl Fn(&str) -> Option<Growing>) -> Option<Self> {
        let (mut packed, mut list, mut size) = (Vec::new(), Vec::new(), 0);
        for term in terms {
            let Some(growing) = take(term) else { continue };
            let mut entries: Vec<Entry<'_>> = postings::entries(&growing.entries).collect();
            entries.sort_unstable_by_key(|(document, _)| *document);
            list.clear();
            put(&mut list, &entries);
            size += growing.entries.len();
            for number in [term.len(), growing.occurrences as usize, list.len()] {
                postings::write(&mut packed, number as u64);
            }
            packed.extend_from_slice(term.as_bytes());
            packed.extend_from_slice(&list);
        }
        let last = terms.last()?.clone();
        // As a vector does: a panic would be one document's failure, and the lists would be lost.
        let no_memory = |_| handle_alloc_error(Layout::for_value(&*packed));
        let mut bytes = MmapMut::map_anon(packed.len()).unwrap_or_else(no_memory);
        bytes.copy_from_slice(&packed);
        Some(Piece { last, bytes, at: 0, size })
    }

    /// Its lists that have not been read.
    fn lists(&self) -> impl Iterator<Item = List<'_>> {
        let mut at = self.at;
        iter::from_fn(move || {
            let mut rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let mut number = || postings::read_long(&mut rest).expect("three numbers come first");
            let [term, occurrences, entries] = [number(), number(), number()];
            let (term, rest) = rest.split_at(term as usize);
            let (entries, rest) = rest.split_at(entries as usize);
            at = self.bytes.len() - rest.len();
            let term = std::str::from_utf8(term).expect("it was packed from a string");
            Some(List { term, occurrences, entries, end: at })
        })
    }
}

/// A term's list in a piece.
#[derive(Clone, Copy, Debug)]
struct List<'a> {
    term: &'a str,
    occurrences: u64,
    entries: &'a [u8],
    /// Where it ends in its piece.
    end: usize,
}

/// A document's number, and the body of its entry.
type Entry<'a> = (u32, &'a [u8]);

/// Makes the lists of an index: for each term the lists of all segments, with every document's
/// final number and in its order. `rank` has the final number of each.
pub(super) fn merge(mut segments: Vec<Segment>, rank: &[u32]) -> (Vec<Term>, Vec<u8>) {
    let mut terms = Vec::new();
    // Memory that is reserved and never written takes none.
    let mut postings = Vec::with_capacity(segments.iter().map(Segment::size).sum());
    loop {
        segments.retain(|segment| !segment.pieces.is_empty());
        let ahead = PIECES.checked_div(segments.len()).unwrap_or(1).max(1);
        let reach = |segment: &Segment| {
            segment.pieces.iter().take(ahead).next_back().map(|piece| piece.last.clone())
        };
        let Some(bound) = segments.iter().filter_map(reach).min() else { break };

        let mut lists: Vec<List<'_>> =
            segments.iter().flat_map(|segment| segment.up_to(&bound)).collect();
        lists.sort_by_key(|list| list.term);
        let lists: Vec<&[List<'_>]> = lists.chunk_by(|a, b| a.term == b.term).collect();
        let parts: Vec<(Vec<u8>, Vec<Term>)> =
            lists.par_chunks(TERMS / 8).map(|lists| part(lists, rank)).collect();
        for (lists, mut part) in parts {
            part.iter_mut().for_each(|term| term.postings.start += postings.len() as u64);
            postings.extend_from_slice(&lists);
            terms.append(&mut part);
        }
        segments.iter_mut().for_each(|segment| segment.advance(&bound));
    }
    postings.shrink_to_fit();
    terms.shrink_to_fit();
    (terms, postings)
}

/// Some terms and their final lists, one behind the other.
fn part(terms: &[&[List<'_>]], rank: &[u32]) -> (Vec<u8>, Vec<Term>) {
    let mut out = Vec::new();
    let terms = terms.iter().map(|lists| {
        let start = out.len();
        let entries = lists.iter().flat_map(|list| postings::in_order(list.entries));
        let mut placed: Vec<Entry<'_>> =
            entries.map(|(document, body)| (rank[document as usize], body)).collect();
        placed.sort_unstable_by_key(|(document, _)| *document);
        put(&mut out, &placed);
        let postings = Span { start: start as u64, length: (out.len() - start) as u64 };
        let occurrences = lists.iter().map(|list| list.occurrences).sum();
        Term { text: lists[0].term.into(), occurrences, postings }
    });
    let terms = terms.collect();
    (out, terms)
}

/// Writes a list, each document's number as its distance from the one before.
fn put(out: &mut Vec<u8>, list: &[Entry<'_>]) {
    let mut before = 0;
    for &(document, body) in list {
        postings::put(out, document - before, body);
        before = document;
    }
}
