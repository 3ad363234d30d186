//! Ranked search.
//!
//! What a search costs is counted in postings and positions that it reads, and
//! is bounded: a query has a number of words, a beginning stands for a number
//! of them, and a long list is passed through in steps where only some of its
//! documents are wanted.

use std::fmt;

use super::hits::{Hit, hits};
use super::lookup::{Counts, Lookup, Scored, keep_followed};
use super::names::role;
use super::postings::{Entry, List};
use super::query::{Clause, Kind, Need};
use super::ranking::{idf, page_weight, part_weight, path_weight};
use super::{Index, Query, Term};

/// Words of a query that are looked for: of more the rarest ones.
const WORDS: usize = 32;

/// The result of a search: the number of documents that match, and the best of
/// them.
#[derive(Clone, Debug)]
pub struct SearchResults<'a> {
    /// How many documents match.
    pub total: usize,
    /// The best of them, best first.
    pub hits: Vec<Hit<'a>>,
    /// In which way less was asked of them than the query asks.
    pub relaxed: Option<Relaxed>,
    /// How many postings and positions were read for them: what the search
    /// cost, on any machine.
    pub visited: u64,
}

/// In which way less was asked than a query asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxed {
    /// The words of a phrase or a path may stand apart.
    Apart,
    /// Some words may be missing.
    Some,
    /// Some words were not looked for.
    Rarest,
    /// Very many words begin as one of the query does, and some of them were
    /// not looked for.
    Begun,
}

impl fmt::Display for Relaxed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relaxed::Apart => formatter
                .write_str("these words stand together nowhere; here is what has all of them"),
            Relaxed::Some => {
                formatter.write_str("nothing has all of these words; here is what has most of them")
            }
            Relaxed::Rarest => {
                write!(
                    formatter,
                    "these are many words; here is what has most of the rarest {WORDS}"
                )
            }
            Relaxed::Begun => formatter
                .write_str("very many words begin so; only the most frequent were looked for"),
        }
    }
}

/// A document that has a word, or is called by it.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    document: u32,
    /// How often its text has the word.
    count: u32,
    /// The roles that the word has in its name.
    roles: u32,
}

/// How many documents have a word.
#[derive(Clone, Copy, Debug, Default)]
struct Having {
    /// In their text.
    text: usize,
    /// As a name of the page.
    page: usize,
    /// As any name.
    name: usize,
}

impl Having {
    fn note(&mut self, found: Found) {
        self.text += usize::from(found.count > 0);
        self.page += usize::from(found.roles & role::PAGE != 0);
        self.name += usize::from(found.roles != 0);
    }
}

impl Index {
    /// The documents that have what the query asks for, best first, at most
    /// `limit` of them. If none has all of it, those that have its words apart;
    /// or else most of its words, if each of them stands somewhere. Of very
    /// many words only the rarest are looked for.
    pub fn search(&self, query: &Query, limit: usize) -> SearchResults<'_> {
        let counts = Counts::default();
        let results =
            Search(Lookup::new(self, query, &counts)).results(query, limit);
        // A beginning that was cut may be why nothing has all words.
        let relaxed = match results.relaxed {
            None | Some(Relaxed::Some) if counts.is_cut.get() => {
                Some(Relaxed::Begun)
            }
            relaxed => relaxed,
        };
        SearchResults { relaxed, visited: counts.visited.get(), ..results }
    }
}

/// One search in an index.
#[derive(Clone, Copy)]
struct Search<'s, 'i>(Lookup<'s, 'i>);

impl<'s, 'i: 's> Search<'s, 'i> {
    fn results(self, query: &Query, limit: usize) -> SearchResults<'i> {
        let rarest = self.rarest(query);
        let relaxed = rarest.as_ref().map(|_| Relaxed::Rarest);
        let asked = rarest.as_ref().unwrap_or(query);
        let strict = self.having_all(asked);
        if !strict.is_empty() {
            return self.best(asked, strict, relaxed, limit);
        }
        let apart = asked.word_by_word();
        if let Some(apart) = &apart {
            let found = self.having_all(apart);
            if !found.is_empty() {
                return self.best(
                    apart,
                    found,
                    relaxed.or(Some(Relaxed::Apart)),
                    limit,
                );
            }
        }
        let words = apart.as_ref().unwrap_or(asked);
        if self.0.index.unknown(query).next().is_some() {
            return self.best(words, Vec::new(), None, limit);
        }
        self.best(
            words,
            self.having_most(words),
            relaxed.or(Some(Relaxed::Some)),
            limit,
        )
    }

    /// The query with the rarest of its words alone, if there are too many.
    /// What must be there comes before what is only better for it.
    fn rarest(self, query: &Query) -> Option<Query> {
        let words = |clause: &Clause| clause.words.len();
        let typed =
            query.clauses.iter().filter(|clause| clause.need != Need::Hint);
        if typed.map(words).sum::<usize>() <= WORDS {
            return None;
        }
        let mut clauses = query.clauses.clone();
        clauses.sort_by_cached_key(|clause| {
            (clause.need != Need::Required, self.cost(clause))
        });
        let mut left = WORDS;
        let mut nth = 0;
        clauses.retain(|clause| {
            let kept = nth == 0 || words(clause) <= left;
            left = left.saturating_sub(if kept { words(clause) } else { 0 });
            nth += 1;
            kept
        });
        (clauses.len() < query.clauses.len())
            .then(|| Query { clauses, ..query.clone() })
    }

    /// Bytes of the lists of a clause, about.
    fn cost(self, clause: &Clause) -> u64 {
        clause.words.iter().map(|word| self.0.cost(word, clause.kind)).sum()
    }

    /// The documents that have every clause that is required, in order of their
    /// numbers.
    fn having_all(self, query: &Query) -> Vec<Scored> {
        let share = share(query);
        let mut scores: Option<Vec<Scored>> = None;
        let (mut required, others): (Vec<&Clause>, Vec<&Clause>) = query
            .clauses
            .iter()
            .partition(|clause| clause.need == Need::Required);
        // The rarest first: of the others only what has it is of interest.
        required.sort_by_cached_key(|clause| self.cost(clause));
        for clause in required {
            let more = self.scores(clause, share, scores.as_deref());
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
            let more = self.scores(clause, share, Some(&scores));
            add_where_both(&mut scores, more);
        }
        self.without(&query.left_out, scores)
    }

    /// Of some documents those that have none of the clauses.
    fn without(self, left_out: &[Clause], mut of: Vec<Scored>) -> Vec<Scored> {
        for clause in left_out {
            let mut have =
                self.scores(clause, 1.0, Some(&of)).into_iter().peekable();
            of.retain(|(document, _)| {
                while have.next_if(|it| it.0 < *document).is_some() {}
                have.peek().is_none_or(|it| it.0 != *document)
            });
        }
        of
    }

    /// The documents that have most of the clauses.
    fn having_most(self, query: &Query) -> Vec<Scored> {
        let share = share(query);
        let mut all: Vec<(f64, u32)> =
            vec![(0.0, 0); self.0.index.documents().len()];
        let mut required = 0;
        for clause in
            query.clauses.iter().filter(|clause| clause.need == Need::Required)
        {
            required += 1;
            for (document, score) in self.scores(clause, share, None) {
                let (sum, met) = &mut all[document as usize];
                (*sum, *met) = (*sum + score, *met + 1);
            }
        }
        let most = all.iter().map(|it| it.1).max().unwrap_or_default();
        let part = |met: u32| (f64::from(met) / f64::from(required)).powi(2);
        let most =
            (0..).zip(all).filter(|(_, (_, met))| *met > 0 && met + 1 >= most);
        let most =
            most.map(|(document, (score, met))| (document, score * part(met)));
        self.without(&query.left_out, most.collect())
    }

    /// The best of these documents, with their snippets.
    fn best(
        self,
        query: &Query,
        mut found: Vec<Scored>,
        relaxed: Option<Relaxed>,
        limit: usize,
    ) -> SearchResults<'i> {
        let total = found.len();
        let prior = self.0.index.ranks.prior(&query.language);
        found
            .iter_mut()
            .for_each(|(document, score)| *score *= prior(*document));
        // Equal scores in order of URL, which is the order of the numbers.
        let order =
            |a: &Scored, b: &Scored| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if limit < total {
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        let relaxed = relaxed.filter(|_| total > 0);
        SearchResults {
            total,
            hits: hits(self.0, query, &found),
            relaxed,
            visited: 0,
        }
    }

    /// The documents that have a clause, each with what that says: of some, or
    /// of all.
    fn scores(
        self,
        clause: &Clause,
        share: f64,
        of: Option<&[Scored]>,
    ) -> Vec<Scored> {
        match (clause.need, clause.kind, &clause.words[..]) {
            (Need::Hint, _, words) => self.hinted(&words[0], of),
            (_, Kind::Word, words) => {
                let (found, having) = self.found(&words[0], of);
                self.word_scores(&found, having, share)
            }
            (_, Kind::Beginning, words) => {
                let (found, having) = self.begun(&words[0]);
                self.word_scores(&found, having, share)
            }
            (_, Kind::Phrase, words) => self.phrase_scores(words),
            (_, Kind::Path, words) => {
                union(self.phrase_scores(words), self.path_scores(words))
            }
        }
    }

    fn word_scores(
        self,
        found: &[Found],
        having: Having,
        share: f64,
    ) -> Vec<Scored> {
        let all = self.0.index.documents().len();
        let text = idf(all, having.text);
        let page = share * idf(all, having.page);
        let part = share * idf(all, having.name);
        let score = |it: &Found| {
            let words =
                text * self.0.index.ranks.of[it.document as usize].tf(it.count);
            let names = match it.roles {
                0 => 0.0,
                roles => page * page_weight(roles) + part * part_weight(roles),
            };
            (it.document, words + names)
        };
        found.iter().map(score).collect()
    }

    /// The pages that are called by this.
    fn hinted(self, word: &str, of: Option<&[Scored]>) -> Vec<Scored> {
        let named =
            |entry: &Entry<'_>| entry.count & (role::PAGE | role::FOLDER) != 0;
        let score =
            |entry: Entry<'_>| (entry.document, 1.0 + page_weight(entry.count));
        let Some(term) = self.0.index.name(word) else { return Vec::new() };
        let mut list = self.0.list(term);
        match of {
            None => list.filter(named).map(score).collect(),
            Some(of) => {
                let sought = of.iter().filter_map(|it| list.seek(it.0));
                sought.filter(named).map(score).collect()
            }
        }
    }

    fn phrase_scores(self, words: &[String]) -> Vec<Scored> {
        let counts = self.phrase_counts(words);
        let idf = idf(self.0.index.documents().len(), counts.len());
        let score = |(it, count)| {
            (it, idf * self.0.index.ranks.of[it as usize].tf(count))
        };
        counts.into_iter().map(score).collect()
    }

    /// The pages that a path leads to, or to a section of which.
    fn path_scores(self, words: &[String]) -> Vec<Scored> {
        let all = self.0.index.documents().len();
        let names: Option<Vec<&Term>> =
            words.iter().map(|word| self.0.index.name(word)).collect();
        let (mut found, mut roles) = (Vec::new(), Vec::new());
        self.each_with_all(&names.unwrap_or_default(), |entries| {
            roles.clear();
            roles.extend(entries.iter().map(|entry| entry.count));
            found.extend(
                path_weight(&roles).map(|weight| (entries[0].document, weight)),
            );
        });
        // A path says more the fewer pages it leads to, and the longer it is.
        let says = idf(all, found.len()) + words.len() as f64;
        found
            .into_iter()
            .map(|(document, weight)| (document, weight * says))
            .collect()
    }

    /// The documents that have words one after the other, each with how often.
    fn phrase_counts(self, words: &[String]) -> Vec<(u32, u32)> {
        let terms: Option<Vec<&Term>> =
            words.iter().map(|word| self.0.index.term(word)).collect();
        let (mut counts, mut order, mut starts) =
            (Vec::new(), Vec::new(), Vec::new());
        self.each_with_all(&terms.unwrap_or_default(), |entries| {
            order.clear();
            order.extend(0..entries.len());
            order.sort_by_key(|nth| entries[*nth].count);
            starts.clear();
            // The rarest word says where the phrase may begin.
            let offset = order[0] as u32;
            let places = self.0.positions(entries[order[0]]);
            starts.extend(
                places.filter_map(|position| position.checked_sub(offset)),
            );
            for &nth in &order[1..] {
                if starts.is_empty() {
                    return;
                }
                keep_followed(
                    &mut starts,
                    nth as u32,
                    self.0.positions(entries[nth]),
                );
            }
            if !starts.is_empty() {
                counts.push((entries[0].document, starts.len() as u32));
            }
        });
        counts
    }

    /// Calls `with` for each document that all lists have, with its entry in
    /// each.
    fn each_with_all(
        self,
        terms: &[&Term],
        mut with: impl FnMut(&[Entry<'s>]),
    ) {
        // The shortest list names the documents, and the others are asked for
        // them.
        let shortest =
            (0..terms.len()).min_by_key(|nth| terms[*nth].postings.length);
        let Some(shortest) = shortest else { return };
        let mut lists: Vec<List<'s>> =
            terms.iter().map(|term| self.0.list(term)).collect();
        let mut entries: Vec<Entry<'s>> = Vec::with_capacity(lists.len());
        let mut last = None;
        'documents: for first in self.0.list(terms[shortest]) {
            // A damaged file may name a document twice.
            if last.replace(first.document) == Some(first.document) {
                continue;
            }
            entries.clear();
            for (nth, list) in lists.iter_mut().enumerate() {
                let entry = if nth == shortest {
                    Some(first)
                } else {
                    list.seek(first.document)
                };
                let Some(entry) = entry else { continue 'documents };
                entries.push(entry);
            }
            with(&entries);
        }
    }

    /// The documents that have a word or are called by it, of some or of all;
    /// and how many of all there are.
    fn found(self, word: &str, of: Option<&[Scored]>) -> (Vec<Found>, Having) {
        let lists = [self.0.index.term(word), self.0.index.name(word)];
        if let Some(of) = of {
            return self.found_of(lists, of);
        }
        let [mut texts, mut names] = lists.map(|term| {
            term.into_iter().flat_map(move |term| self.0.list(term)).peekable()
        });
        let (mut found, mut having) = (Vec::new(), Having::default());
        let document =
            |entry: Option<&Entry<'_>>| entry.map(|entry| entry.document);
        loop {
            let next = [document(texts.peek()), document(names.peek())];
            let Some(document) = next.into_iter().flatten().min() else {
                break;
            };
            let mut it = Found { document, ..Found::default() };
            while let Some(entry) =
                texts.next_if(|entry| entry.document == document)
            {
                it.count = it.count.saturating_add(entry.count);
            }
            while let Some(entry) =
                names.next_if(|entry| entry.document == document)
            {
                it.roles |= entry.count;
            }
            having.note(it);
            if (it.count, it.roles) != (0, 0) {
                found.push(it);
            }
        }
        (found, having)
    }

    fn found_of(
        self,
        lists: [Option<&Term>; 2],
        of: &[Scored],
    ) -> (Vec<Found>, Having) {
        let count = |term: &Term| self.0.counted(term);
        let [(text, _), (name, page)] =
            lists.map(|term| term.map_or((0, 0), count));
        let [mut texts, mut names] =
            lists.map(|term| term.map(|term| self.0.list(term)));
        let found = of.iter().filter_map(|&(document, _)| {
            let text = texts.as_mut().and_then(|list| list.seek(document));
            let name = names.as_mut().and_then(|list| list.seek(document));
            let [count, roles] =
                [text, name].map(|entry| entry.map_or(0, |entry| entry.count));
            ((count, roles) != (0, 0)).then_some(Found {
                document,
                count,
                roles,
            })
        });
        (found.collect(), Having { text, page, name })
    }

    /// The documents that have a word that begins so, or are called by one.
    fn begun(self, start: &str) -> (Vec<Found>, Having) {
        let mut all = vec![Found::default(); self.0.index.documents().len()];
        for term in self.0.terms(start, Kind::Beginning) {
            for entry in self.0.list(term) {
                let it = &mut all[entry.document as usize];
                it.count = it.count.saturating_add(entry.count);
            }
        }
        for term in self.0.names(start, Kind::Beginning) {
            for entry in self.0.list(term) {
                all[entry.document as usize].roles |= entry.count;
            }
        }
        let mut having = Having::default();
        let numbered =
            (0..).zip(all).map(|(document, it)| Found { document, ..it });
        let found: Vec<Found> =
            numbered.filter(|it| (it.count, it.roles) != (0, 0)).collect();
        found.iter().for_each(|it| having.note(*it));
        (found, having)
    }
}

/// How much names count beside the text, by the number of words. One word is a
/// name; of many each is a part of a question.
fn share(query: &Query) -> f64 {
    let typed =
        query.clauses.iter().filter(|clause| clause.need != Need::Hint).count();
    1.0 / (typed.max(1) as f64).sqrt()
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

#[cfg(test)]
mod tests;
