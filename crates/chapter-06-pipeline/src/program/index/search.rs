//! Ranked search.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::{Document, Index, Query};
use crate::program::digest::CHECKPOINT;
use crate::program::digest::words::words;
use crate::program::printable::printable;

/// BM25's two constants, with the values most engines ship: how soon repetition stops to count,
/// and how much a long document is held back (Robertson and Zaragoza, "The Probabilistic Relevance
/// Framework", 2009).
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The inverse document frequency: how much a clause says that `having` of `all` documents have.
fn idf(all: f64, having: f64) -> f64 {
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// The term frequency: how much `count` occurrences say in a document of `words` words.
fn tf(count: f64, words: f64, average: f64) -> f64 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * words / average))
}

/// Words in a snippet, and how many of them stand before the first match.
const SNIPPET: u32 = 32;
const BEFORE: u32 = 6;

/// Places of one clause that a snippet is chosen from.
const MATCHES: usize = 10_000;

/// Characters of one word in a snippet, and of what stands between two.
const LONGEST: usize = 128;

/// The result of a search: the number of documents that match, and the best of them.
#[derive(Clone, Debug)]
pub struct SearchResults<'a> {
    /// How many documents match.
    pub total: usize,
    /// The best of them, best first.
    pub hits: Vec<Hit<'a>>,
}

/// One document that matches.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its BM25 score: comparable within one search only.
    pub score: f64,
    /// A piece of its text, on one line.
    pub snippet: String,
    /// The matching words in it, as byte ranges.
    pub highlights: Vec<Range<usize>>,
}

impl Index {
    /// The documents that have every clause of the query, best first, at most `limit` of them.
    pub fn search(&self, query: &Query, limit: usize) -> SearchResults<'_> {
        let average = self.words() as f64 / self.documents().len().max(1) as f64;
        // In order of the documents, as all lists are: two are brought together in one pass.
        let mut scores: Option<Vec<(u32, f64)>> = None;
        for clause in &query.clauses {
            if scores.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            let mut counts = self.counts(clause);
            // A damaged file may name a document twice.
            counts.dedup_by_key(|it| it.0);
            let (all, having) = (self.documents().len() as f64, counts.len() as f64);
            let idf = idf(all, having);
            let score = |(number, count): (u32, u32)| {
                let words = f64::from(self.documents()[number as usize].words);
                idf * tf(f64::from(count), words, average)
            };
            let mut counts = counts.into_iter().peekable();
            scores = Some(match scores {
                None => counts.map(|it| (it.0, score(it))).collect(),
                Some(before) => {
                    let both = before.into_iter().filter_map(|(number, before)| {
                        while counts.next_if(|it| it.0 < number).is_some() {}
                        counts.next_if(|it| it.0 == number).map(|it| (number, before + score(it)))
                    });
                    both.collect()
                }
            });
        }
        let mut ranked = scores.unwrap_or_default();
        // Equal scores in order of URL, which is the order of the numbers.
        ranked.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let total = ranked.len();
        ranked.truncate(limit);
        let hits =
            ranked.into_iter().map(|(number, score)| self.hit(query, number, score)).collect();
        SearchResults { total, hits }
    }

    /// The documents that have a clause, each with how often.
    fn counts(&self, clause: &[String]) -> Vec<(u32, u32)> {
        let Some(terms) = clause.iter().map(|word| self.term(word)).collect::<Option<Vec<_>>>()
        else {
            return Vec::new();
        };
        if let [term] = terms[..] {
            return self.list(term).map(|entry| (entry.document, entry.count)).collect();
        }
        // Every list rises by document: advance the others to each document of the first.
        let mut lists: Vec<_> = terms.iter().map(|term| self.list(term).peekable()).collect();
        let (first, others) = lists.split_first_mut().expect("a clause has a word");
        let mut counts = Vec::new();
        'documents: for entry in first {
            let mut starts = entry.positions();
            for (offset, list) in (1..).zip(others.iter_mut()) {
                while list.next_if(|other| other.document < entry.document).is_some() {}
                let Some(other) = list.peek().filter(|other| other.document == entry.document)
                else {
                    continue 'documents;
                };
                keep_followed(&mut starts, offset, &other.positions());
            }
            if !starts.is_empty() {
                counts.push((entry.document, starts.len() as u32));
            }
        }
        counts
    }

    /// Where a clause stands in one document: the positions of its first word.
    fn positions(&self, clause: &[String], number: u32) -> Vec<u32> {
        let within = |word: &String| {
            let entry = self.list(self.term(word)?).find(|entry| entry.document == number)?;
            Some(entry.positions())
        };
        let Some(lists) = clause.iter().map(within).collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let (first, others) = lists.split_first().expect("a clause has a word");
        let mut starts = first.clone();
        for (offset, positions) in (1..).zip(others) {
            keep_followed(&mut starts, offset, positions);
        }
        starts
    }

    fn hit(&self, query: &Query, number: u32, score: f64) -> Hit<'_> {
        let document = &self.documents()[number as usize];
        let mut matches: Vec<(u32, u32, usize)> = Vec::new();
        for (nth, clause) in query.clauses.iter().enumerate() {
            let length = clause.len() as u32;
            let starts =
                self.positions(clause, number).into_iter().filter(|start| *start >= document.body);
            // Those of a snippet are found among the first.
            let starts = starts.take(MATCHES);
            matches.extend(starts.map(|start| (start - document.body, length, nth)));
        }
        matches.sort_unstable();
        let from = best_window(&matches).saturating_sub(BEFORE);
        let lit: BTreeSet<u32> =
            matches.iter().flat_map(|&(start, length, _)| start..start + length).collect();
        let (snippet, highlights) = snippet(document, from, &lit);
        Hit { document, score, snippet, highlights }
    }
}

/// Keeps the starts of a phrase that have its next word at this distance. Both rise, so each is
/// passed through once.
fn keep_followed(starts: &mut Vec<u32>, distance: u32, next: &[u32]) {
    if starts.len() < next.len() / 16 {
        starts.retain(|start| next.binary_search(&(start + distance)).is_ok());
        return;
    }
    let mut next = next.iter().peekable();
    starts.retain(|start| {
        while next.next_if(|position| **position < start + distance).is_some() {}
        next.peek().is_some_and(|position| **position == start + distance)
    });
}

/// The text from the given word on, with its white space made single spaces.
fn snippet(document: &Document, from: u32, lit: &BTreeSet<u32>) -> (String, Vec<Range<usize>>) {
    let checkpoint =
        document.checkpoints().get(from as usize / CHECKPOINT).copied().unwrap_or(0) as usize;
    let Some(tail) = document.text().get(checkpoint..) else {
        return Default::default();
    };
    let skip = from as usize % CHECKPOINT;
    let (mut out, mut highlights) = (String::new(), Vec::new());
    if from > 0 {
        out.push('…');
    }
    let mut copied = None;
    for (nth, word) in words(tail).enumerate().skip(skip).take(SNIPPET as usize) {
        let between = &tail[copied.unwrap_or(word.at)..word.at];
        push_line(&mut out, between);
        let start = out.len();
        push_line(&mut out, word.text);
        if lit.contains(&(from - skip as u32 + nth as u32)) {
            // A word may end in what is not seen, and was made a space.
            highlights.push(start..start + out[start..].trim_end().len());
        }
        copied = Some(word.at + word.text.len());
    }
    if let Some(end) = copied {
        let rest = &tail[end..];
        // The punctuation that closes the last word belongs to it.
        let close =
            rest.find(|c: char| c.is_whitespace() || c.is_alphanumeric()).unwrap_or(rest.len());
        push_line(&mut out, &rest[..close]);
        if !rest[close..].trim().is_empty() {
            out.push('…');
        }
    }
    (out, highlights)
}

/// Appends text without line ends, double spaces, or anything that a terminal would obey; of a long
/// one its beginning.
fn push_line(out: &mut String, text: &str) {
    let mut chars = text.chars();
    for c in chars.by_ref().take(LONGEST) {
        if c.is_whitespace() || printable(c.encode_utf8(&mut [0; 4])) == " " {
            if !out.ends_with([' ', '…']) && !out.is_empty() {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    if chars.next().is_some() {
        out.push('…');
    }
}

/// The first word of the window with the most different clauses; the earliest of equals.
fn best_window(matches: &[(u32, u32, usize)]) -> u32 {
    let (mut best, mut most) = (0, 0);
    let mut to = 0;
    let mut inside: HashMap<usize, usize> = HashMap::new();
    for (from, &(start, _, clause)) in matches.iter().enumerate() {
        while let Some(&(next, _, entering)) =
            matches.get(to).filter(|next| next.0 < start + SNIPPET - BEFORE)
        {
            debug_assert!(next >= start);
            *inside.entry(entering).or_default() += 1;
            to += 1;
        }
        if inside.len() > most {
            (best, most) = (start, inside.len());
        }
        debug_assert!(to > from);
        if let Some(count) = inside.get_mut(&clause) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&clause);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests;
