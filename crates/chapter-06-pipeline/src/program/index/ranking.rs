//! How much a word says of a document.
//!
//! A word in the text counts as BM25 has it. A word that the page is called by
//! counts beside that, and is not held back by how often the text repeats it.

use compact_str::CompactString;

use super::names::role;
use super::query::main_language;
use super::{Contents, Document};

/// BM25's two constants, with the values most engines ship: how soon repetition
/// stops to count, and how much a long document is held back (Robertson and
/// Zaragoza, "The Probabilistic Relevance Framework", 2009).
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The inverse document frequency: how much a clause says that `having` of
/// `all` documents have.
pub(super) fn idf(all: usize, having: usize) -> f64 {
    let (all, having) = (all as f64, having.min(all) as f64);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// How much a word says that the page is called by.
pub(super) fn page_weight(roles: u32) -> f64 {
    let url = match roles {
        _ if roles & role::LEAF != 0 => 2.0,
        _ if roles & role::STEM != 0 => 1.0,
        _ => 0.0,
    };
    let title = if roles & role::TITLE != 0 { 1.0 } else { 0.0 };
    let top = if roles & role::TOP != 0 { 0.5 } else { 0.0 };
    url + title + top
}

/// How much a word says that a part of the page is called by, or the folder
/// that it lies in.
pub(super) fn part_weight(roles: u32) -> f64 {
    let section = match roles {
        _ if roles & role::SECTION != 0 => 0.8,
        _ if roles & role::HEADING != 0 => 0.4,
        _ => 0.0,
    };
    let folder = if roles & role::FOLDER != 0 { 0.4 } else { 0.0 };
    section + folder
}

/// How well a page is what a path leads to, by the roles of the path's words in
/// its name. `None` if it is not.
pub(super) fn path_weight(roles: &[u32]) -> Option<f64> {
    let (last, before) = roles.split_last()?;
    let leads_here =
        |roles: &u32| roles & (role::URL | role::TITLE | role::TOP) != 0;
    if !before.iter().all(leads_here) {
        return None;
    }
    let owner = before.last().copied().unwrap_or_default();
    match *last {
        last if last & role::LEAF != 0 => {
            // `Vec` in the folder `vec`, and not the macro `vec`.
            let all = before.iter().all(|roles| roles & role::FOLDER != 0);
            Some(if all { 3.0 } else { 2.0 })
        }
        last if last & role::SECTION != 0 && owner & role::LEAF != 0 => {
            // `Result` in the folder `result`, and not one of its aliases
            // elsewhere.
            Some(if owner & role::FOLDER != 0 { 3.3 } else { 3.0 })
        }
        last if last & role::SECTION != 0 => Some(1.5),
        last if last & role::PAGE != 0 => Some(1.0),
        _ => None,
    }
}

/// The parts of a document's score that no query changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rank {
    /// BM25's share of the document's length.
    length: f32,
    /// What the score is multiplied with.
    prior: f32,
    /// Which of the index's languages it is in; the first is unknown.
    language: u16,
}

impl Rank {
    /// The term frequency: how much `count` occurrences say in this document.
    pub(super) fn tf(&self, count: u32) -> f64 {
        let count = f64::from(count);
        count * (K1 + 1.0) / (count + f64::from(self.length))
    }
}

/// The ranks of all documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ranks {
    pub(super) of: Vec<Rank>,
    languages: Vec<CompactString>,
}

impl Ranks {
    pub(super) fn new(contents: &Contents) -> Ranks {
        let words: u64 = contents
            .documents
            .iter()
            .map(|document| u64::from(document.words))
            .sum();
        let average =
            (words as f64 / contents.documents.len().max(1) as f64).max(1.0);
        let mut languages = vec![CompactString::default()];
        let rank = |document: &Document| {
            let main = main_language(document.language()).to_ascii_lowercase();
            let known = languages.iter().position(|language| *language == main);
            let language = known.unwrap_or_else(|| {
                languages.push(main.into());
                languages.len() - 1
            });
            Rank {
                length: (K1
                    * (1.0 - B + B * f64::from(document.words) / average))
                    as f32,
                prior: prior(document, average) as f32,
                language: u16::try_from(language).unwrap_or(0),
            }
        };
        let of = contents.documents.iter().map(rank).collect();
        Ranks { of, languages }
    }

    /// What a document's score is multiplied with, for a reader of this
    /// language.
    pub(super) fn prior(&self, language: &str) -> impl Fn(u32) -> f64 + '_ {
        let wanted = self.languages.iter().position(|it| it == language);
        let any = language.is_empty();
        move |document| {
            let rank = self.of[document as usize];
            let foreign = !any
                && rank.language != 0
                && Some(usize::from(rank.language)) != wanted;
            f64::from(rank.prior) * if foreign { FOREIGN } else { 1.0 }
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.of.capacity() * size_of::<Rank>()
    }
}

/// A page in another language than the reader's.
const FOREIGN: f64 = 0.4;
/// A page for each folder that it lies deeper.
const DEEPER: f64 = 0.96;
/// A page that is a list of links.
const LIST: f64 = 0.5;
/// Bytes in links, of 100, from which on it is one.
const LINKS: u8 = 90;
/// Words from which on a page is no stub, which only leads elsewhere.
const WHOLE: u32 = 200;
/// A page with next to no words, as a redirect is.
const REDIRECT: f64 = 0.45;
const REDIRECT_WORDS: u32 = 20;
/// A stub, if it had no words at all.
const STUB: f64 = 0.55;
/// A page that is so many times as long as the average repeats others, as a
/// book on one page does.
const BOOK: f64 = 35.0;

fn prior(document: &Document, average: f64) -> f64 {
    let words = document.words;
    let deeper = DEEPER.powi(i32::from(document.depth.min(20)));
    let list = if document.linked >= LINKS { LIST } else { 1.0 };
    let stub = match words {
        0..REDIRECT_WORDS => REDIRECT,
        _ => {
            STUB + (1.0 - STUB) * f64::from(words.min(WHOLE)) / f64::from(WHOLE)
        }
    };
    let book = (BOOK * average / f64::from(words.max(1))).min(1.0);
    deeper * list * stub * book
}

#[cfg(test)]
mod tests {
    use super::role::{FOLDER, HEADING, LEAF, SECTION, STEM, TITLE};
    use super::*;

    #[test]
    fn a_path_leads_to_the_page_of_its_name_before_others() {
        // `std::vec::Vec`, as the words stand in `std/vec/struct.Vec.html`, in
        // the macro's page, and in a page that only has them in its headings.
        let page = path_weight(&[FOLDER, FOLDER | LEAF, FOLDER | LEAF]);
        let other = path_weight(&[FOLDER, LEAF, LEAF]);
        assert!(
            page > other && other > path_weight(&[FOLDER, TITLE, TITLE]),
            "{page:?} {other:?}"
        );
        assert_eq!(path_weight(&[HEADING, FOLDER, LEAF]), None);
        assert_eq!(path_weight(&[FOLDER, HEADING]), None);
        // `Vec::push`, in the page of `Vec` and in one that lies in its folder.
        let method = path_weight(&[LEAF | FOLDER, SECTION]);
        assert!(
            method > path_weight(&[FOLDER, SECTION])
                && method > path_weight(&[STEM, TITLE])
        );
    }
}
