//! A segment: postings lists that were put away, packed, in order of term, in
//! blocks.
//!
//! Each block has memory of its own from the system and gives it back as soon
//! as all its lists are in the index. The allocator would keep it, and memory
//! would hold lists and index together.

use std::alloc::{Layout, handle_alloc_error};
use std::collections::VecDeque;
use std::iter;

use compact_str::CompactString;
use memmap2::MmapMut;
use rayon::prelude::*;

use super::postings::PostingsBuilder;
use super::{ByteRange, Term, postings};

/// The lists of some terms, each in order of the numbers that the documents got
/// as they came.
#[derive(Debug)]
pub(super) struct Segment {
    blocks: VecDeque<Block>,
}

/// Some terms that follow each other: for each its length, itself, how often it
/// occurs, the length of its list, and the list.
#[derive(Debug)]
struct Block {
    /// The last of its terms.
    last: CompactString,
    bytes: MmapMut,
    /// Where what has not been read begins.
    at: usize,
    size: usize,
}

/// Terms in a block.
const TERMS: usize = 256;
/// Blocks that are merged at once, of all segments together.
const BLOCKS: usize = 16;

impl Segment {
    /// Packs the lists of some terms.
    pub(super) fn new(
        mut lists: Vec<(CompactString, PostingsBuilder)>,
    ) -> Self {
        lists.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Segment {
            blocks: lists
                .into_par_iter()
                .chunks(TERMS)
                .map(Block::new)
                .collect(),
        }
    }

    /// Bytes that its lists had.
    pub(super) fn size(&self) -> usize {
        self.blocks.iter().map(|block| block.size).sum()
    }

    /// The lists of the terms up to this one.
    fn up_to<'a>(
        &'a self,
        bound: &'a str,
    ) -> impl Iterator<Item = BlockEntry<'a>> {
        let lists = self.blocks.iter().flat_map(Block::lists);
        lists.take_while(move |list| list.term <= bound)
    }

    /// Gives back the memory of the blocks that have been read up to this term.
    fn advance(&mut self, bound: &str) {
        while self
            .blocks
            .pop_front_if(|block| block.last.as_str() <= bound)
            .is_some()
        {}
        if let Some(block) = self.blocks.front_mut() {
            let read =
                block.lists().take_while(|list| list.term <= bound).last();
            block.at = read.map_or(block.at, |list| list.end);
        }
    }
}

impl Block {
    fn new(lists: Vec<(CompactString, PostingsBuilder)>) -> Self {
        let (mut packed, mut list, mut size) = (Vec::new(), Vec::new(), 0);
        let last = lists
            .last()
            .map(|(term, _)| term.clone())
            .expect("no block is empty");
        let mut merger = Merger::default();
        for (term, grown) in lists {
            list.clear();
            merger.write_entries(
                &mut list,
                &TermLists::grown(&term, &grown),
                |number| number,
            );
            size += grown.entries.len();
            for number in [term.len(), grown.occurrences as usize, list.len()] {
                postings::write(&mut packed, number as u64);
            }
            packed.extend_from_slice(term.as_bytes());
            packed.extend_from_slice(&list);
        }
        // As a vector does: a panic would be one document's failure, and the
        // lists would be lost.
        let no_memory = |_| handle_alloc_error(Layout::for_value(&*packed));
        let mut bytes =
            MmapMut::map_anon(packed.len()).unwrap_or_else(no_memory);
        bytes.copy_from_slice(&packed);
        Block { last, bytes, at: 0, size }
    }

    /// Its lists that have not been read.
    fn lists(&self) -> impl Iterator<Item = BlockEntry<'_>> {
        let mut at = self.at;
        iter::from_fn(move || {
            let mut rest =
                self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let mut number = || {
                postings::read_long(&mut rest)
                    .expect("three numbers come first")
            };
            let [term, occurrences, entries] = [number(), number(), number()];
            let (term, rest) = rest.split_at(term as usize);
            let (entries, rest) = rest.split_at(entries as usize);
            at = self.bytes.len() - rest.len();
            let term =
                std::str::from_utf8(term).expect("it was packed from a string");
            Some(BlockEntry { term, occurrences, entries, end: at })
        })
    }
}

/// A term's list in a block.
#[derive(Clone, Copy, Debug)]
struct BlockEntry<'a> {
    term: &'a str,
    occurrences: u64,
    entries: &'a [u8],
    /// Where it ends in its block.
    end: usize,
}

/// The lists that a term has in all segments.
struct TermLists<'a> {
    term: &'a str,
    occurrences: u64,
    entries: Vec<&'a [u8]>,
    /// Whether each is in order, with distances for numbers.
    in_order: bool,
}

impl<'a> TermLists<'a> {
    /// The only one, as it grew.
    fn grown(term: &'a str, grown: &'a PostingsBuilder) -> Self {
        let PostingsBuilder { occurrences, entries } = grown;
        TermLists {
            term,
            occurrences: *occurrences,
            entries: vec![entries],
            in_order: false,
        }
    }

    /// Those of all segments.
    fn packed(lists: &[BlockEntry<'a>]) -> Self {
        TermLists {
            term: lists[0].term,
            occurrences: lists.iter().map(|list| list.occurrences).sum(),
            entries: lists.iter().map(|list| list.entries).collect(),
            in_order: true,
        }
    }
}

/// Makes one list of those that a term has. A word of every document has large
/// ones, so an entry takes little here, and the memory is used again for the
/// next term.
#[derive(Default)]
struct Merger {
    /// For each entry its document, in which list it is, and where in it the
    /// body begins.
    postings: Vec<(u32, u32, u32)>,
}

impl Merger {
    /// Appends all entries in order of what `rank` makes of the documents'
    /// numbers.
    fn write_entries(
        &mut self,
        out: &mut Vec<u8>,
        lists: &TermLists<'_>,
        rank: impl Fn(u32) -> u32,
    ) {
        self.postings.clear();
        for (nth, list) in (0..).zip(&lists.entries) {
            let mut before = 0;
            for (number, at) in postings::entries(list) {
                let number = before + number;
                before = if lists.in_order { number } else { 0 };
                self.postings.push((rank(number), nth, at as u32));
            }
        }
        self.postings.sort_unstable();
        let mut before = 0;
        for &(document, nth, at) in &self.postings {
            let entry = &lists.entries[nth as usize][at as usize..];
            let body = postings::body(entry).expect("it was found there");
            postings::write_entry(out, document - before, body);
            before = document;
        }
    }
}

/// Makes the lists of an index: for each term the lists of all segments, with
/// every document's final number and in its order. `rank` has the final number
/// of each.
pub(super) fn merge(
    mut segments: Vec<Segment>,
    rank: &[u32],
) -> (Vec<Term>, Vec<u8>) {
    // Memory that is reserved and never written takes none, and a vector that
    // grows leaves holes.
    let blocks =
        segments.iter().map(|segment| segment.blocks.len()).sum::<usize>();
    let mut terms = Vec::with_capacity(blocks * TERMS);
    let mut postings =
        Vec::with_capacity(segments.iter().map(Segment::size).sum());
    loop {
        segments.retain(|segment| !segment.blocks.is_empty());
        let ahead = BLOCKS.checked_div(segments.len()).unwrap_or(1).max(1);
        let reach = |segment: &Segment| {
            segment
                .blocks
                .iter()
                .take(ahead)
                .next_back()
                .map(|block| block.last.clone())
        };
        let Some(bound) = segments.iter().filter_map(reach).min() else {
            break;
        };

        let mut lists: Vec<BlockEntry<'_>> =
            segments.iter().flat_map(|segment| segment.up_to(&bound)).collect();
        lists.sort_by_key(|list| list.term);
        let lists: Vec<&[BlockEntry<'_>]> =
            lists.chunk_by(|a, b| a.term == b.term).collect();
        let parts = lists.par_chunks(TERMS / 8).map_init(
            Merger::default,
            |merger, lists| {
                merge_part(
                    lists.iter().map(|lists| TermLists::packed(lists)),
                    rank,
                    merger,
                )
            },
        );
        append_parts(parts, &mut terms, &mut postings);
        segments.iter_mut().for_each(|segment| segment.advance(&bound));
    }
    postings.shrink_to_fit();
    terms.shrink_to_fit();
    (terms, postings)
}

/// [`merge`] where nothing was put away: of the lists as they grew.
pub(super) fn merge_growing(
    mut lists: Vec<(CompactString, PostingsBuilder)>,
    rank: &[u32],
) -> (Vec<Term>, Vec<u8>) {
    lists.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let mut terms = Vec::with_capacity(lists.len());
    let mut postings = Vec::with_capacity(
        lists.iter().map(|(_, grown)| grown.entries.len()).sum(),
    );
    // Some at a time, so that what they become does not stand in memory twice.
    for lists in lists.chunks_mut(BLOCKS * TERMS) {
        let parts = lists.par_chunks_mut(TERMS / 8).map_init(
            Merger::default,
            |merger, lists| {
                let lists = lists
                    .iter()
                    .map(|(term, grown)| TermLists::grown(term, grown));
                merge_part(lists, rank, merger)
            },
        );
        append_parts(parts, &mut terms, &mut postings);
        lists.fill_with(Default::default);
    }
    postings.shrink_to_fit();
    (terms, postings)
}

/// Some terms that follow each other, and their lists, one after the other.
type Part = (Vec<Term>, Vec<u8>);

/// Makes the final lists of some terms.
fn merge_part<'a>(
    terms: impl Iterator<Item = TermLists<'a>>,
    rank: &[u32],
    merger: &mut Merger,
) -> Part {
    let mut out = Vec::new();
    let terms = terms.map(|lists| {
        let start = out.len();
        merger.write_entries(&mut out, &lists, |number| rank[number as usize]);
        let postings = ByteRange {
            start: start as u64,
            length: (out.len() - start) as u64,
        };
        Term {
            text: lists.term.into(),
            occurrences: lists.occurrences,
            postings,
        }
    });
    (terms.collect(), out)
}

/// Makes the parts and appends them.
fn append_parts(
    parts: impl IndexedParallelIterator<Item = Part>,
    terms: &mut Vec<Term>,
    postings: &mut Vec<u8>,
) {
    let parts: Vec<Part> = parts.collect();
    postings.reserve(parts.iter().map(|(_, lists)| lists.len()).sum());
    for (mut part, lists) in parts {
        part.iter_mut()
            .for_each(|term| term.postings.start += postings.len() as u64);
        postings.extend_from_slice(&lists);
        terms.append(&mut part);
    }
}
