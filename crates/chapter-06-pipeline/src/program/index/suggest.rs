//! What somebody may have meant who typed a word that stands nowhere.

use std::cmp::Reverse;

use super::names::MARK;
use super::{Index, Query, Term};
use crate::program::digest::words::words;

/// Letters of a word for which others are looked for: longer ones are no words.
const LONGEST: usize = 40;

/// Words that stand nowhere, of more of which none is replaced.
const MOST: usize = 4;

impl Index {
    /// The query with each word that stands nowhere replaced by the nearest one
    /// that does: by the number of letters that are wrong, and then by how
    /// often it stands. `None` if there is nothing near, or nothing to replace,
    /// or more than a few words.
    pub fn suggest(&self, query: &Query) -> Option<String> {
        let mut text = query.text.clone();
        let apart = query.word_by_word();
        let unknown: Vec<&str> = self
            .unknown(apart.as_ref().unwrap_or(query))
            .take(MOST + 1)
            .collect();
        if unknown.is_empty() || unknown.len() > MOST {
            return None;
        }
        for word in unknown {
            let near = self.nearest(word)?;
            let mut buffer = String::new();
            let typed =
                words(&text).find(|typed| typed.fold(&mut buffer) == word)?;
            let range = typed.at..typed.at + typed.text.len();
            text.replace_range(range, &near);
        }
        Some(text)
    }

    fn nearest(&self, word: &str) -> Option<String> {
        let mut table = Table::new(word)?;
        let words = self.words_only();
        let names =
            &self.contents.terms[..self.contents.terms.len() - words.len()];
        let near =
            names.iter().map(|term| (term, &term.text[MARK.len_utf8()..]));
        let names: Vec<(&Term, &str)> = near.collect();
        let words: Vec<(&Term, &str)> =
            words.iter().map(|term| (term, &*term.text)).collect();
        // A word of few letters too many or too few is found in both; the
        // better one counts.
        let best = [names, words]
            .into_iter()
            .filter_map(|terms| table.nearest(&terms))
            .min();
        best.map(|(.., text)| text.to_owned())
    }
}

/// The table in which the distances of one word to others are found: how many
/// letters have to be added, left out, replaced, or swapped with the next one
/// (the "optimal string alignment" distance).
///
/// The others are in order, so each has its first letters in common with the
/// one before, and the rows of those letters are there already. Where a row has
/// no distance that is near enough, none of the words that begin so is looked
/// at.
#[derive(Debug)]
struct Table {
    letters: Vec<char>,
    /// The greatest distance that is near enough.
    most: usize,
    /// A row for nothing, and one for each letter of the other word.
    rows: Vec<Vec<usize>>,
    /// The other word.
    other: Vec<char>,
    /// Rows that were computed.
    computed: usize,
}

impl Table {
    /// A table for a word; `None` if it is too short or too long for others to
    /// be near.
    fn new(word: &str) -> Option<Table> {
        let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
        let most = match letters.len() {
            0..3 => return None,
            3..6 => 1,
            6..=LONGEST => 2,
            _ => return None,
        };
        let rows = vec![(0..=letters.len()).collect()];
        Some(Table { letters, most, rows, other: Vec::new(), computed: 0 })
    }

    /// The nearest of some words, which are in order; of equally near ones the
    /// most frequent.
    fn nearest<'t>(&mut self, terms: &[(&Term, &'t str)]) -> Option<Near<'t>> {
        let mut best: Option<Near<'t>> = None;
        let mut nth = 0;
        while let Some(&(term, text)) = terms.get(nth) {
            match self.distance(text) {
                Ok(distance) => {
                    let near = (distance, Reverse(term.occurrences), text);
                    if distance <= self.most
                        && best.as_ref().is_none_or(|best| near < *best)
                    {
                        best = Some(near);
                    }
                    nth += 1;
                }
                Err(start) => {
                    nth += terms[nth..]
                        .partition_point(|(_, text)| text.starts_with(start));
                }
            }
        }
        best
    }

    /// The distance to a word, or the beginning with which none is near enough.
    fn distance<'t>(&mut self, text: &'t str) -> Result<usize, &'t str> {
        let (mut shared, mut is_shared) = (0, true);
        for (at, letter) in text.char_indices() {
            is_shared = is_shared && self.other.get(shared) == Some(&letter);
            if !is_shared {
                self.other.truncate(shared);
                self.rows.truncate(shared + 1);
                self.push(letter);
            }
            shared += 1;
            if self.rows[shared].iter().all(|it| *it > self.most) {
                return Err(&text[..at + letter.len_utf8()]);
            }
        }
        self.other.truncate(shared);
        self.rows.truncate(shared + 1);
        Ok(self.rows[shared][self.letters.len()])
    }

    /// Adds the row of one letter more.
    fn push(&mut self, letter: char) {
        let above = &self.rows[self.rows.len() - 1];
        let swapped = self
            .rows
            .len()
            .checked_sub(2)
            .map(|nth| (&self.rows[nth], self.other[nth]));
        let mut row = Vec::with_capacity(above.len());
        row.push(above[0] + 1);
        for (j, own) in self.letters.iter().enumerate() {
            let mut least = (above[j] + usize::from(*own != letter))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if let Some((two_above, before)) = swapped
                && j > 0
                && self.letters[j - 1] == letter
                && *own == before
            {
                least = least.min(two_above[j - 1] + 1);
            }
            row.push(least);
        }
        self.computed += 1;
        self.rows.push(row);
        self.other.push(letter);
    }
}

/// A distance, how often the word stands there, and the word.
type Near<'t> = (usize, Reverse<u64>, &'t str);

#[cfg(test)]
mod tests {
    use super::super::Builder;
    use super::*;
    use crate::program::body::MediaType;
    use crate::program::digest::digest;

    fn suggested(page: &str, query: &str) -> Option<String> {
        let builder = Builder::new();
        let digest = digest(page.as_bytes(), MediaType::Html, None)
            .expect("it is a page");
        builder.add("http://example/shelf", 1, digest);
        builder.finish().suggest(&Query::parse(query).expect("it has a word"))
    }

    #[test]
    fn a_word_that_stands_nowhere_is_replaced_by_the_nearest() {
        let page = "<title>HashMap</title><p>A hashmap, a hash and a hatch; hatch, hatch.";
        let suggested = |query| suggested(page, query);
        assert_eq!(suggested("HashMpa").as_deref(), Some("hashmap"));
        assert_eq!(
            suggested("\"a hahs\" shelv").as_deref(),
            Some("\"a hash\" shelf")
        );
        assert_eq!(suggested("std::HashMp"), None, "nothing is near to std");
        assert_eq!(suggested("hash"), None, "it stands there");
        assert_eq!(
            suggested("hatsh").as_deref(),
            Some("hatch"),
            "the more frequent of two"
        );
        assert_eq!(suggested("entirely"), None);
        assert_eq!(suggested("haaash*").as_deref(), Some("hash*"));
    }

    #[test]
    fn letters_are_added_left_out_replaced_or_swapped() {
        let distance = |from: &str, to: &str| {
            let mut table = Table::new(from).expect("it is long enough");
            table.most = 2;
            table.distance(to).ok().filter(|distance| *distance <= 2)
        };
        for (from, to, expected) in [
            ("same", "same", Some(0)),
            ("form", "from", Some(1)),
            ("lock", "clock", Some(1)),
            ("clock", "lock", Some(1)),
            ("lick", "lock", Some(1)),
            ("abcd", "badc", Some(2)),
            ("abc", "abcdef", None),
            ("abcd", "wxyz", None),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
        // One after the other, with what they have in common.
        let mut table = Table::new("clocks").expect("it is long enough");
        let found = ["block", "blocked", "clock", "clocks", "cloks"]
            .map(|it| table.distance(it));
        assert_eq!(found, [Ok(2), Err("blocked"), Ok(1), Ok(0), Ok(1)]);
    }

    #[test]
    fn words_that_begin_otherwise_are_not_looked_at() {
        let mut words: Vec<String> = Vec::new();
        for first in 'a'..='z' {
            for second in 'a'..='z' {
                words.extend(
                    (0..50).map(|nth| format!("{first}{second}zzz{nth:03}zzz")),
                );
            }
        }
        words.push("mmownership".into());
        words.sort_unstable();
        let term = |text: &String| Term {
            text: text.as_str().into(),
            occurrences: 1,
            postings: Default::default(),
        };
        let terms: Vec<Term> = words.iter().map(term).collect();
        let terms: Vec<(&Term, &str)> =
            terms.iter().map(|it| (it, &*it.text)).collect();
        let mut table = Table::new("ownership").expect("it is long enough");
        let near =
            table.nearest(&terms).map(|(distance, _, text)| (distance, text));
        assert_eq!(near, Some((2, "mmownership")));
        // Some letters of each pair of first ones, and not the eleven of all
        // 34,000 words.
        assert!(table.computed < 5 * 26 * 26, "{}", table.computed);
    }
}
