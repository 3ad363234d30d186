//! Terms and their lists, as one search reads them: counted.

use std::cell::Cell;
use std::cmp::Reverse;

use super::names::MARK;
use super::postings::{Entry, List};
use super::query::{Kind, Need};
use super::{Index, Query, Term};

/// Bytes of the lists of all words that the beginnings of a query stand for. If
/// they have more, each stands for its most frequent words.
const BEGUN: u64 = 3 << 20;

/// Beginnings of one query that share these bytes. Of more the rarest are
/// looked for.
const BEGINNINGS: usize = 32;

/// Words in no document that are named.
const NAMED: usize = 4;

/// A document with its score.
pub(super) type Scored = (u32, f64);

impl Index {
    /// The words of a query that stand nowhere.
    pub(super) fn unknown<'q>(
        &'q self,
        query: &'q Query,
    ) -> impl Iterator<Item = &'q str> {
        let required =
            query.clauses.iter().filter(|clause| clause.need == Need::Required);
        let words = required.flat_map(|clause| {
            clause.words.iter().map(|word| (clause.kind, word))
        });
        let words = words.filter(|(kind, word)| match kind {
            Kind::Beginning => {
                self.starting_with(word).is_empty()
                    && self.starting_with(&marked(word)).is_empty()
            }
            _ => self.term(word).is_none() && self.name(word).is_none(),
        });
        words.map(|(_, word)| word.as_str())
    }

    /// Words of a query that are in no document, for which nothing is found:
    /// the first few.
    pub fn unknown_words(&self, query: &Query) -> Vec<String> {
        let apart = query.word_by_word();
        let unknown = self.unknown(apart.as_ref().unwrap_or(query));
        unknown.take(NAMED).map(str::to_owned).collect()
    }

    /// The terms that begin so.
    fn starting_with(&self, start: &str) -> &[Term] {
        let terms = &self.contents.terms;
        let from = terms.partition_point(|term| term.text.as_str() < start);
        let all =
            terms[from..].partition_point(|term| term.text.starts_with(start));
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
    /// Bytes of the lists that a beginning stands for.
    begun: u64,
    counts: &'s Counts,
}

/// What a search has read.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Postings and positions.
    pub(super) visited: Cell<u64>,
    /// Whether a beginning stands for its most frequent words only.
    pub(super) is_cut: Cell<bool>,
}

impl<'s, 'i> Lookup<'s, 'i> {
    pub(super) fn new(
        index: &'i Index,
        query: &Query,
        counts: &'s Counts,
    ) -> Self {
        let beginnings = query
            .clauses
            .iter()
            .chain(&query.left_out)
            .filter(|clause| clause.kind == Kind::Beginning);
        let begun = BEGUN / beginnings.count().clamp(1, BEGINNINGS) as u64;
        Lookup { index, begun, counts }
    }
}

#[cfg(test)]
impl Lookup<'_, '_> {
    /// Lets each beginning have so many bytes.
    pub(super) fn bound(&mut self, bytes: u64) {
        self.begun = bytes;
    }
}

impl<'s, 'i: 's> Lookup<'s, 'i> {
    /// The term of a word, or those that it is the beginning of: the most
    /// frequent ones.
    pub(super) fn terms(self, word: &str, kind: Kind) -> Vec<&'i Term> {
        match kind {
            Kind::Beginning => {
                self.most_frequent(self.index.starting_with(word))
            }
            _ => self.index.term(word).into_iter().collect(),
        }
    }

    /// [`terms`](Self::terms) of names.
    pub(super) fn names(self, word: &str, kind: Kind) -> Vec<&'i Term> {
        match kind {
            Kind::Beginning => {
                self.most_frequent(self.index.starting_with(&marked(word)))
            }
            _ => self.index.name(word).into_iter().collect(),
        }
    }

    /// Bytes of all lists of a word, whether they are read or not.
    pub(super) fn cost(self, word: &str, kind: Kind) -> u64 {
        let length = |terms: &[Term]| {
            terms.iter().map(|it| it.postings.length).sum::<u64>()
        };
        match kind {
            Kind::Beginning => {
                length(self.index.starting_with(word))
                    + length(self.index.starting_with(&marked(word)))
            }
            _ => {
                let lists = [self.index.term(word), self.index.name(word)];
                lists.into_iter().flatten().map(|it| it.postings.length).sum()
            }
        }
    }

    fn most_frequent(self, terms: &'i [Term]) -> Vec<&'i Term> {
        let mut terms: Vec<&Term> = terms.iter().collect();
        if terms.iter().map(|it| it.postings.length).sum::<u64>() > self.begun {
            terms.sort_unstable_by_key(|it| {
                (Reverse(it.postings.length), it.postings.start)
            });
            let mut left = self.begun;
            let fits = |term: &&&Term| {
                let fits = term.postings.length <= left;
                left = left.saturating_sub(term.postings.length);
                fits
            };
            let kept = terms.iter().take_while(fits).count();
            terms.truncate(kept.max(1));
            self.counts.is_cut.set(true);
        }
        terms
    }

    /// The list of a term, counted as it is read.
    pub(super) fn list(self, term: &Term) -> List<'s> {
        let marks = self.index.marks.of(term.postings.start);
        self.index.list(term).in_steps(marks, &self.counts.visited)
    }

    /// How many documents a term has, and how many pages are called by it.
    pub(super) fn counted(self, term: &Term) -> (usize, usize) {
        self.index.marks.counted(term.postings.start, self.list(term))
    }

    /// The positions of an entry, counted as they are read.
    pub(super) fn positions(
        self,
        entry: Entry<'s>,
    ) -> impl Iterator<Item = u32> + 's {
        let visited = &self.counts.visited;
        entry.positions().inspect(move |_| visited.set(visited.get() + 1))
    }
}

/// The word as a name.
fn marked(word: &str) -> String {
    format!("{MARK}{word}")
}

/// Keeps the starts of a phrase that have its next word at this distance. Both
/// rise, so each is passed through once.
pub(super) fn keep_followed(
    starts: &mut Vec<u32>,
    distance: u32,
    next: impl Iterator<Item = u32>,
) {
    let mut next = next.peekable();
    starts.retain(|start| {
        let wanted = start.saturating_add(distance);
        while next.next_if(|position| *position < wanted).is_some() {}
        next.peek() == Some(&wanted)
    });
}
