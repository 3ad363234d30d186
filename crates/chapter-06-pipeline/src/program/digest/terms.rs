//! The distinct terms of a document, each with its positions.

use std::hash::BuildHasher;
use std::mem::take;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};

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
    /// For each term the number that it is packed into, if it fits.
    pub(super) packed: Vec<Option<Packed>>,
    /// `positions[starts[i]..starts[i + 1]]` are those of the term `i`.
    pub(super) starts: Vec<u32>,
    pub(super) positions: Vec<u32>,
}

impl Terms {
    /// The terms with what they are packed into.
    pub(super) fn packed(
        &self,
    ) -> impl ExactSizeIterator<Item = (Option<Packed>, &str, &[u32])> {
        let all = self.iter().zip(&self.packed);
        all.map(|((term, positions), packed)| (*packed, term, positions))
    }

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
pub(super) struct TermsBuilder<'a> {
    hasher: RandomState,
    /// Finds the number of a term that is packed.
    slots: Slots,
    /// Finds the number of one that is not: they are compared in `letters`.
    long: HashTable<u32>,
    /// For each term the number that it is packed into. Long ones are not.
    packed: Vec<Option<Packed>>,
    letters: String,
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// For each word the number of its term.
    occurrences: Vec<u32>,
    /// For each form of a word beyond ASCII the number of its term: to fold it
    /// takes long.
    beyond_ascii: HashMap<&'a str, u32, RandomState>,
    buffer: String,
}

impl<'a> TermsBuilder<'a> {
    pub(super) fn for_text(bytes: usize) -> Self {
        TermsBuilder {
            hasher: RandomState::default(),
            slots: Slots::for_terms(bytes / 40),
            long: HashTable::new(),
            packed: Vec::with_capacity(bytes / 40),
            letters: String::with_capacity(bytes / 5),
            ends: Vec::with_capacity(bytes / 40),
            counts: Vec::with_capacity(bytes / 40),
            occurrences: Vec::with_capacity(bytes / 8),
            beyond_ascii: HashMap::default(),
            buffer: String::new(),
        }
    }

    /// Adds the next word.
    #[inline(always)]
    pub(super) fn note(&mut self, found: Found<'a>) {
        let id = match found {
            Found::Easy { packed, .. } => self.id(packed),
            Found::Any(word) if word.text.is_ascii() => self.id_of_any(word),
            Found::Any(word) => self.id_beyond_ascii(word),
        };
        self.counts[id as usize] += 1;
        self.occurrences.push(id);
    }

    #[inline(always)]
    fn id(&mut self, packed: Packed) -> u32 {
        let hash = self.hasher.hash_one(packed);
        match self.slots.find(hash, packed, &self.packed) {
            Ok(id) => id,
            Err(slot) => self.add_easy(slot, packed),
        }
    }

    #[inline(never)]
    fn add_easy(&mut self, slot: usize, packed: Packed) -> u32 {
        packed.push_to(&mut self.letters);
        self.add_packed(slot, packed)
    }

    #[inline(never)]
    fn id_beyond_ascii(&mut self, word: Word<'a>) -> u32 {
        if let Some(&id) = self.beyond_ascii.get(word.text) {
            return id;
        }
        let id = self.id_of_any(word);
        self.beyond_ascii.insert(word.text, id);
        id
    }

    /// The number of a term whose word may be of any kind. The same term may
    /// come as an easy word, too: not at the end of a text, say.
    #[inline(never)]
    fn id_of_any(&mut self, word: Word<'_>) -> u32 {
        let mut buffer = take(&mut self.buffer);
        let folded = word.fold(&mut buffer);
        let id = match Packed::new(folded.as_bytes()) {
            Some(packed) => {
                let hash = self.hasher.hash_one(packed);
                match self.slots.find(hash, packed, &self.packed) {
                    Ok(id) => id,
                    Err(slot) => {
                        self.letters.push_str(folded);
                        self.add_packed(slot, packed)
                    }
                }
            }
            None => self.id_of_long(folded),
        };
        self.buffer = buffer;
        id
    }

    fn id_of_long(&mut self, folded: &str) -> u32 {
        let TermsBuilder { hasher, long, letters, ends, .. } = self;
        let hash = hasher.hash_one(folded);
        let is_it = |&id: &u32| term(letters, ends, id as usize) == folded;
        if let Some(&id) = long.find(hash, is_it) {
            return id;
        }
        let id = ends.len() as u32;
        let hash_of =
            |&id: &u32| hasher.hash_one(term(letters, ends, id as usize));
        long.insert_unique(hash, id, hash_of);
        letters.push_str(folded);
        self.add(None)
    }

    /// Adds the term that `letters` ends with, and that belongs into this slot.
    fn add_packed(&mut self, slot: usize, packed: Packed) -> u32 {
        let id = self.add(Some(packed));
        let TermsBuilder { hasher, slots, packed, .. } = self;
        slots.fill(slot, id, |id| {
            packed[id as usize].map(|packed| hasher.hash_one(packed))
        });
        id
    }

    /// Adds the term that `letters` ends with.
    fn add(&mut self, packed: Option<Packed>) -> u32 {
        let id = self.ends.len() as u32;
        self.packed.push(packed);
        self.ends.push(self.letters.len() as u32);
        self.counts.push(0);
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
        let TermsBuilder { letters, ends, packed, counts, occurrences, .. } =
            self;
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
        Terms { letters, ends, packed, starts, positions }
    }
}

/// A hash table of the numbers of packed terms: a term's number stands in the
/// first free slot from the one on that its hash names.
///
/// `hashbrown`'s table does more (it removes, and it compares sixteen slots at
/// once), which takes twice as many instructions for each word of a text.
struct Slots {
    /// Numbers, counted from 1, or 0 where there is none. Their count is a
    /// power of two, and at least half of them are free.
    slots: Vec<u32>,
    taken: usize,
}

impl Slots {
    fn for_terms(terms: usize) -> Self {
        let slots = (2 * terms).next_power_of_two().max(16);
        Slots { slots: vec![0; slots], taken: 0 }
    }

    /// The number of a term, or else the slot that it belongs into. `all` has
    /// the terms by their numbers.
    #[inline(always)]
    fn find(
        &self,
        hash: u64,
        packed: Packed,
        all: &[Option<Packed>],
    ) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(id) = self.slots[slot].checked_sub(1) else {
                return Err(slot);
            };
            if all[id as usize] == Some(packed) {
                return Ok(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Puts a new term's number where [`find`](Self::find) wanted it. `hash` is
    /// asked for those of all terms if there have to be more slots.
    fn fill(
        &mut self,
        slot: usize,
        id: u32,
        hash: impl Fn(u32) -> Option<u64>,
    ) {
        self.slots[slot] = id + 1;
        self.taken += 1;
        if 2 * self.taken <= self.slots.len() {
            return;
        }
        let mask = 2 * self.slots.len() - 1;
        self.slots = vec![0; mask + 1];
        for id in 0..=id {
            let Some(hash) = hash(id) else { continue };
            let mut slot = hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = id + 1;
        }
    }
}

fn term<'a>(letters: &'a str, ends: &[u32], id: usize) -> &'a str {
    &letters[bounds(ends, id)]
}

fn bounds(ends: &[u32], id: usize) -> Range<usize> {
    let start = if id == 0 { 0 } else { ends[id - 1] };
    start as usize..ends[id] as usize
}
