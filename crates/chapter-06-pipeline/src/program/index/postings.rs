//! The list of a term: which documents have it, and where.
//!
//! One entry a document: its number as the distance from the one before, then its body: how many
//! positions, how many bytes they take, and the positions, each as its distance from the one
//! before. All are variable-length integers of seven bits a byte, so most take one byte.

use std::io::Write;

/// Appends the body of an entry.
pub(super) fn push_body(out: &mut Vec<u8>, positions: &[u32]) {
    write(out, positions.len() as u32);
    let bytes: usize = distances(positions).map(width).sum();
    write(out, bytes as u32);
    for distance in distances(positions) {
        write(out, distance);
    }
}

/// Puts an entry into `out`, which must have room for it. `distance` is that of its document from
/// the one before.
pub(super) fn put(out: &mut impl Write, distance: u32, body: &[u8]) {
    write(out, distance);
    out.write_all(body).expect("there is room");
}

fn distances(positions: &[u32]) -> impl Iterator<Item = u32> + '_ {
    let mut last = 0;
    positions.iter().map(move |&position| {
        let distance = position - last;
        last = position;
        distance
    })
}

/// Bytes that a number takes.
pub(super) fn width(value: u32) -> usize {
    (32 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

fn write(out: &mut impl Write, mut value: u32) {
    let mut bytes = [0; 5];
    let mut length = 0;
    while value >= 0x80 {
        bytes[length] = value as u8 | 0x80;
        value >>= 7;
        length += 1;
    }
    bytes[length] = value as u8;
    out.write_all(&bytes[..=length]).expect("there is room");
}

/// One entry of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) document: u32,
    /// How many positions.
    pub(super) count: u32,
    positions: &'a [u8],
}

impl Entry<'_> {
    /// The positions in rising order.
    pub(super) fn positions(self) -> Vec<u32> {
        let mut rest = self.positions;
        let mut last = 0;
        let mut positions = Vec::with_capacity((self.count as usize).min(rest.len()));
        while let Some(position) = read(&mut rest).and_then(|distance| distance.checked_add(last)) {
            positions.push(position);
            last = position;
        }
        positions
    }
}

/// Iterates over the entries of a list.
#[derive(Clone, Debug)]
pub(super) struct List<'a> {
    rest: &'a [u8],
    last: u32,
}

impl<'a> List<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        List { rest: bytes, last: 0 }
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
        Some(Entry { document, count, positions })
    }
}

fn read(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f) << shift;
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
            lists in proptest::collection::btree_map(any::<u32>(), proptest::collection::btree_set(any::<u32>(), 1..20), 0..10)
        ) {
            let lists: Vec<(u32, Vec<u32>)> =
                lists.into_iter().map(|(document, set)| (document, set.into_iter().collect())).collect();
            let (mut bytes, mut last) = (Vec::new(), 0);
            for (document, positions) in &lists {
                let mut body = Vec::new();
                push_body(&mut body, positions);
                let before = bytes.len();
                put(&mut bytes, document - last, &body);
                prop_assert_eq!(bytes.len() - before, width(document - last) + body.len());
                last = *document;
            }
            let read: Vec<(u32, Vec<u32>)> =
                List::new(&bytes).map(|entry| (entry.document, entry.positions())).collect();
            prop_assert_eq!(read, lists);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let entries = List::new(&bytes).map(|entry| entry.positions().len() + 1);
            assert!(entries.sum::<usize>() <= bytes.len());
        }
    }
}
