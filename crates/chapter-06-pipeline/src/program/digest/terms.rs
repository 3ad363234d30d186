//! The distinct terms of a document, each with its positions.

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::words::Word;

/// The distinct terms of a document in order of first appearance, each with its
/// positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// The terms, one after the other.
    letters: String,
    /// `letters[ends[i - 1]..ends[i]]` is the term `i`; the first begins at 0.
    ends: Vec<u32>,
    /// `positions[starts[i]..starts[i + 1]]` are those of the term `i`.
    starts: Vec<u32>,
    positions: Vec<u32>,
}

impl Terms {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.starts.windows(2).enumerate().map(|(id, bounds)| {
            let positions =
                &self.positions[bounds[0] as usize..bounds[1] as usize];
            (term(&self.letters, &self.ends, id), positions)
        })
    }
}

/// The terms of a document while they are gathered.
///
/// A `HashMap<String, Vec<u32>>` would do. This takes less time, because it
/// makes a few large pieces of memory instead of two for each term.
pub(super) struct TermsBuilder {
    hasher: RandomState,
    /// Finds the number of a term in `letters`.
    ids: HashTable<u32>,
    letters: String,
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// Each word: the number of its term, and its position.
    occurrences: Vec<(u32, u32)>,
    buffer: String,
}

impl TermsBuilder {
    pub(super) fn for_text(bytes: usize) -> Self {
        TermsBuilder {
            hasher: RandomState::default(),
            ids: HashTable::with_capacity(bytes / 40),
            letters: String::with_capacity(bytes / 5),
            ends: Vec::with_capacity(bytes / 40),
            counts: Vec::with_capacity(bytes / 40),
            occurrences: Vec::with_capacity(bytes / 8),
            buffer: String::new(),
        }
    }

    pub(super) fn note(&mut self, word: Word<'_>, position: u32) {
        let TermsBuilder {
            hasher,
            ids,
            letters,
            ends,
            counts,
            occurrences,
            buffer,
        } = self;
        let folded = word.fold(buffer);
        let hash = hasher.hash_one(folded);
        let id = match ids.find(hash, |&id| {
            term_bytes(letters, ends, id as usize) == folded.as_bytes()
        }) {
            Some(&id) => id,
            None => {
                let id = ends.len() as u32;
                let hash_of = |&id: &u32| {
                    hasher.hash_one(term(letters, ends, id as usize))
                };
                ids.insert_unique(hash, id, hash_of);
                letters.push_str(folded);
                ends.push(letters.len() as u32);
                counts.push(0);
                id
            }
        };
        counts[id as usize] += 1;
        occurrences.push((id, position));
    }

    /// The number of words, and the terms. Puts the positions in order of their
    /// terms, by counting.
    pub(super) fn finish(self) -> (u32, Terms) {
        let TermsBuilder { letters, ends, counts, occurrences, .. } = self;
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut sum = 0;
        for count in &counts {
            starts.push(sum);
            sum += count;
        }
        starts.push(sum);
        // From here on, where the term's next position goes.
        let mut next = counts;
        next.copy_from_slice(&starts[..starts.len() - 1]);
        let mut positions = vec![0; occurrences.len()];
        for (id, position) in &occurrences {
            let slot = &mut next[*id as usize];
            positions[*slot as usize] = *position;
            *slot += 1;
        }
        (occurrences.len() as u32, Terms { letters, ends, starts, positions })
    }
}

fn term<'a>(letters: &'a str, ends: &[u32], id: usize) -> &'a str {
    &letters[bounds(ends, id)]
}

/// The same as bytes: whoever only compares need not ask where characters
/// begin.
fn term_bytes<'a>(letters: &'a str, ends: &[u32], id: usize) -> &'a [u8] {
    &letters.as_bytes()[bounds(ends, id)]
}

fn bounds(ends: &[u32], id: usize) -> Range<usize> {
    let start = if id == 0 { 0 } else { ends[id - 1] };
    start as usize..ends[id] as usize
}
