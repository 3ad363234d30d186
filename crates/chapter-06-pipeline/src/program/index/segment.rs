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
    terms: usize,
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
    /// Packs the lists of some terms.
    pub(super) fn new(mut lists: Vec<(CompactString, Growing)>) -> Self {
        let terms = lists.len();
        lists.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let pieces: VecDeque<Piece> = lists.into_par_iter().chunks(TERMS).map(Piece::new).collect();
        let size = pieces.iter().map(|piece| piece.size).sum();
        Segment { pieces, size, terms }
    }

    /// Bytes of its lists.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Terms that it has.
    fn terms(&self) -> usize {
        self.terms
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
    fn new(lists: Vec<(CompactString, Growing)>) -> Self {
        let (mut packed, mut list, mut size) = (Vec::new(), Vec::new(), 0);
        let last = lists.last().map(|(term, _)| term.clone()).expect("no piece is empty");
        for (term, growing) in lists {
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
        // As a vector does: a panic would be one document's failure, and the lists would be lost.
        let no_memory = |_| handle_alloc_error(Layout::for_value(&*packed));
        let mut bytes = MmapMut::map_anon(packed.len()).unwrap_or_else(no_memory);
        bytes.copy_from_slice(&packed);
        Piece { last, bytes, at: 0, size }
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
    // Memory that is reserved and never written takes none, and a vector that grows leaves holes.
    let mut terms = Vec::with_capacity(segments.iter().map(Segment::terms).sum());
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
        let parts = lists.par_chunks(TERMS / 8).map(|lists| {
            part(lists, rank, |lists| {
                let occurrences = lists.iter().map(|list| list.occurrences).sum();
                let entries = lists.iter().flat_map(|list| postings::in_order(list.entries));
                (lists[0].term, occurrences, entries)
            })
        });
        gather(parts, &mut terms, &mut postings);
        segments.iter_mut().for_each(|segment| segment.advance(&bound));
    }
    postings.shrink_to_fit();
    terms.shrink_to_fit();
    (terms, postings)
}

/// [`merge`] where nothing was put away: of the lists as they grew.
pub(super) fn arrange(
    mut lists: Vec<(CompactString, Growing)>,
    rank: &[u32],
) -> (Vec<Term>, Vec<u8>) {
    lists.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let parts = lists.par_chunks(TERMS / 8).map(|lists| {
        part(lists, rank, |(term, growing)| {
            (term, growing.occurrences, postings::entries(&growing.entries))
        })
    });
    let (mut terms, mut postings) = (Vec::with_capacity(lists.len()), Vec::new());
    gather(parts, &mut terms, &mut postings);
    (terms, postings)
}

/// Some terms that follow each other, and their lists, one behind the other.
type Part = (Vec<Term>, Vec<u8>);

/// Makes the final lists of some terms. `of` has for each its text, how often it occurs, and its
/// entries in any order.
fn part<'a, T, Entries: Iterator<Item = Entry<'a>>>(
    terms: &'a [T],
    rank: &[u32],
    of: impl Fn(&'a T) -> (&'a str, u64, Entries),
) -> Part {
    let mut out = Vec::new();
    let terms = terms.iter().map(|term| {
        let (text, occurrences, entries) = of(term);
        let start = out.len();
        let mut placed: Vec<Entry<'_>> =
            entries.map(|(document, body)| (rank[document as usize], body)).collect();
        placed.sort_unstable_by_key(|(document, _)| *document);
        put(&mut out, &placed);
        let postings = Span { start: start as u64, length: (out.len() - start) as u64 };
        Term { text: text.into(), occurrences, postings }
    });
    (terms.collect(), out)
}

/// Makes the parts and puts them behind what is there.
fn gather(
    parts: impl IndexedParallelIterator<Item = Part>,
    terms: &mut Vec<Term>,
    postings: &mut Vec<u8>,
) {
    let parts: Vec<Part> = parts.collect();
    postings.reserve(parts.iter().map(|(_, lists)| lists.len()).sum());
    for (mut part, lists) in parts {
        part.iter_mut().for_each(|term| term.postings.start += postings.len() as u64);
        postings.extend_from_slice(&lists);
        terms.append(&mut part);
    }
}

/// Writes a list, each document's number as its distance from the one before.
fn put(out: &mut Vec<u8>, list: &[Entry<'_>]) {
    let mut before = 0;
    for &(document, body) in list {
        postings::put(out, document - before, body);
        before = document;
    }
}
