//! The postings list of a term: which documents have it, and where.
//!
//! Written by hand, as BM25 is in `search`, because it is a subject of this
//! program; `tantivy` is the crate that has both.
//!
//! One entry a document: its number as the distance from the one before, then
//! its body: how many positions, how many bytes they take, and the positions,
//! each as its distance from the one before. All are variable-length integers
//! of seven bits a byte, so most take one byte.

use std::cell::Cell;
use std::iter;
use std::mem::take;

use super::names::role;

/// The postings list of a term while it grows: in the order in which the
/// documents came.
#[derive(Debug, Default)]
pub(super) struct PostingsBuilder {
    pub(super) occurrences: u64,
    /// Each document's number and the body of its entry.
    pub(super) entries: Vec<u8>,
}

impl PostingsBuilder {
    /// Adds a document with its positions.
    pub(super) fn push(&mut self, document: u32, positions: &[u32]) {
        self.occurrences += positions.len() as u64;
        push(&mut self.entries, document, positions);
    }

    /// Adds a document that a word is a name of: with its roles where others
    /// have a count, and sections where others have positions.
    pub(super) fn push_name(
        &mut self,
        document: u32,
        roles: u32,
        sections: &[u32],
    ) {
        push_entry(&mut self.entries, document, roles, sections);
    }

    /// Takes over the entries of another list, which is empty afterwards.
    pub(super) fn append(&mut self, other: &mut PostingsBuilder) {
        self.occurrences += take(&mut other.occurrences);
        // A vector that doubles is half empty; these are most of what the
        // builder has in memory.
        if self.entries.capacity() - self.entries.len() < other.entries.len() {
            self.entries
                .reserve_exact(other.entries.len() + self.entries.len() / 8);
        }
        self.entries.append(&mut other.entries);
    }
}

/// Appends an entry to a list that is not in order yet: the document's own
/// number, and the body.
fn push(out: &mut Vec<u8>, document: u32, positions: &[u32]) {
    push_entry(out, document, positions.len() as u32, positions);
}

fn push_entry(out: &mut Vec<u8>, document: u32, count: u32, positions: &[u32]) {
    write(out, document);
    write(out, count);
    let length_at = out.len();
    out.push(0);
    let mut last = 0;
    // A vector asks for room at each push, and an array has it.
    for some in positions.chunks(AT_ONCE) {
        let (mut room, mut end) = ([0; AT_ONCE * WIDEST], 0);
        for &position in some {
            end = put(&mut room, end, position - last);
            last = position;
        }
        out.extend_from_slice(&room[..end]);
    }
    // The length is known only now. That of nearly all fits into one byte.
    let first = length_at + 1;
    let length = out.len() - first;
    let more = width(length as u32) - 1;
    if more > 0 {
        out.resize(out.len() + more, 0);
        out.copy_within(first..first + length, first + more);
    }
    put(&mut out[length_at..], 0, length as u32);
}

/// Positions that are written at once.
const AT_ONCE: usize = 16;
/// Bytes that a number takes at most.
const WIDEST: usize = 5;

/// Writes a number into room that is there, and returns where it ends.
#[inline(always)]
fn put(room: &mut [u8], mut at: usize, mut value: u32) -> usize {
    while value >= 0x80 {
        room[at] = value as u8 | 0x80;
        value >>= 7;
        at += 1;
    }
    room[at] = value as u8;
    at + 1
}

/// Appends an entry to a list that is in order. `distance` is that of its
/// document from the one before.
pub(super) fn write_entry(out: &mut Vec<u8>, distance: u32, body: &[u8]) {
    write(out, distance);
    out.extend_from_slice(body);
}

/// The entries of a list: the number before each body, and where the body
/// begins.
pub(super) fn entries(list: &[u8]) -> impl Iterator<Item = (u32, usize)> {
    let mut rest = list;
    iter::from_fn(move || {
        let number = read(&mut rest)?;
        let at = list.len() - rest.len();
        rest = &rest[body(rest)?.len()..];
        Some((number, at))
    })
}

/// The body at the beginning of these bytes.
pub(super) fn body(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let _count = read(&mut rest)?;
    let length = read(&mut rest)?;
    bytes.get(..bytes.len() - rest.len() + length as usize)
}

/// Bytes that a number takes.
fn width(value: u32) -> usize {
    (32 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

pub(super) fn write(out: &mut Vec<u8>, value: impl Into<u64>) {
    let mut value = value.into();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// No position is beyond it, as no text is that long: so what is added to one
/// fits.
const LAST: u32 = u32::MAX / 2;

/// One entry of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) document: u32,
    /// How many positions.
    pub(super) count: u32,
    positions: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The positions in rising order.
    pub(super) fn positions(self) -> impl Iterator<Item = u32> + 'a {
        let (mut rest, mut last) = (self.positions, 0_u32);
        iter::from_fn(move || {
            last = read(&mut rest)?.checked_add(last)?;
            (last <= LAST).then_some(last)
        })
    }
}

/// Iterates over the entries of a list.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    all: &'a [u8],
    rest: &'a [u8],
    last: u32,
    marks: &'a [Mark],
    /// Counts what is read.
    visited: Option<&'a Cell<u64>>,
}

impl<'a> List<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        List { all: bytes, rest: bytes, last: 0, marks: &[], visited: None }
    }

    /// The list with marks by which it may be passed through in steps, and a
    /// counter of what is read of it.
    pub(super) fn in_steps(
        self,
        marks: &'a [Mark],
        visited: &'a Cell<u64>,
    ) -> Self {
        List { marks, visited: Some(visited), ..self }
    }

    /// The entry of a document, if it has one. What comes before it is passed
    /// over, so who asks for several asks in rising order.
    pub(super) fn seek(&mut self, document: u32) -> Option<Entry<'a>> {
        let passed = self.marks.partition_point(|mark| mark.last < document);
        if let Some(mark) =
            passed.checked_sub(1).and_then(|nth| self.marks.get(nth))
        {
            let rest = self.all.get(mark.at as usize..).unwrap_or_default();
            if rest.len() < self.rest.len() {
                (self.rest, self.last) = (rest, mark.last);
            }
            self.marks = &self.marks[passed..];
        }
        loop {
            let before = (self.rest, self.last);
            let entry = self.next()?;
            if entry.document > document {
                (self.rest, self.last) = before;
                return None;
            }
            if entry.document == document {
                return Some(entry);
            }
        }
    }
}

impl<'a> Iterator for List<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let document = read(&mut self.rest)?.checked_add(self.last)?;
        let count = read(&mut self.rest)?;
        let bytes = read(&mut self.rest)?;
        let (positions, rest) = self.rest.split_at_checked(bytes as usize)?;
        (self.rest, self.last) = (rest, document);
        if let Some(visited) = self.visited {
            visited.set(visited.get() + 1);
        }
        Some(Entry { document, count, positions })
    }
}

/// A place in a list where an entry begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The document of the entry before it.
    last: u32,
    at: u32,
}

/// Entries from one mark to the next.
const STEP: u32 = 32;

/// The marks of the long lists. They are made when an index is, and not saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Marks {
    /// The long lists in the order in which they stand.
    lists: Vec<LongList>,
    marks: Vec<Mark>,
}

/// What is known of a long list without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LongList {
    /// Where it begins among all lists.
    start: u64,
    /// Where its marks end.
    marks: u32,
    entries: u32,
    /// Entries of a list of names whose roles are those of a page.
    pages: u32,
}

impl Marks {
    /// Adds the marks of the list that begins at `start`, behind all that were
    /// added before.
    pub(super) fn add(&mut self, start: u64, bytes: &[u8]) {
        // An entry takes four bytes or more.
        if bytes.len() < 8 * STEP as usize
            || u32::try_from(bytes.len()).is_err()
        {
            return;
        }
        let (mut entries, mut pages) = (0, 0);
        let mut list = List::new(bytes);
        while let Some(entry) = list.next() {
            entries += 1;
            pages += u32::from(entry.count & role::PAGE != 0);
            if entries % STEP == 0 {
                let at = (bytes.len() - list.rest.len()) as u32;
                self.marks.push(Mark { last: list.last, at });
            }
        }
        self.lists.push(LongList {
            start,
            marks: self.marks.len() as u32,
            entries,
            pages,
        });
    }

    /// The number of entries of the list that begins at `start`, and of those
    /// of a page: what is known of a long one, and of any other by reading it.
    pub(super) fn counted(&self, start: u64, list: List<'_>) -> (usize, usize) {
        match self.find(start) {
            Some(nth) => (
                self.lists[nth].entries as usize,
                self.lists[nth].pages as usize,
            ),
            None => list.fold((0, 0), |(entries, pages), entry| {
                (
                    entries + 1,
                    pages + usize::from(entry.count & role::PAGE != 0),
                )
            }),
        }
    }

    /// The marks of the list that begins at `start`.
    pub(super) fn of(&self, start: u64) -> &[Mark] {
        let Some(nth) = self.find(start) else { return &[] };
        let from =
            nth.checked_sub(1).map_or(0, |before| self.lists[before].marks);
        &self.marks[from as usize..self.lists[nth].marks as usize]
    }

    fn find(&self, start: u64) -> Option<usize> {
        self.lists.binary_search_by_key(&start, |list| list.start).ok()
    }

    /// Bytes that they take in memory.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.lists) + size_of_val(&*self.marks)
    }

    /// Gives back what was only room to grow.
    pub(super) fn shrink(&mut self) {
        self.lists.shrink_to_fit();
        self.marks.shrink_to_fit();
    }
}

#[inline]
fn read(bytes: &mut &[u8]) -> Option<u32> {
    // Most take one byte.
    if let [byte @ ..0x80, rest @ ..] = *bytes {
        *bytes = rest;
        return Some(u32::from(*byte));
    }
    // The bits beyond are those of a damaged file.
    read_below(35, bytes).map(|value| value as u32)
}

/// Reads any number that [`write`] has written.
pub(super) fn read_long(bytes: &mut &[u8]) -> Option<u64> {
    read_below(70, bytes)
}

/// Reads a number of at most `bits` bits.
fn read_below(bits: u32, bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..bits).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_pushed_is_read(
            lists in proptest::collection::btree_map(any::<u32>(), proptest::collection::btree_set(0..=LAST, 1..80), 0..10)
        ) {
            let lists: Vec<(u32, Vec<u32>)> =
                lists.into_iter().map(|(document, set)| (document, set.into_iter().collect())).collect();
            let (mut bytes, mut last) = (Vec::new(), 0);
            for (document, positions) in &lists {
                let mut entry = Vec::new();
                push(&mut entry, *document, positions);
                let (numbered, at) = entries(&entry).next().expect("it was just pushed");
                let body = &entry[at..];
                prop_assert_eq!(numbered, *document);
                prop_assert_eq!(super::body(body), Some(body));
                let before = bytes.len();
                write_entry(&mut bytes, document - last, body);
                prop_assert_eq!(bytes.len() - before, width(document - last) + body.len());
                last = *document;
            }
            let read: Vec<(u32, Vec<u32>)> =
                List::new(&bytes).map(|entry| (entry.document, entry.positions().collect())).collect();
            prop_assert_eq!(read, lists);
        }

        #[test]
        fn a_list_in_steps_has_the_same_entries(
            documents in proptest::collection::btree_set(0..3_000_u32, 0..600),
            wanted in proptest::collection::btree_set(0..3_000_u32, 0..40),
        ) {
            let (mut bytes, mut last) = (Vec::new(), 0);
            for &document in &documents {
                let mut entry = Vec::new();
                push(&mut entry, document, &[document]);
                let (_, at) = entries(&entry).next().expect("it was just pushed");
                write_entry(&mut bytes, document - last, &entry[at..]);
                last = document;
            }
            let mut marks = Marks::default();
            marks.add(7, &bytes);
            let visited = Cell::new(0);
            let mut list = List::new(&bytes).in_steps(marks.of(7), &visited);
            for &document in &wanted {
                let found = list.seek(document).map(|entry| entry.document);
                prop_assert_eq!(found, documents.get(&document).copied());
            }
            // A list without marks has fewer than two steps of entries.
            prop_assert!(visited.get() <= wanted.len() as u64 * u64::from(2 * STEP));
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let entries = List::new(&bytes).map(|entry| entry.positions().count() + 1);
            assert!(entries.sum::<usize>() <= bytes.len());
            let mut marks = Marks::default();
            marks.add(0, &bytes);
            let visited = Cell::new(0);
            let mut list = List::new(&bytes).in_steps(marks.of(0), &visited);
            for document in 0..40 {
                list.seek(document);
            }
        }
    }
}
