//! Ranked search.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::names::{MARK, role, section_name};
use super::query::{Clause, Kind, Need};
use super::ranking::{idf, page_weight, part_weight, path_weight};
use super::snippet::{BEFORE, best_window, line, snippet};
use super::{Document, Index, Query, Term, postings};
use crate::program::digest::words::words;

/// Places of one word that a snippet is chosen from.
const MATCHES: usize = 10_000;

/// Words that a beginning stands for: the most frequent ones.
const BEGUN: usize = 64;

/// Characters of a heading.
const HEADING: usize = 120;

/// The result of a search: the number of documents that match, and the best of them.
#[derive(Clone, Debug)]
pub struct SearchResults<'a> {
    /// How many documents match.
    pub total: usize,
    /// The best of them, best first.
    pub hits: Vec<Hit<'a>>,
    /// In which way less was asked of them than the query asks, because nothing has all of it.
    pub relaxed: Option<Relaxed>,
}

/// In which way less was asked than a query asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxed {
    /// The words of a phrase or a path may stand apart.
    Apart,
    /// Some words may be missing.
    Some,
}

impl fmt::Display for Relaxed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Relaxed::Apart => "these words stand together nowhere; here is what has all of them",
            Relaxed::Some => "nothing has all of these words; here is what has most of them",
        })
    }
}

/// One document that matches.
#[derive(Clone, Debug)]
pub struct Hit<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its score: comparable within one search only.
    pub score: f64,
    /// The section in which the snippet stands, if it has an anchor.
    pub section: Option<HitSection<'a>>,
    /// A piece of its text, on one line.
    pub snippet: String,
    /// The matching words in it, as byte ranges.
    pub highlights: Vec<Range<usize>>,
}

/// The section of a hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitSection<'a> {
    /// Its heading, on one line.
    pub heading: String,
    /// What a link can lead to.
    pub anchor: &'a str,
}

impl Hit<'_> {
    /// Where it was found, with the section's anchor if there is one.
    pub fn url(&self) -> String {
        let url = self.document.url();
        match &self.section {
            Some(section) => format!("{url}#{}", section.anchor),
            None => url.to_owned(),
        }
    }
}

/// A document with its score.
type Scored = (u32, f64);

/// A document that has a word, or is called by it.
#[derive(Clone, Copy, Debug)]
struct Found {
    document: u32,
    /// How often its text has the word.
    count: u32,
    /// The roles that the word has in its name.
    roles: u32,
}

impl Index {
    /// The documents that have what the query asks for, best first, at most `limit` of them. If
    /// none has all of it, those that have its words apart; or else most of its words, if each of
    /// them stands somewhere.
    pub fn search(&self, query: &Query, limit: usize) -> SearchResults<'_> {
        let strict = self.having_all(query);
        if !strict.is_empty() {
            return self.results(query, strict, None, limit);
        }
        let apart = query.word_by_word();
        if let Some(apart) = &apart {
            let found = self.having_all(apart);
            if !found.is_empty() {
                return self.results(apart, found, Some(Relaxed::Apart), limit);
            }
        }
        let words = apart.as_ref().unwrap_or(query);
        let found =
            if self.unknown(words).next().is_none() { self.having_most(words) } else { Vec::new() };
        let relaxed = (!found.is_empty()).then_some(Relaxed::Some);
        self.results(words, found, relaxed, limit)
    }

    /// The words of a query that stand nowhere.
    pub(super) fn unknown<'q>(&'q self, query: &'q Query) -> impl Iterator<Item = &'q str> {
        let required = query.clauses.iter().filter(|clause| clause.need == Need::Required);
        let words = required.flat_map(|clause| clause.words.iter().map(|word| (clause.kind, word)));
        let words = words.filter(|(kind, word)| {
            self.terms_of(word, *kind).is_empty() && self.names_of(word, *kind).is_empty()
        });
        words.map(|(_, word)| word.as_str())
    }

    /// The documents that have every clause that is required, in order of their numbers.
    fn having_all(&self, query: &Query) -> Vec<Scored> {
        let share = share(query);
        let mut scores: Option<Vec<Scored>> = None;
        let (required, others): (Vec<&Clause>, Vec<&Clause>) =
            query.clauses.iter().partition(|clause| clause.need == Need::Required);
        for clause in required {
            let more = self.scores(clause, share);
            let both = match scores {
                None => more,
                Some(before) => intersection(before, more),
            };
            if both.is_empty() {
                return both;
            }
            scores = Some(both);
        }
        let mut scores = scores.unwrap_or_default();
        for clause in others {
            add_where_both(&mut scores, self.scores(clause, share));
        }
        scores
    }

    /// The documents that have most of the clauses.
    fn having_most(&self, query: &Query) -> Vec<Scored> {
        let share = share(query);
        let mut all: Vec<(u32, f64, u32)> = Vec::new();
        let mut required = 0;
        for clause in query.clauses.iter().filter(|clause| clause.need == Need::Required) {
            required += 1;
            all.extend(self.scores(clause, share).into_iter().map(|(it, score)| (it, score, 1)));
        }
        all.sort_by_key(|it| it.0);
        all.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                (first.1, first.2) = (first.1 + next.1, first.2 + next.2);
            }
            same
        });
        let most = all.iter().map(|it| it.2).max().unwrap_or_default();
        all.retain(|it| it.2 + 1 >= most);
        let part = |met: u32| (f64::from(met) / f64::from(required)).powi(2);
        all.into_iter().map(|(document, score, met)| (document, score * part(met))).collect()
    }

    /// The best of these documents, with their snippets.
    fn results(
        &self,
        query: &Query,
        mut found: Vec<Scored>,
        relaxed: Option<Relaxed>,
        limit: usize,
    ) -> SearchResults<'_> {
        let total = found.len();
        let prior = self.ranks.prior(&query.language);
        found.iter_mut().for_each(|(document, score)| *score *= prior(*document));
        // Equal scores in order of URL, which is the order of the numbers.
        let order = |a: &Scored, b: &Scored| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if limit < total {
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        SearchResults { total, hits: self.hits(query, &found), relaxed }
    }

    /// The documents that have a clause, each with what that says.
    fn scores(&self, clause: &Clause, share: f64) -> Vec<Scored> {
        match (clause.need, clause.kind, &clause.words[..]) {
            (Need::Hint, _, words) => self.hinted(&words[0]),
            (_, Kind::Word | Kind::Beginning, words) => {
                self.word_scores(&self.found(&words[0], clause.kind), share)
            }
            (_, Kind::Phrase, words) => self.phrase_scores(words),
            (_, Kind::Path, words) => union(self.phrase_scores(words), self.path_scores(words)),
        }
    }

    fn word_scores(&self, found: &[Found], share: f64) -> Vec<Scored> {
        let all = self.documents().len();
        let having = |has: fn(&Found) -> bool| idf(all, found.iter().filter(|it| has(it)).count());
        let text = having(|it| it.count > 0);
        let page = share * having(|it| it.roles & role::PAGE != 0);
        let part = share * having(|it| it.roles != 0);
        let score = |it: &Found| {
            let words = text * self.ranks.of[it.document as usize].tf(it.count);
            let names = match it.roles {
                0 => 0.0,
                roles => page * page_weight(roles) + part * part_weight(roles),
            };
            (it.document, words + names)
        };
        found.iter().map(score).collect()
    }

    /// The pages that are called by this.
    fn hinted(&self, word: &str) -> Vec<Scored> {
        let named = self.names(word).filter(|it| it.count & (role::PAGE | role::FOLDER) != 0);
        named.map(|it| (it.document, 1.0 + page_weight(it.count))).collect()
    }

    fn phrase_scores(&self, words: &[String]) -> Vec<Scored> {
        let counts = self.phrase_counts(words);
        let idf = idf(self.documents().len(), counts.len());
        let score = |(it, count)| (it, idf * self.ranks.of[it as usize].tf(count));
        counts.into_iter().map(score).collect()
    }

    /// The pages that a path leads to, or to a section of which.
    fn path_scores(&self, words: &[String]) -> Vec<Scored> {
        let all = self.documents().len();
        let Some(lists) = words.iter().map(|word| self.name(word)).collect::<Option<Vec<_>>>()
        else {
            return Vec::new();
        };
        let mut lists: Vec<_> = lists.into_iter().map(|term| self.list(term).peekable()).collect();
        let Some((first, others)) = lists.split_first_mut() else { return Vec::new() };
        let (mut found, mut roles) = (Vec::new(), Vec::new());
        'documents: for entry in first {
            roles.clear();
            roles.push(entry.count);
            for list in others.iter_mut() {
                while list.next_if(|other| other.document < entry.document).is_some() {}
                match list.peek() {
                    Some(other) if other.document == entry.document => roles.push(other.count),
                    _ => continue 'documents,
                }
            }
            found.extend(path_weight(&roles).map(|weight| (entry.document, weight)));
        }
        // A path says more the fewer pages it leads to, and the longer it is.
        let says = idf(all, found.len()) + words.len() as f64;
        found.into_iter().map(|(document, weight)| (document, weight * says)).collect()
    }

    /// The documents that have a word or are called by it.
    fn found(&self, word: &str, kind: Kind) -> Vec<Found> {
        let texts = self.terms_of(word, kind);
        let names = self.names_of(word, kind);
        let mut found = Vec::new();
        for term in texts {
            let more = self.list(term).filter(|entry| entry.count > 0);
            found.extend(more.map(|it| Found { document: it.document, count: it.count, roles: 0 }));
        }
        if names.is_empty() && texts.len() == 1 {
            // A damaged file may name a document twice.
            found.dedup_by_key(|it| it.document);
            return found;
        }
        for term in names {
            let more = self.list(term);
            found.extend(more.map(|it| Found { document: it.document, count: 0, roles: it.count }));
        }
        // Each list is in order: a sort that finds runs merges them.
        found.sort_by_key(|it| it.document);
        found.dedup_by(|next, first| {
            let same = next.document == first.document;
            if same {
                first.count = first.count.saturating_add(next.count);
                first.roles |= next.roles;
            }
            same
        });
        found
    }

    /// The term of a word, or those that it is the beginning of: the most frequent ones.
    fn terms_of(&self, word: &str, kind: Kind) -> &[Term] {
        match kind {
            Kind::Beginning => self.beginning_with(word),
            _ => self.term(word).map_or(&[], std::slice::from_ref),
        }
    }

    fn names_of(&self, word: &str, kind: Kind) -> &[Term] {
        match kind {
            Kind::Beginning => self.beginning_with(&marked(word)),
            _ => self.name(word).map_or(&[], std::slice::from_ref),
        }
    }

    fn beginning_with(&self, start: &str) -> &[Term] {
        let terms = &self.contents.terms;
        let from = terms.partition_point(|term| term.text.as_str() < start);
        let all = terms[from..].partition_point(|term| term.text.starts_with(start));
        &terms[from..from + all.min(BEGUN)]
    }

    /// The documents that are called by a word: each with its roles for a count.
    fn names(&self, word: &str) -> impl Iterator<Item = postings::Entry<'_>> {
        self.name(word).into_iter().flat_map(|term| self.list(term))
    }

    fn name(&self, word: &str) -> Option<&Term> {
        self.term(&marked(word))
    }

    /// The documents that have words one after the other, each with how often.
    fn phrase_counts(&self, words: &[String]) -> Vec<(u32, u32)> {
        let Some(terms) = words.iter().map(|word| self.term(word)).collect::<Option<Vec<_>>>()
        else {
            return Vec::new();
        };
        // Every list rises by document: advance the others to each document of the first.
        let mut lists: Vec<_> = terms.iter().map(|term| self.list(term).peekable()).collect();
        let (first, others) = lists.split_first_mut().expect("a clause has a word");
        let mut counts: Vec<(u32, u32)> = Vec::new();
        'documents: for entry in first {
            // Whether it has all words is known before any position is read.
            for list in others.iter_mut() {
                while list.next_if(|other| other.document < entry.document).is_some() {}
                if list.peek().is_none_or(|other| other.document != entry.document) {
                    continue 'documents;
                }
            }
            let mut starts = entry.positions();
            for (offset, list) in (1..).zip(others.iter_mut()) {
                let Some(other) = list.peek() else { continue 'documents };
                keep_followed(&mut starts, offset, &other.positions());
                if starts.is_empty() {
                    continue 'documents;
                }
            }
            counts.push((entry.document, starts.len() as u32));
        }
        // A damaged file may name a document twice.
        counts.dedup_by_key(|it| it.0);
        counts
    }

    fn hits(&self, query: &Query, ranked: &[Scored]) -> Vec<Hit<'_>> {
        let mut numbers: Vec<u32> = ranked.iter().map(|it| it.0).collect();
        numbers.sort_unstable();
        let typed = query.clauses.iter().filter(|clause| clause.need != Need::Hint);
        let places: Vec<Places<'_>> = typed.map(|clause| self.places(clause, &numbers)).collect();
        let hit = |scored: &Scored| {
            let nth = numbers.binary_search(&scored.0).expect("it is one of them");
            self.hit(&query.text, &places, nth, *scored)
        };
        ranked.iter().map(hit).collect()
    }

    /// Where the words of a clause stand in some documents, which are in order.
    fn places<'q>(&self, clause: &'q Clause, numbers: &[u32]) -> Places<'q> {
        let of = |word: &String| {
            let mut all: Vec<WordPlaces> = Vec::new();
            all.resize_with(numbers.len(), WordPlaces::default);
            for term in self.terms_of(word, clause.kind) {
                self.each_of(term, numbers, |nth, entry| {
                    let room = MATCHES.saturating_sub(all[nth].positions.len());
                    all[nth].positions.extend(entry.positions().into_iter().take(room));
                });
            }
            for term in self.names_of(word, clause.kind) {
                self.each_of(term, numbers, |nth, entry| {
                    all[nth].roles |= entry.count;
                    all[nth].sections.extend(entry.positions());
                });
            }
            if clause.kind == Kind::Beginning {
                all.iter_mut().for_each(|it| it.positions.sort_unstable());
            }
            all
        };
        Places { clause, words: clause.words.iter().map(of).collect() }
    }

    /// Calls `with` for each entry of a list whose document is one of some.
    fn each_of(
        &self,
        term: &Term,
        numbers: &[u32],
        mut with: impl FnMut(usize, postings::Entry<'_>),
    ) {
        let mut wanted = numbers.iter().enumerate().peekable();
        for entry in self.list(term) {
            while wanted.next_if(|(_, number)| **number < entry.document).is_some() {}
            match wanted.peek() {
                None => return,
                Some((nth, number)) if **number == entry.document => with(*nth, entry),
                Some(_) => {}
            }
        }
    }

    fn hit(
        &self,
        typed: &str,
        places: &[Places<'_>],
        nth: usize,
        (number, score): Scored,
    ) -> Hit<'_> {
        let document = &self.documents()[number as usize];
        let mut matches: Vec<(u32, u32, usize)> = Vec::new();
        let mut clause_nth = 0;
        for Places { clause, words } in places {
            let together = if clause.kind == Kind::Path || clause.kind == Kind::Phrase {
                let mut starts = words[0][nth].positions.clone();
                for (offset, word) in (1..).zip(&words[1..]) {
                    keep_followed(&mut starts, offset, &word[nth].positions);
                }
                starts
            } else {
                Vec::new()
            };
            let mut note = |starts: &[u32], length: u32| {
                let starts = starts.iter().filter(|start| **start >= document.body);
                matches.extend(starts.map(|start| (start - document.body, length, clause_nth)));
                clause_nth += 1;
            };
            if together.is_empty() {
                words.iter().for_each(|word| note(&word[nth].positions, 1));
            } else {
                note(&together, words.len() as u32);
            }
        }
        matches.sort_unstable();
        let lit: BTreeSet<u32> =
            matches.iter().flat_map(|&(start, length, _)| start..start + length).collect();
        let window = best_window(&matches);
        let named = named_section(document, typed, places, nth);
        let at = named.or_else(|| {
            let sections = document.sections();
            sections.partition_point(|section| section.word <= window).checked_sub(1)
        });
        let section = at.and_then(|at| Some((document.sections().get(at)?, document.anchor(at))));
        let mut from = window.saturating_sub(BEFORE);
        if let Some((section, anchor)) = section {
            // What stands before the section is another subject, and its heading is shown above.
            let heading = match anchor {
                "" => 0,
                _ => words(document.heading(section)).count() as u32,
            };
            let begin = section.word.saturating_add(heading);
            let end = document.words.saturating_sub(document.body.saturating_sub(1));
            let begin = if begin < end { begin } else { section.word };
            from = if named.is_some() { begin } else { from.max(begin) };
        }
        let section = section.filter(|(_, anchor)| !anchor.is_empty()).map(|(section, anchor)| {
            HitSection { heading: line(document.heading(section), HEADING), anchor }
        });
        let (snippet, highlights) = snippet(document, from, &lit);
        Hit { document, score, section, snippet, highlights }
    }
}

/// Where the words of one clause stand in some documents.
struct Places<'q> {
    clause: &'q Clause,
    /// For each word, for each document.
    words: Vec<Vec<WordPlaces>>,
}

/// Where one word stands in one document.
#[derive(Clone, Debug, Default)]
struct WordPlaces {
    positions: Vec<u32>,
    roles: u32,
    sections: Vec<u32>,
}

/// The section that the words lead to, if they lead to a part of the page and not to all of it.
fn named_section(
    document: &Document,
    typed: &str,
    places: &[Places<'_>],
    nth: usize,
) -> Option<usize> {
    let sections = |word: &WordPlaces| -> Vec<usize> {
        let sections = word.sections.iter().map(|section| *section as usize);
        sections.filter(|section| !document.anchor(*section).is_empty()).collect()
    };
    // The last word of a path is the section's name.
    for Places { clause, words } in places.iter().filter(|it| it.clause.kind == Kind::Path) {
        let (last, before) = words.split_last()?;
        let page = last[nth].roles & role::LEAF != 0;
        // `Drop::drop` is not the page `Drop`.
        let twice = clause.words.iter().rev().nth(1) == clause.words.last();
        let leads = last[nth].roles & role::SECTION != 0 && (!page || twice);
        if leads && before.iter().any(|word| word[nth].roles & (role::URL | role::TITLE) != 0) {
            // Of several the one that is written so, and then the one without a number.
            return sections(&last[nth]).into_iter().min_by_key(|section| {
                let anchor = document.anchor(*section);
                let name = section_name(anchor).unwrap_or_default();
                (!typed.contains(name), !anchor.ends_with(name))
            });
        }
    }
    let wanted = places.iter().filter(|places| places.clause.need == Need::Required);
    let words: Vec<&WordPlaces> =
        wanted.flat_map(|places| places.words.iter().map(|word| &word[nth])).collect();
    if words.iter().all(|word| word.roles & role::PAGE != 0) {
        return None;
    }
    let mut votes: Vec<(usize, u32)> = Vec::new();
    for word in words {
        let weight = if word.roles & role::SECTION != 0 { 2 } else { 1 };
        votes.extend(sections(word).into_iter().map(|section| (section, weight)));
    }
    votes.sort_unstable();
    votes.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0 };
        same
    });
    let most = votes.iter().map(|it| it.1).max().filter(|most| *most > 1)?;
    votes.iter().find(|it| it.1 == most).map(|it| it.0)
}

/// How much names count beside the text, by the number of words. One word is a name; of many each
/// is a part of a question.
fn share(query: &Query) -> f64 {
    let typed = query.clauses.iter().filter(|clause| clause.need != Need::Hint).count();
    1.0 / (typed.max(1) as f64).sqrt()
}

/// The word as a name.
fn marked(word: &str) -> String {
    format!("{MARK}{word}")
}

/// The documents of both, each with both scores.
fn intersection(before: Vec<Scored>, more: Vec<Scored>) -> Vec<Scored> {
    let mut more = more.into_iter().peekable();
    let both = before.into_iter().filter_map(|(document, score)| {
        while more.next_if(|it| it.0 < document).is_some() {}
        more.next_if(|it| it.0 == document).map(|it| (document, score + it.1))
    });
    both.collect()
}

/// Adds the scores of documents that are known already.
fn add_where_both(scores: &mut [Scored], more: Vec<Scored>) {
    let mut more = more.into_iter().peekable();
    for (document, score) in scores {
        while more.next_if(|it| it.0 < *document).is_some() {}
        if let Some(more) = more.next_if(|it| it.0 == *document) {
            *score += more.1;
        }
    }
}

/// The documents of any of two, each with the sum of its scores.
fn union(mut some: Vec<Scored>, more: Vec<Scored>) -> Vec<Scored> {
    if more.is_empty() {
        return some;
    }
    some.extend(more);
    some.sort_by_key(|it| it.0);
    some.dedup_by(|next, first| {
        let same = next.0 == first.0;
        first.1 += if same { next.1 } else { 0.0 };
        same
    });
    some
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

#[cfg(test)]
mod tests;
