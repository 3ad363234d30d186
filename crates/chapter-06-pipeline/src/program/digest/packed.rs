//! Eight bytes at once, and short words as numbers.
//!
//! A loop over bytes takes a few instructions for each of them. Here the same
//! few do for eight, which stand in one number: no byte's sum is larger than a
//! byte, so none reaches the next one. (Rust's portable SIMD is not stable
//! yet, and what is stable of it is `unsafe`.)

use std::num::NonZeroU128;

/// A word of at most 16 bytes, none of them 0, in one number: so it is compared
/// and hashed in a few instructions. The first byte stands in the lowest place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::program) struct Packed(NonZeroU128);

impl Packed {
    /// Packs a word, if it fits.
    pub(in crate::program) const fn new(word: &[u8]) -> Option<Self> {
        if word.len() > size_of::<Packed>() {
            return None;
        }
        let (mut packed, mut at) = (0, 0);
        while at < word.len() {
            if word[at] == 0 {
                return None;
            }
            packed |= (word[at] as u128) << (8 * at);
            at += 1;
        }
        Self::from_halves(packed as u64, (packed >> 64) as u64)
    }

    /// The word of at most eight bytes that stands in this number with its last
    /// byte in the lowest place, if it has any.
    #[inline]
    pub(super) const fn from_reversed(word: u64) -> Option<Self> {
        let unused = word.leading_zeros() / 8 * 8;
        match unused {
            64 => None,
            _ => Self::from_halves(word.swap_bytes() >> unused, 0),
        }
    }

    /// The word whose first eight bytes and whose others stand in these
    /// numbers, if it has any.
    #[inline]
    pub(super) const fn from_halves(first: u64, second: u64) -> Option<Self> {
        match NonZeroU128::new((second as u128) << 64 | first as u128) {
            Some(packed) => Some(Packed(packed)),
            None => None,
        }
    }

    /// The word's bytes, with zeros behind them, and how many they are.
    pub(in crate::program) fn bytes(self) -> ([u8; 16], usize) {
        let length = 16 - self.0.leading_zeros() as usize / 8;
        (self.0.get().to_le_bytes(), length)
    }

    /// Appends the word.
    ///
    /// # Panics
    /// If its bytes are not UTF-8.
    pub(super) fn push_to(self, out: &mut String) {
        let (bytes, length) = self.bytes();
        let word = std::str::from_utf8(&bytes[..length]);
        out.push_str(word.expect("a word was packed"));
    }

    /// A number in which all bytes have a part.
    #[inline]
    pub(super) const fn mixed(self) -> u64 {
        let packed = self.0.get();
        let (first, second) = (packed as u64, (packed >> 64) as u64);
        (first ^ second.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Eight bytes that follow each other, the first in the lowest place.
#[derive(Clone, Copy, Debug)]
struct Eight(u64);

/// The highest bit of each byte. What asks something of each byte answers with
/// these.
const HIGH: u64 = each(0x80);

/// The number that has this byte in all places.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Eight {
    /// The bytes from `at` on, if there are eight.
    #[inline(always)]
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let eight = bytes.get(at..)?.first_chunk()?;
        Some(Eight(u64::from_le_bytes(*eight)))
    }

    /// The letters, digits and underscores that the bytes begin with.
    #[inline(always)]
    fn beginning(self) -> Beginning {
        // A letter is one of `a` to `z` with this bit, and nothing else is.
        let letters = Eight(self.0 | each(0x20)).between(b'a', b'z');
        let letters_or_digits = letters | self.between(b'0', b'9');
        let others = HIGH & !(letters_or_digits | self.between(b'_', b'_'));
        // All bits below the first other byte: all there are, if there is none.
        let first_other = others & others.wrapping_neg();
        let within = (first_other >> 7).wrapping_sub(1);
        Beginning {
            length: others.trailing_zeros() as usize / 8,
            // That bit again, where a letter is: 0x80 >> 2.
            lowercase: (self.0 | letters >> 2) & within,
            is_word: letters_or_digits & within != 0,
        }
    }

    /// The bytes that are from `first` to `last`, both of which are ASCII.
    #[inline(always)]
    const fn between(self, first: u8, last: u8) -> u64 {
        let low = self.0 & !HIGH;
        let reaches_first = low + each(0x80 - first);
        let is_beyond_last = low + each(0x7f - last);
        reaches_first & !is_beyond_last & !self.0 & HIGH
    }
}

/// What eight bytes begin with.
struct Beginning {
    /// How many of the bytes, from none to all.
    length: usize,
    /// They, with small letters for capital ones. The others are 0.
    lowercase: u64,
    /// Whether there is a letter or a digit.
    is_word: bool,
}

/// A word of at most 15 ASCII letters, digits and underscores.
#[derive(Clone, Copy, Debug)]
pub(super) struct Easy {
    /// It, with small letters for capital ones.
    pub(super) packed: Packed,
    /// Where it ends.
    pub(super) end: usize,
}

impl Easy {
    /// The word that begins at `start`. Nothing if there is none, or a longer
    /// one, or if this is so near to the end that there are not eight bytes to
    /// look at.
    #[inline(always)]
    pub(super) fn at(bytes: &[u8], start: usize) -> Option<Self> {
        let first = Eight::at(bytes, start)?.beginning();
        if first.length == 8 {
            return Self::long(bytes, start + 8, first);
        }
        let packed = Packed::from_halves(first.lowercase, 0)?;
        first.is_word.then_some(Easy { packed, end: start + first.length })
    }

    /// The word whose ninth byte would stand here.
    fn long(bytes: &[u8], at: usize, first: Beginning) -> Option<Self> {
        let second = Eight::at(bytes, at)?.beginning();
        let is_word = first.is_word || second.is_word;
        if second.length == 8 || !is_word {
            return None;
        }
        let packed = Packed::from_halves(first.lowercase, second.lowercase)?;
        Some(Easy { packed, end: at + second.length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_easy_word_is_what_each_byte_is(
            text in "([a-zA-Z0-9_]{0,9}[@-Z\\[^_`a-z{/0-9:\\PC]?){0,3}",
            after: [u8; 16],
        ) {
            let bytes = [text.as_bytes(), &after].concat();
            let expected: Vec<u8> = bytes
                .iter()
                .copied()
                .take_while(|it| it.is_ascii_alphanumeric() || *it == b'_')
                .collect();
            let is_word = expected.iter().any(u8::is_ascii_alphanumeric);
            match Easy::at(&bytes, 0) {
                Some(easy) => {
                    prop_assert!(is_word);
                    prop_assert_eq!(easy.end, expected.len());
                    let lowercase = expected.to_ascii_lowercase();
                    prop_assert_eq!(Some(easy.packed), Packed::new(&lowercase));
                }
                None => prop_assert!(!is_word || expected.len() > 15),
            }
        }
    }

    #[test]
    fn a_word_that_fits_is_packed() {
        let halves = |first: &[u8; 8], second: &[u8; 8]| {
            Packed::from_halves(
                u64::from_le_bytes(*first),
                u64::from_le_bytes(*second),
            )
        };
        assert_eq!(Packed::new(b"word"), halves(b"word\0\0\0\0", &[0; 8]));
        let whole = Packed::new(b"sixteen_letters_");
        assert_eq!(whole, halves(b"sixteen_", b"letters_"));
        assert!(whole.is_some());
        assert_eq!(Packed::new(b"seventeen_letters"), None);
        let reversed = u64::from_be_bytes(*b"\0\0\0\0word");
        assert_eq!(Packed::from_reversed(reversed), Packed::new(b"word"));
        let reversed = u64::from_be_bytes(*b"eight_it");
        assert_eq!(Packed::from_reversed(reversed), Packed::new(b"eight_it"));
        assert_eq!(Packed::from_reversed(0), None);
        assert_eq!(Packed::new(b"a\0b"), None);
        assert_eq!(Packed::new(b""), None);
    }
}
