//! Terms and their lists, as one search reads them: counted.

use std::cell::Cell;
use std::cmp::Reverse;

use super::names::MARK;
use super::postings::{Entry, List};
use super::query::{Kind, Need};
use super::{Index, Query, Term};

/// Words that all beginnings of a query stand for together: of each the most frequent ones.
const BEGUN: usize = 64;

/// A document with its score.
pub(super) type Scored = (u32, f64);

impl Index {
    /// The words of a query that stand nowhere.
    pub(super) fn unknown<'q>(&'q self, query: &'q Query) -> impl Iterator<Item = &'q str> {
        let required = query.clauses.iter().filter(|clause| clause.need == Need::Required);
        let words = required.flat_map(|clause| clause.words.iter().map(|word| (clause.kind, word)));
        let words = words.filter(|(kind, word)| match kind {
            Kind::Beginning => {
                self.starting_with(word).is_empty() && self.starting_with(&marked(word)).is_empty()
            }
            _ => self.term(word).is_none() && self.name(word).is_none(),
        });
        words.map(|(_, word)| word.as_str())
    }

    /// The terms that begin so.
    fn starting_with(&self, start: &str) -> &[Term] {
        let terms = &self.contents.terms;
        let from = terms.partition_point(|term| term.text.as_str() < start);
        let all = terms[from..].partition_point(|term| term.text.starts_with(start));
        &terms[from..from + all]
    }

    pub(super) fn name(&self, word: &str) -> Option<&Term> {
        self.term(&marked(word))
    }
}

/// What one search reads of an index.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'s, 'i> {
    pub(super) index: &'i Index,
    /// Terms that a beginning stands for.
    begun: usize,
    visited: &'s Cell<u64>,
}

impl<'s, 'i> Lookup<'s, 'i> {
    pub(super) fn new(index: &'i Index, query: &Query, visited: &'s Cell<u64>) -> Self {
        let beginnings = query.clauses.iter().filter(|clause| clause.kind == Kind::Beginning);
        let begun = (BEGUN / beginnings.count().max(1)).max(1);
        Lookup { index, begun, visited }
    }
}

impl<'s, 'i: 's> Lookup<'s, 'i> {
    /// The term of a word, or those that it is the beginning of: the most frequent ones.
    pub(super) fn terms(self, word: &str, kind: Kind) -> Vec<&'i Term> {
        match kind {
            Kind::Beginning => self.most_frequent(self.index.starting_with(word)),
            _ => self.index.term(word).into_iter().collect(),
        }
    }

    /// [`terms`](Self::terms) of names.
    pub(super) fn names(self, word: &str, kind: Kind) -> Vec<&'i Term> {
        match kind {
            Kind::Beginning => self.most_frequent(self.index.starting_with(&marked(word))),
            _ => self.index.name(word).into_iter().collect(),
        }
    }

    fn most_frequent(self, terms: &'i [Term]) -> Vec<&'i Term> {
        let mut terms: Vec<&Term> = terms.iter().collect();
        if self.begun < terms.len() {
            let order = |term: &&Term| (Reverse(term.postings.length), term.postings.start);
            terms.select_nth_unstable_by_key(self.begun, order);
            terms.truncate(self.begun);
        }
        terms
    }

    /// The list of a term, counted as it is read.
    pub(super) fn list(self, term: &Term) -> List<'s> {
        let marks = self.index.marks.of(term.postings.start);
        self.index.list(term).in_steps(marks, self.visited)
    }

    /// How many documents a term has, and how many pages are called by it.
    pub(super) fn counted(self, term: &Term) -> (usize, usize) {
        self.index.marks.counted(term.postings.start, self.list(term))
    }

    /// The positions of an entry, counted as they are read.
    pub(super) fn positions(self, entry: Entry<'s>) -> impl Iterator<Item = u32> + 's {
        entry.positions().inspect(move |_| self.visited.set(self.visited.get() + 1))
    }
}

/// The word as a name.
fn marked(word: &str) -> String {
    format!("{MARK}{word}")
}

/// Keeps the starts of a phrase that have its next word at this distance. Both rise, so each is
/// passed through once.
pub(super) fn keep_followed(starts: &mut Vec<u32>, distance: u32, next: impl Iterator<Item = u32>) {
    let mut next = next.peekable();
    starts.retain(|start| {
        let wanted = start.saturating_add(distance);
        while next.next_if(|position| *position < wanted).is_some() {}
        next.peek() == Some(&wanted)
    });
}
