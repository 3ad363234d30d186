//! Text into words.
//!
//! The text is cut at ASCII spaces and punctuation, `'` and `_` excepted; what lies between falls
//! into words as the Unicode standard says (UAX #29). So `std::io` is two words, `don't` and
//! `par_iter` are one each, and text that is written without spaces has words too.
//!
//! Nearly all text met is ASCII, and there a loop over bytes finds the same words in a quarter of
//! the time (`just bench chapter-06`); the standard's own tables are asked about the rest.

use std::borrow::Cow;

use unicode_segmentation::{UnicodeSegmentation, UnicodeWordIndices};

/// A word as it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Byte offset in the text.
    pub at: usize,
    /// The word, as written.
    pub text: &'a str,
}

/// The words of a text in order.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0, slow: None }
}

/// The form in which a word is indexed and looked up: lowercase, with a typewriter's apostrophe.
pub fn fold(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(word);
    }
    if word.is_ascii() {
        return Cow::Owned(word.to_ascii_lowercase());
    }
    Cow::Owned(word.to_lowercase().replace('\u{2019}', "'"))
}

/// The iterator behind [`words`].
#[derive(Debug)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
    /// The words of a stretch that is not all ASCII, and where it begins.
    slow: Option<(usize, UnicodeWordIndices<'a>)>,
}

/// A byte's part in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Letter,
    Digit,
    /// Part of a word, but not a word by itself.
    Underscore,
    /// Part of a word between two letters or two digits.
    Apostrophe,
    /// Part of a character whose kind the tables know.
    Other,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Space; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Letter,
            b'0'..=b'9' => Kind::Digit,
            b'_' => Kind::Underscore,
            b'\'' => Kind::Apostrophe,
            128.. => Kind::Other,
            _ => Kind::Space,
        };
        byte += 1;
    }
    kinds
};

fn kind(bytes: &[u8], at: usize) -> Kind {
    bytes.get(at).map_or(Kind::Space, |&byte| KINDS[byte as usize])
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        loop {
            if let Some((base, slow)) = &mut self.slow {
                if let Some((at, text)) = slow.next() {
                    return Some(Word { at: *base + at, text });
                }
                self.slow = None;
            }
            let bytes = self.text.as_bytes();
            while self.at < bytes.len() && kind(bytes, self.at) == Kind::Space {
                self.at += 1;
            }
            if self.at == bytes.len() {
                return None;
            }
            let start = self.at;
            let mut is_word = false;
            let end = loop {
                match kind(bytes, self.at) {
                    Kind::Letter | Kind::Digit => is_word = true,
                    Kind::Underscore => {}
                    Kind::Space => break Some(self.at),
                    Kind::Other => break None,
                    Kind::Apostrophe => {
                        let before =
                            if self.at == start { Kind::Space } else { kind(bytes, self.at - 1) };
                        match (before, kind(bytes, self.at + 1)) {
                            (_, Kind::Other) => break None,
                            (Kind::Letter, Kind::Letter) | (Kind::Digit, Kind::Digit) => {}
                            _ => break Some(self.at),
                        }
                    }
                }
                self.at += 1;
            };
            if let Some(end) = end {
                // An apostrophe that joins nothing is a space.
                self.at = end.max(start + 1);
                if is_word {
                    return Some(Word { at: start, text: &self.text[start..end] });
                }
                continue;
            }
            // The stretch up to the next space has other than ASCII in it: the tables decide.
            let stretch =
                bytes[start..].iter().position(|&byte| KINDS[byte as usize] == Kind::Space);
            let end = stretch.map_or(bytes.len(), |length| start + length);
            self.at = end;
            self.slow = Some((start, self.text[start..end].unicode_word_indices()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list(text: &str) -> Vec<&str> {
        words(text).map(|word| word.text).collect()
    }

    #[test]
    fn code_falls_apart_at_its_punctuation() {
        assert_eq!(
            list("std::io, v.push(x_1); rust-lang"),
            ["std", "io", "v", "push", "x_1", "rust", "lang"]
        );
        assert_eq!(list("fn f<'a>(x: &'a str) // _ __"), ["fn", "f", "a", "x", "a", "str"]);
    }

    #[test]
    fn an_apostrophe_joins_letters() {
        assert_eq!(
            list("don't 'quote' rock'n'roll o'2 it\u{2019}s"),
            ["don't", "quote", "rock'n'roll", "o", "2", "it\u{2019}s"]
        );
        assert_eq!(fold("It\u{2019}s"), "it's");
    }

    #[test]
    fn other_scripts_have_words_too() {
        assert_eq!(list("Ünïcode—naïve, Ελληνικά"), ["Ünïcode", "naïve", "Ελληνικά"]);
        assert_eq!(list("所有权"), ["所", "有", "权"]);
        assert_eq!(fold("ΕΛΛΆΔΑ"), "ελλάδα");
    }

    /// The definition at the top of this file, word for word.
    fn by_definition(text: &str) -> Vec<&str> {
        text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' && c != '_')
            .flat_map(str::unicode_words)
            .collect()
    }

    proptest! {
        #[test]
        fn the_fast_path_keeps_to_the_definition(text in "[a-zA-Z0-9_' .,:é\u{2019}\u{301}权가\n-]{0,40}|\\PC{0,40}") {
            prop_assert_eq!(list(&text), by_definition(&text));
        }

        #[test]
        fn every_word_stands_where_it_says(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert_eq!(&text[word.at..word.at + word.text.len()], word.text);
            }
        }
    }
}
