//! The distinct terms of a document, each with its positions.

use std::hash::BuildHasher;
use std::mem::take;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::packed::Packed;
use super::words::{Found, Word};

/// The distinct terms of a document in order of first appearance, each with its
/// positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// The terms, one after the other.
    pub(super) letters: String,
    /// `letters[ends[i - 1]..ends[i]]` is the term `i`; the first begins at 0.
    pub(super) ends: Vec<u32>,
    /// `positions[starts[i]..starts[i + 1]]` are those of the term `i`.
    pub(super) starts: Vec<u32>,
    pub(super) positions: Vec<u32>,
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
/// makes a few large pieces of memory instead of two for each term, and because
/// nearly all words are compared and hashed as a number.
pub(super) struct TermsBuilder {
    hasher: RandomState,
    /// Finds the number of a term.
    ids: HashTable<u32>,
    /// For each term the number that it is packed into. Long ones are not, and
    /// are compared in `letters`.
    packed: Vec<Option<Packed>>,
    letters: String,
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// For each word the number of its term.
    occurrences: Vec<u32>,
    buffer: String,
}

impl TermsBuilder {
    pub(super) fn for_text(bytes: usize) -> Self {
        TermsBuilder {
            hasher: RandomState::default(),
            ids: HashTable::with_capacity(bytes / 40),
            packed: Vec::with_capacity(bytes / 40),
            letters: String::with_capacity(bytes / 5),
            ends: Vec::with_capacity(bytes / 40),
            counts: Vec::with_capacity(bytes / 40),
            occurrences: Vec::with_capacity(bytes / 8),
            buffer: String::new(),
        }
    }

    /// Adds the next word.
    #[inline(always)]
    pub(super) fn note(&mut self, found: Found<'_>) {
        let id = match found {
            Found::Easy { packed, .. } => self.id(packed),
            Found::Any(word) => self.id_of_any(word),
        };
        self.counts[id as usize] += 1;
        self.occurrences.push(id);
    }

    #[inline(always)]
    fn id(&mut self, packed: Packed) -> u32 {
        let hash = self.hasher.hash_one(packed);
        let is_it = |&id: &u32| self.packed[id as usize] == Some(packed);
        match self.ids.find(hash, is_it) {
            Some(&id) => id,
            None => self.add_easy(hash, packed),
        }
    }

    #[inline(never)]
    fn add_easy(&mut self, hash: u64, packed: Packed) -> u32 {
        packed.push_to(&mut self.letters);
        self.add(hash, Some(packed))
    }

    /// The number of a term whose word may be of any kind. The same term may
    /// come as an easy word, too: not at the end of a text, say.
    #[inline(never)]
    fn id_of_any(&mut self, word: Word<'_>) -> u32 {
        let mut buffer = take(&mut self.buffer);
        let folded = word.fold(&mut buffer);
        let packed = Packed::new(folded.as_bytes());
        let hash = match packed {
            Some(packed) => self.hasher.hash_one(packed),
            None => self.hasher.hash_one(folded),
        };
        let is_it = |&id: &u32| {
            let id = id as usize;
            self.packed[id] == packed
                && (packed.is_some()
                    || term(&self.letters, &self.ends, id) == folded)
        };
        let known = self.ids.find(hash, is_it).copied();
        let id = known.unwrap_or_else(|| {
            self.letters.push_str(folded);
            self.add(hash, packed)
        });
        self.buffer = buffer;
        id
    }

    /// Adds the term that `letters` ends with.
    fn add(&mut self, hash: u64, packed: Option<Packed>) -> u32 {
        let TermsBuilder {
            hasher,
            ids,
            packed: all_packed,
            letters,
            ends,
            counts,
            ..
        } = self;
        let id = ends.len() as u32;
        let hash_of = |&id: &u32| match all_packed[id as usize] {
            Some(packed) => hasher.hash_one(packed),
            None => hasher.hash_one(term(letters, ends, id as usize)),
        };
        ids.insert_unique(hash, id, hash_of);
        all_packed.push(packed);
        ends.push(letters.len() as u32);
        counts.push(0);
        id
    }

    /// How many words were added.
    pub(super) fn words(&self) -> u32 {
        self.occurrences.len() as u32
    }

    /// The terms. Puts the positions in order of their terms, by counting. The
    /// first `title` words have the positions from 0 on, and the others those
    /// from `body` on.
    pub(super) fn finish(self, title: u32, body: u32) -> Terms {
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
        let (titles, texts) = occurrences.split_at(title as usize);
        for (first, ids) in [(0, titles), (body, texts)] {
            for (position, id) in (first..).zip(ids) {
                let slot = &mut next[*id as usize];
                positions[*slot as usize] = position;
                *slot += 1;
            }
        }
        Terms { letters, ends, starts, positions }
    }
}

fn term<'a>(letters: &'a str, ends: &[u32], id: usize) -> &'a str {
    &letters[bounds(ends, id)]
}

fn bounds(ends: &[u32], id: usize) -> Range<usize> {
    let start = if id == 0 { 0 } else { ends[id - 1] };
    start as usize..ends[id] as usize
}
