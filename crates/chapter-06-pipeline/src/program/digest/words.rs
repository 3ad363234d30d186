//! Text into words.
//!
//! The text is cut at ASCII spaces and punctuation, `'` and `_` excepted, and
//! at what stands in their place in other scripts (see [`cuts`]); what lies
//! between falls into words as the Unicode standard says (UAX #29). So
//! `std::io` is two words, `don't` and `par_iter` are one each, and text that
//! is written without spaces has words too.
//!
//! A word is indexed and looked up in one form, so that it is found however it
//! is written: without the characters that nobody sees (default-ignorables,
//! such as the soft hyphen), with compatibility characters as what they stand
//! for (NFKC: a ligature is its letters, a fullwidth letter is the letter, and
//! a letter with its accent beside it is the accented letter), and in
//! lowercase.
//!
//! Nearly all text met is ASCII, and there a loop over bytes finds the same
//! words in a quarter of the time (`just bench chapter-06`); the standard's own
//! tables are asked about the rest. Most of its words are short, and are read
//! and folded eight bytes at once.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::{UnicodeSegmentation, UnicodeWordIndices};

use super::packed::{Easy, Packed};

/// A word as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Byte offset in the text.
    pub at: usize,
    /// The word, as written.
    pub text: &'a str,
    /// Whether it is written as it is indexed. Of some words that are, this is
    /// not known.
    folded: bool,
}

impl<'a> Word<'a> {
    /// The form in which the word is indexed and looked up: normalized, in
    /// lowercase, with a typewriter's apostrophe, a small sigma of one form,
    /// and without the dot that İ leaves on an i. `buffer` is where it is
    /// written to if it differs from the word as it stands.
    pub fn fold<'b>(&self, buffer: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        if self.folded {
            return self.text;
        }
        buffer.clear();
        if self.text.is_ascii() {
            buffer.push_str(self.text);
            buffer.make_ascii_lowercase();
        } else {
            let seen = self.text.chars().filter(|c| !is_ignorable(*c));
            let lower = seen
                .nfkc()
                .collect::<String>()
                .to_lowercase()
                .replace("i\u{307}", "i");
            // Lowercase letters may compose, or be compatibility characters
            // themselves.
            buffer.extend(lower.nfkc().map(|c| match c {
                '\u{2019}' => '\'',
                'ς' => 'σ',
                _ => c,
            }));
        }
        buffer
    }
}

/// Characters beyond ASCII at which the text is cut, because they stand for
/// ASCII that cuts it, and that the Unicode standard has as parts of words: the
/// narrow space before French punctuation, and a colon, semicolon, comma or
/// full stop of East Asian width or of other kinds.
pub fn cuts(c: char) -> bool {
    matches!(
        c,
        '\u{202f}'
            | '\u{37e}'
            | '\u{2024}'
            | '\u{fe10}'
            | '\u{fe13}'
            | '\u{fe14}'
            | '\u{fe50}'
            | '\u{fe52}'
            | '\u{fe54}'
            | '\u{fe55}'
            | '\u{ff0c}'
            | '\u{ff0e}'
            | '\u{ff1a}'
            | '\u{ff1b}'
    )
}

/// Characters that are not seen: those that have Unicode's property
/// Default_Ignorable_Code_Point.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The words of a text in order.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0, slow: None }
}

/// The iterator behind [`words`].
#[derive(Debug)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
    /// The words of a stretch that is not all ASCII, and where it begins.
    slow: Option<(usize, UnicodeWordIndices<'a>)>,
}

/// The class of a byte in a word: none (0), or one of these.
mod class {
    pub(super) const LOWER: u8 = 1;
    pub(super) const UPPER: u8 = 2;
    pub(super) const LETTER: u8 = LOWER | UPPER;
    pub(super) const DIGIT: u8 = 4;
    /// Part of a word, but not a word by itself.
    pub(super) const UNDERSCORE: u8 = 8;
    /// Whatever may follow itself and any other of these.
    pub(super) const PLAIN: u8 = LETTER | DIGIT | UNDERSCORE;
    /// Part of a word between two letters or two digits.
    pub(super) const APOSTROPHE: u8 = 16;
    /// Part of a character that is not ASCII: the tables know what it is.
    pub(super) const OTHER: u8 = 32;
}

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => class::LOWER,
            b'A'..=b'Z' => class::UPPER,
            b'0'..=b'9' => class::DIGIT,
            b'_' => class::UNDERSCORE,
            b'\'' => class::APOSTROPHE,
            128.. => class::OTHER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

fn class_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(0, |&byte| CLASSES[byte as usize])
}

/// Characters beyond ASCII that English text is full of.
enum Punctuation {
    /// Dashes, quotation marks, an ellipsis, an arrow, a space that does not
    /// break: never part of a word.
    Space,
    /// Part of a word where an apostrophe is.
    Apostrophe,
}

/// The punctuation that the bytes begin with, if it is a common one, and how
/// many bytes it takes. What follows it has to be ASCII or such a space itself:
/// anything else might be an accent that sits on it.
fn punctuation(bytes: &[u8]) -> Option<(Punctuation, usize)> {
    let width = space(bytes);
    let (kind, width) = match bytes {
        // U+2018 and U+2019.
        [0xe2, 0x80, 0x98 | 0x99, ..] => (Punctuation::Apostrophe, 3),
        _ if width > 0 => (Punctuation::Space, width),
        _ => return None,
    };
    let rest = &bytes[width..];
    let is_known = class_at(rest, 0) != class::OTHER || space(rest) > 0;
    is_known.then_some((kind, width))
}

/// How many bytes the character takes that they begin with, if it is a common
/// one that no word has.
fn space(bytes: &[u8]) -> usize {
    match bytes {
        // U+00A0.
        [0xc2, 0xa0, ..] => 2,
        // U+2010 to U+2015, U+201C and U+201D, U+2022, U+2026.
        [0xe2, 0x80, 0x90..=0x95 | 0x9c | 0x9d | 0xa2 | 0xa6, ..] => 3,
        // U+2190 to U+2193.
        [0xe2, 0x86, 0x90..=0x93, ..] => 3,
        _ => 0,
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        self.any()
    }
}

/// A word of a text that is indexed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// One that is known by its bytes.
    Easy { at: usize, packed: Packed },
    /// Any one.
    Any(Word<'a>),
}

impl Found<'_> {
    /// Byte offset in the text.
    #[inline(always)]
    pub(super) fn at(&self) -> usize {
        match self {
            Found::Easy { at, .. } => *at,
            Found::Any(word) => word.at,
        }
    }
}

impl<'a> Words<'a> {
    /// The next word in the form in which it takes least to index it. This is
    /// inlined by order: the compiler would hand over each word in memory,
    /// which takes as long as to find it.
    #[inline(always)]
    pub(super) fn find_next(&mut self) -> Option<Found<'a>> {
        if self.slow.is_none()
            && let Some((at, packed)) = self.easy()
        {
            return Some(Found::Easy { at, packed });
        }
        self.any().map(Found::Any)
    }

    /// The next word, if it is an easy one and nothing behind it may belong to
    /// it. Otherwise nothing but space is passed over.
    #[inline(always)]
    fn easy(&mut self) -> Option<(usize, Packed)> {
        let bytes = self.text.as_bytes();
        while CLASSES[*bytes.get(self.at)? as usize] == 0 {
            self.at += 1;
        }
        let start = self.at;
        let Easy { packed, end } = Easy::at(bytes, start)?;
        if CLASSES[*bytes.get(end)? as usize] != 0 {
            return None;
        }
        self.at = end + 1;
        Some((start, packed))
    }

    /// The next word, whatever it is.
    #[inline(never)]
    fn any(&mut self) -> Option<Word<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            if let Some((base, slow)) = &mut self.slow {
                if let Some((at, text)) =
                    slow.find(|(_, text)| !text.chars().all(is_ignorable))
                {
                    return Some(Word { at: *base + at, text, folded: false });
                }
                self.slow = None;
            }
            while self.at < bytes.len() && CLASSES[bytes[self.at] as usize] == 0
            {
                self.at += 1;
            }
            if self.at == bytes.len() {
                return None;
            }
            // The classes of the word, added up.
            let (start, mut met) = (self.at, 0);
            // Where the word ends, and how many bytes to pass over after it.
            let end = loop {
                let mut class = class_at(bytes, self.at);
                while class & class::PLAIN != 0 {
                    met |= class;
                    self.at += 1;
                    class = class_at(bytes, self.at);
                }
                let width = match class {
                    0 => break Some((self.at, 0)),
                    class::APOSTROPHE => 1,
                    _ => match punctuation(&bytes[self.at..]) {
                        Some((Punctuation::Space, width)) => {
                            break Some((self.at, width));
                        }
                        Some((Punctuation::Apostrophe, width)) => width,
                        None => break None,
                    },
                };
                let before = if self.at == start {
                    0
                } else {
                    class_at(bytes, self.at - 1)
                };
                let after = class_at(bytes, self.at + width);
                let joins = |class| before & class != 0 && after & class != 0;
                if before == class::OTHER || after == class::OTHER {
                    break None;
                }
                if !joins(class::LETTER) && !joins(class::DIGIT) {
                    // An apostrophe that joins nothing is a space.
                    break Some((self.at, width));
                }
                self.at += width;
                met |= if width > 1 { class::OTHER } else { 0 };
            };
            if let Some((end, width)) = end {
                self.at = end + width;
                if met & (class::LETTER | class::DIGIT) != 0 {
                    let folded = met & (class::UPPER | class::OTHER) == 0;
                    return Some(Word {
                        at: start,
                        text: &self.text[start..end],
                        folded,
                    });
                }
                continue;
            }
            // The stretch up to the next space has other than ASCII in it: the
            // tables decide.
            let rest = self.text[start..].char_indices();
            let space = |c: char| {
                if c.is_ascii() { CLASSES[c as usize] == 0 } else { cuts(c) }
            };
            let cut = rest.clone().find(|(_, c)| space(*c));
            let end = cut.map_or(bytes.len(), |(at, _)| start + at);
            self.at = cut.map_or(end, |(_, c)| end + c.len_utf8());
            self.slow =
                Some((start, self.text[start..end].unicode_word_indices()));
        }
    }
}

#[cfg(test)]
mod tests;
