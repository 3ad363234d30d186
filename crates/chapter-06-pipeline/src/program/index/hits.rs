//! What is shown of a document that was found: a piece of its text, and the
//! section that it stands in.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;

use super::lookup::{Lookup, Scored, keep_followed};
use super::names::{role, section_name};
use super::postings::Entry;
use super::query::{Clause, Kind, Need};
use super::snippet::{BEFORE, SNIPPET, best_window, line, snippet};
use super::{Document, Query, Term};
use crate::program::digest::words::words;

/// Places of one word, or of one phrase, that a snippet is chosen from.
const PLACES: usize = 10_000;

/// Of the rarest words of a query the places that are looked at more closely.
const CLOSELY: usize = 32;

/// Characters of a heading.
const HEADING: usize = 120;

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

/// Some documents with what is shown of them, in this order.
pub(super) fn hits<'i>(
    lookup: Lookup<'_, 'i>,
    query: &Query,
    ranked: &[Scored],
) -> Vec<Hit<'i>> {
    let mut numbers: Vec<u32> = ranked.iter().map(|it| it.0).collect();
    numbers.sort_unstable();
    let typed = query.clauses.iter().filter(|clause| clause.need != Need::Hint);
    let places: Vec<Places<'_, '_>> =
        typed.map(|clause| lookup.places(clause, &numbers)).collect();
    let hit = |scored: &Scored| {
        let nth = numbers.binary_search(&scored.0).expect("it is one of them");
        lookup.hit(&query.text, &places, nth, *scored)
    };
    ranked.iter().map(hit).collect()
}

impl<'s, 'i: 's> Lookup<'s, 'i> {
    /// Where the words of a clause stand in some documents, which are in order.
    fn places<'q>(self, clause: &'q Clause, numbers: &[u32]) -> Places<'q, 's> {
        let of = |word: &String| {
            let mut all: Vec<WordPlaces<'s>> = Vec::new();
            all.resize_with(numbers.len(), WordPlaces::default);
            for term in self.terms(word, clause.kind) {
                self.each_of(term, numbers, |nth, entry| {
                    all[nth].entries.push(entry)
                });
            }
            for term in self.names(word, clause.kind) {
                self.each_of(term, numbers, |nth, entry| {
                    all[nth].roles |= entry.count;
                    all[nth].sections.extend(self.positions(entry));
                });
            }
            all
        };
        Places { clause, words: clause.words.iter().map(of).collect() }
    }

    /// Calls `with` for each entry of a list whose document is one of some.
    fn each_of(
        self,
        term: &Term,
        numbers: &[u32],
        mut with: impl FnMut(usize, Entry<'s>),
    ) {
        let mut list = self.list(term);
        for (nth, number) in numbers.iter().enumerate() {
            if let Some(entry) = list.seek(*number) {
                with(nth, entry);
            }
        }
    }

    /// The positions of a word in one document, up to one of them, in rising
    /// order.
    fn positions_of(self, word: &WordPlaces<'s>, last: u32) -> Vec<u32> {
        let mut all = Vec::new();
        for entry in &word.entries {
            let positions = self.positions(*entry).take_while(|it| *it <= last);
            all.extend(positions.take(PLACES.saturating_sub(all.len())));
        }
        if word.entries.len() > 1 {
            all.sort_unstable();
        }
        all
    }

    fn hit(
        self,
        typed: &str,
        places: &[Places<'_, 's>],
        nth: usize,
        (number, score): Scored,
    ) -> Hit<'i> {
        let document = &self.index.documents()[number as usize];
        let lit = self.lit(document, places, nth);
        let window = self.window(&lit, document.body);
        let named = named_section(document, typed, places, nth);
        let at = named.or_else(|| {
            let sections = document.sections();
            sections
                .partition_point(|section| section.word <= window)
                .checked_sub(1)
        });
        let section = at.and_then(|at| {
            Some((document.sections().get(at)?, document.anchor(at)))
        });
        let mut from = window.saturating_sub(BEFORE);
        if let Some((section, anchor)) = section {
            // What stands before the section is another subject, and its
            // heading is shown above.
            let heading = match anchor {
                "" => 0,
                _ => words(document.heading(section)).count() as u32,
            };
            let begin = section.word.saturating_add(heading);
            let end =
                document.words.saturating_sub(document.body.saturating_sub(1));
            let begin = if begin < end { begin } else { section.word };
            from = if named.is_some() { begin } else { from.max(begin) };
        }
        let section = section.filter(|(_, anchor)| !anchor.is_empty()).map(
            |(section, anchor)| HitSection {
                heading: line(document.heading(section), HEADING),
                anchor,
            },
        );
        let mut shown = BTreeSet::new();
        for it in &lit {
            let [first, last] =
                [from.saturating_sub(it.length), from.saturating_add(SNIPPET)]
                    .map(|word| word.saturating_add(document.body));
            let starts = self.starts(it, first, last);
            for start in starts.into_iter().map(|start| start - document.body) {
                shown.extend(start..start + it.length);
            }
        }
        let (snippet, highlights) = snippet(document, from, &shown);
        Hit { document, score, section, snippet, highlights }
    }

    /// What is lit in a document: words, or the phrases and paths that they are
    /// part of.
    fn lit<'p>(
        self,
        document: &Document,
        places: &'p [Places<'_, 's>],
        nth: usize,
    ) -> Vec<Lit<'p, 's>> {
        let mut lit = Vec::new();
        for Places { clause, words } in places {
            let together =
                if clause.kind == Kind::Path || clause.kind == Kind::Phrase {
                    self.together(words, nth, document.body)
                } else {
                    Vec::new()
                };
            if together.is_empty() {
                let alone = |word: &'p Vec<WordPlaces<'s>>| {
                    let word = &word[nth];
                    let counts = word.entries.iter().map(|entry| entry.count);
                    let count = counts.fold(0, u32::saturating_add);
                    Lit { length: 1, count, at: LitAt::Word(word) }
                };
                lit.extend(words.iter().map(alone));
            } else {
                let (length, count) =
                    (words.len() as u32, together.len() as u32);
                lit.push(Lit { length, count, at: LitAt::Starts(together) });
            }
        }
        lit
    }

    /// Where words follow each other in one document, behind its title.
    fn together(
        self,
        words: &[Vec<WordPlaces<'s>>],
        nth: usize,
        body: u32,
    ) -> Vec<u32> {
        let rarest = (0..words.len()).min_by_key(|word| {
            words[*word][nth].entries.first().map_or(0, |entry| entry.count)
        });
        let Some(rarest) = rarest else { return Vec::new() };
        let positions = self.positions_of(&words[rarest][nth], u32::MAX);
        let starts = positions
            .iter()
            .filter_map(|position| position.checked_sub(rarest as u32));
        let mut starts: Vec<u32> =
            starts.filter(|start| *start >= body).collect();
        for (offset, word) in
            words.iter().enumerate().filter(|(offset, _)| *offset != rarest)
        {
            let Some(last) = starts.last() else { break };
            let last = last.saturating_add(words.len() as u32);
            let positions = self.positions_of(&word[nth], last);
            keep_followed(&mut starts, offset as u32, positions.into_iter());
        }
        starts
    }

    /// The first word of the part of a text that shows most of what is lit:
    /// near the rarest of it.
    fn window(self, lit: &[Lit<'_, 's>], body: u32) -> u32 {
        let mut rarest: Vec<usize> = (0..lit.len()).collect();
        rarest.sort_by_key(|nth| lit[*nth].count);
        let mut places = rarest
            .iter()
            .map(|nth| (*nth, self.starts(&lit[*nth], body, u32::MAX)));
        let Some((rarest, places)) =
            places.find(|(_, starts)| !starts.is_empty())
        else {
            return 0;
        };
        let closely = &places[..places.len().min(CLOSELY)];
        let last = closely[closely.len() - 1].saturating_add(SNIPPET);
        let others = (0..lit.len()).filter(|nth| *nth != rarest);
        let others: Vec<(usize, Vec<u32>)> = others
            .map(|nth| (nth, self.starts(&lit[nth], body, last)))
            .collect();
        let all =
            1 + others.iter().filter(|(_, starts)| !starts.is_empty()).count();
        let mut best = (0, 0);
        let mut near: Vec<(u32, u32, usize)> = Vec::new();
        for &place in closely {
            near.clear();
            let (from, to) =
                (place.saturating_sub(SNIPPET), place.saturating_add(SNIPPET));
            let all_starts =
                others.iter().map(|(nth, starts)| (*nth, &starts[..]));
            for (nth, starts) in
                all_starts.chain(iter::once((rarest, &places[..])))
            {
                let first = starts.partition_point(|start| *start < from);
                let starts =
                    starts[first..].iter().take_while(|start| **start < to);
                near.extend(starts.map(|start| (start - body, 1, nth)));
            }
            near.sort_unstable();
            let (start, shown) = best_window(&near);
            if shown > best.1 {
                best = (start, shown);
            }
            if shown == all {
                break;
            }
        }
        best.0
    }

    /// Where something is lit between two positions.
    fn starts(self, lit: &Lit<'_, 's>, from: u32, last: u32) -> Vec<u32> {
        let mut starts = match &lit.at {
            LitAt::Starts(starts) => starts.clone(),
            LitAt::Word(word) => self.positions_of(word, last),
        };
        starts.retain(|start| (from..=last).contains(start));
        starts
    }
}

/// Where the words of one clause stand in some documents.
struct Places<'q, 's> {
    clause: &'q Clause,
    /// For each word, for each document.
    words: Vec<Vec<WordPlaces<'s>>>,
}

/// Where one word stands in one document, or the words that it is the beginning
/// of.
#[derive(Clone, Debug, Default)]
struct WordPlaces<'s> {
    entries: Vec<Entry<'s>>,
    roles: u32,
    sections: Vec<u32>,
}

/// What is lit as one: a word, or words that follow each other.
struct Lit<'p, 's> {
    /// Its words.
    length: u32,
    /// How often it stands there, in the title or behind it.
    count: u32,
    at: LitAt<'p, 's>,
}

enum LitAt<'p, 's> {
    Word(&'p WordPlaces<'s>),
    Starts(Vec<u32>),
}

/// The section that the words lead to, if they lead to a part of the page and
/// not to all of it.
fn named_section(
    document: &Document,
    typed: &str,
    places: &[Places<'_, '_>],
    nth: usize,
) -> Option<usize> {
    let sections = |word: &WordPlaces<'_>| -> Vec<usize> {
        let sections = word.sections.iter().map(|section| *section as usize);
        sections
            .filter(|section| !document.anchor(*section).is_empty())
            .collect()
    };
    // The last word of a path is the section's name.
    for Places { clause, words } in
        places.iter().filter(|it| it.clause.kind == Kind::Path)
    {
        let (last, before) = words.split_last()?;
        let page = last[nth].roles & role::LEAF != 0;
        // `Drop::drop` is not the page `Drop`.
        let twice = clause.words.iter().rev().nth(1) == clause.words.last();
        let leads = last[nth].roles & role::SECTION != 0 && (!page || twice);
        if leads
            && before
                .iter()
                .any(|word| word[nth].roles & (role::URL | role::TITLE) != 0)
        {
            // Of several the one that is written so, and then the one without a
            // number.
            return sections(&last[nth]).into_iter().min_by_key(|section| {
                let anchor = document.anchor(*section);
                let name = section_name(anchor).unwrap_or_default();
                (!typed.contains(name), !anchor.ends_with(name))
            });
        }
    }
    let wanted =
        places.iter().filter(|places| places.clause.need == Need::Required);
    let words: Vec<&WordPlaces<'_>> = wanted
        .flat_map(|places| places.words.iter().map(|word| &word[nth]))
        .collect();
    if words.iter().all(|word| word.roles & role::PAGE != 0) {
        return None;
    }
    let mut votes: Vec<(usize, u32)> = Vec::new();
    for word in words {
        let weight = if word.roles & role::SECTION != 0 { 2 } else { 1 };
        votes.extend(
            sections(word).into_iter().map(|section| (section, weight)),
        );
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
