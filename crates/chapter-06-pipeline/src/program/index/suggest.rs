//! What somebody may have meant who typed a word that stands nowhere.

use std::cmp::Reverse;

use super::names::MARK;
use super::{Index, Query};
use crate::program::digest::words::words;

/// Letters of a word for which others are looked for: longer ones are no words.
const LONGEST: usize = 40;

impl Index {
    /// The query with each word that stands nowhere replaced by the nearest one that does: by the
    /// number of letters that are wrong, and then by how often it stands. `None` if there is
    /// nothing near, or nothing to replace.
    pub fn suggest(&self, query: &Query) -> Option<String> {
        let mut text = query.text.clone();
        let apart = query.word_by_word();
        let unknown: Vec<&str> = self.unknown(apart.as_ref().unwrap_or(query)).collect();
        if unknown.is_empty() {
            return None;
        }
        for word in unknown {
            let near = self.nearest(word)?;
            let mut buffer = String::new();
            let typed = words(&text).find(|typed| typed.fold(&mut buffer) == word)?;
            let range = typed.at..typed.at + typed.text.len();
            text.replace_range(range, &near);
        }
        Some(text)
    }

    fn nearest(&self, word: &str) -> Option<String> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() > LONGEST {
            return None;
        }
        let most = match letters.len() {
            0..3 => return None,
            3..6 => 1,
            _ => 2,
        };
        let mut rows = Rows::default();
        let mut other: Vec<char> = Vec::new();
        let near = self.contents.terms.iter().filter_map(|term| {
            let text = term.text.strip_prefix(MARK).unwrap_or(&term.text);
            // Bytes tell at once that most are too short or too long.
            if text.len() + most < letters.len() || text.len() > 4 * (letters.len() + most) {
                return None;
            }
            other.clear();
            other.extend(text.chars().take(letters.len() + most + 1));
            let distance = rows.distance(&letters, &other, most)?;
            Some((distance, Reverse(term.occurrences), text))
        });
        near.min().map(|(.., text)| text.to_owned())
    }
}

/// The rows of the table in which a distance is found.
#[derive(Debug, Default)]
struct Rows([Vec<usize>; 3]);

impl Rows {
    /// How many letters have to be added, left out, replaced, or swapped with the next one to make
    /// one word of another (the "optimal string alignment" distance). `None` if it is more than
    /// `most`.
    fn distance(&mut self, from: &[char], to: &[char], most: usize) -> Option<usize> {
        if from.len().abs_diff(to.len()) > most {
            return None;
        }
        let [before, last, row] = &mut self.0;
        last.clear();
        last.extend(0..=to.len());
        before.clone_from(last);
        for (i, a) in from.iter().enumerate() {
            row.clear();
            row.push(i + 1);
            for (j, b) in to.iter().enumerate() {
                let mut least =
                    (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
                if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                    least = least.min(before[j - 1] + 1);
                }
                row.push(least);
            }
            if row.iter().all(|it| *it > most) {
                return None;
            }
            std::mem::swap(before, last);
            std::mem::swap(last, row);
        }
        last.last().copied().filter(|distance| *distance <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Builder;
    use super::*;
    use crate::program::body::MediaType;
    use crate::program::digest::digest;

    fn suggested(page: &str, query: &str) -> Option<String> {
        let builder = Builder::new();
        let digest = digest(page.as_bytes(), MediaType::Html, None).expect("it is a page");
        builder.add("http://example/shelf", 1, digest);
        builder.finish().suggest(&Query::parse(query).expect("it has a word"))
    }

    #[test]
    fn a_word_that_stands_nowhere_is_replaced_by_the_nearest() {
        let page = "<title>HashMap</title><p>A hashmap, a hash and a hatch; hatch, hatch.";
        let suggested = |query| suggested(page, query);
        assert_eq!(suggested("HashMpa").as_deref(), Some("hashmap"));
        assert_eq!(suggested("\"a hahs\" shelv").as_deref(), Some("\"a hash\" shelf"));
        assert_eq!(suggested("std::HashMp"), None, "nothing is near to std");
        assert_eq!(suggested("hash"), None, "it stands there");
        assert_eq!(suggested("hatsh").as_deref(), Some("hatch"), "the more frequent of two");
        assert_eq!(suggested("entirely"), None);
        assert_eq!(suggested("haaash*").as_deref(), Some("hash*"));
    }

    #[test]
    fn letters_are_added_left_out_replaced_or_swapped() {
        let distance = |from: &str, to: &str| {
            let [from, to] = [from, to].map(|word| word.chars().collect::<Vec<_>>());
            Rows::default().distance(&from, &to, 2)
        };
        for (from, to, expected) in [
            ("same", "same", Some(0)),
            ("form", "from", Some(1)),
            ("lock", "clock", Some(1)),
            ("clock", "lock", Some(1)),
            ("lick", "lock", Some(1)),
            ("abcd", "badc", Some(2)),
            ("ab", "abcde", None),
            ("abcd", "wxyz", None),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }
}
