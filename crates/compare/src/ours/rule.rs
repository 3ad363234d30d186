//! The rule that all arms share: which words a page has, and what is computed
//! of an index.
//!
//! It is simpler than the program's own, so that other languages can have
//! exactly the same: a word is a run of ASCII letters and digits in the page's
//! text, in lowercase. Every tag ends a word. What stands in `script`, `style`
//! and `noscript` is no text.

use std::collections::HashMap;
use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// The words of a page, with a space after each.
pub fn words(html: &[u8]) -> String {
    let mut out = String::with_capacity(html.len() / 4);
    let mut hidden: Option<Vec<u8>> = None;
    let note = |event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag {
                name: name @ (b"script" | b"style" | b"noscript"),
            } => {
                hidden.get_or_insert_with(|| name.to_vec());
            }
            CallbackEvent::EndTag { name }
                if hidden.as_deref() == Some(name) =>
            {
                hidden = None
            }
            CallbackEvent::String { value } if hidden.is_none() => {
                note_words(value, &mut out)
            }
            _ => (),
        }
        None
    };
    let mut emitter = CallbackEmitter::new(note);
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    out
}

fn note_words(text: &[u8], out: &mut String) {
    for word in text.split(|byte| !byte.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            out.extend(
                word.iter().map(|byte| byte.to_ascii_lowercase() as char),
            );
            out.push(' ');
        }
    }
}

/// A positional index as one writes it first: for each word its documents, each
/// with its places.
#[derive(Debug, Default, PartialEq)]
pub struct PlainIndex {
    /// For each word the documents that have it, with the positions.
    pub terms: HashMap<String, Vec<(u32, Vec<u32>)>>,
    /// How many words each document has.
    pub lengths: Vec<u64>,
}

/// The positions of each word of one document, and how many words it has.
pub fn positions(words: &str) -> (HashMap<&str, Vec<u32>>, u64) {
    let mut found: HashMap<&str, Vec<u32>> = HashMap::new();
    let mut count = 0;
    for word in words.split_ascii_whitespace() {
        found.entry(word).or_default().push(count);
        count += 1;
    }
    (found, u64::from(count))
}

impl PlainIndex {
    /// An index with room for so many documents.
    pub fn new(documents: usize) -> Self {
        PlainIndex { terms: HashMap::new(), lengths: vec![0; documents] }
    }

    /// Adds one document.
    pub fn add(&mut self, document: usize, words: &str) {
        let (found, count) = positions(words);
        self.lengths[document] = count;
        for (word, positions) in found {
            let entry = (document as u32, positions);
            match self.terms.get_mut(word) {
                Some(list) => list.push(entry),
                None => drop(self.terms.insert(word.to_owned(), vec![entry])),
            }
        }
    }

    /// What all arms must agree on, see [`result`].
    pub fn result(&self) -> String {
        let terms = self.terms.iter().map(|(word, list)| {
            (
                word.as_str(),
                list.iter().map(|(_, positions)| positions.len() as u64).sum(),
            )
        });
        result(terms, &self.lengths)
    }
}

/// Documents, distinct words, words, and a checksum of every word with how
/// often it occurs and every document with how many words it has. The order of
/// the words does not matter.
pub fn result<'a>(
    terms: impl Iterator<Item = (&'a str, u64)>,
    lengths: &[u64],
) -> String {
    let (mut distinct, mut words, mut checksum) = (0_u64, 0_u64, 0_u64);
    for (word, occurrences) in terms {
        distinct += 1;
        words += occurrences;
        let hash = u64::from(crc32fast::hash(word.as_bytes()));
        checksum = checksum.wrapping_add(hash.wrapping_mul(occurrences));
    }
    for (nth, length) in (1_u64..).zip(lengths) {
        checksum = checksum.wrapping_add(nth.wrapping_mul(*length));
    }
    format!("{}/{distinct}/{words}/{checksum:016x}", lengths.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends_a_word_and_hidden_text_is_none() {
        let html = b"<title>A b</title><p>x<b>Y1</b>&lt;z&gt; caf\xc3\xa9<script>no</script>\
            <style>no</style><noscript>no</noscript>!<!-- no -->end";
        assert_eq!(words(html), "a b x y1 z caf end ");
    }

    #[test]
    fn the_result_depends_on_counts_and_documents_but_not_on_order() {
        let index = |pages: &[(usize, &str)]| {
            let mut index = PlainIndex::new(2);
            pages.iter().for_each(|(nth, words)| index.add(*nth, words));
            index.result()
        };
        let expected = index(&[(0, "a b a"), (1, "c")]);
        assert!(expected.starts_with("2/3/4/"), "{expected}");
        assert_eq!(index(&[(1, "c"), (0, "a a b")]), expected);
        assert_ne!(index(&[(1, "a b a"), (0, "c")]), expected);
        assert_ne!(index(&[(0, "a b b"), (1, "c")]), expected);
    }
}
