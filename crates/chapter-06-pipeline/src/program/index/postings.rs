//! The list of a term: which documents have it, and where.
//!
//! One entry a document: its number, how many positions, how many bytes they take, then the
//! positions, each as its distance from the one before. All are variable-length integers of seven
//! bits a byte, so most take one byte.

/// Appends one entry.
pub(super) fn push(out: &mut Vec<u8>, document: u32, positions: &[u32]) {
    write(out, document);
    write(out, positions.len() as u32);
    let bytes: usize = distances(positions).map(width).sum();
    write(out, bytes as u32);
    for distance in distances(positions) {
        write(out, distance);
    }
}

fn distances(positions: &[u32]) -> impl Iterator<Item = u32> + '_ {
    let mut last = 0;
    positions.iter().map(move |&position| {
        let distance = position - last;
        last = position;
        distance
    })
}

fn width(value: u32) -> usize {
    (32 - (value | 1).leading_zeros()).div_ceil(7) as usize
}

fn write(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
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
    /// Appends this entry under another number.
    pub(super) fn push_as(self, out: &mut Vec<u8>, document: u32) {
        write(out, document);
        write(out, self.count);
        write(out, self.positions.len() as u32);
        out.extend_from_slice(self.positions);
    }

    /// The positions in rising order.
    pub(super) fn positions(self) -> Vec<u32> {
        let mut rest = self.positions;
        let mut last = 0;
        let mut positions = Vec::with_capacity((self.count as usize).min(rest.len()));
        while let Some(distance) = read(&mut rest) {
            last += distance;
            positions.push(last);
        }
        positions
    }
}

/// Iterates over the entries of a list.
#[derive(Clone, Debug)]
pub(super) struct List<'a>(&'a [u8]);

impl<'a> List<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        List(bytes)
    }
}

impl<'a> Iterator for List<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let document = read(&mut self.0)?;
        let count = read(&mut self.0)?;
        let bytes = read(&mut self.0)?;
        let (positions, rest) = self.0.split_at_checked(bytes as usize)?;
        self.0 = rest;
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
            lists in proptest::collection::vec((any::<u32>(), proptest::collection::btree_set(any::<u32>(), 1..20)), 0..10)
        ) {
            let lists: Vec<(u32, Vec<u32>)> =
                lists.into_iter().map(|(document, set)| (document, set.into_iter().collect())).collect();
            let mut bytes = Vec::new();
            for (document, positions) in &lists {
                push(&mut bytes, *document, positions);
            }
            let read: Vec<(u32, Vec<u32>)> =
                List::new(&bytes).map(|entry| (entry.document, entry.positions())).collect();
            prop_assert_eq!(read, lists);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            assert!(List::new(&bytes).count() <= bytes.len());
        }
    }
}
