//! A query: the words and phrases that a document must have.

use std::collections::HashSet;

use crate::program::digest::words::words;

/// A query: every clause must be found. A clause is a word, or words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) clauses: Vec<Vec<String>>,
}

/// Why a query asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no word in it.
    #[error("the query has no word in it")]
    NoWord,
    /// A phrase has too many words.
    #[error("a phrase has at most {LONGEST} words")]
    TooLong,
}

/// Words of a phrase: each takes time at every place of the first one.
const LONGEST: usize = 64;

impl Query {
    /// Reads a query as it is typed. Words between double quotes are a phrase; so is what falls
    /// into several words by itself, such as `std::io`. A quote that is not closed runs to the end.
    ///
    /// # Errors
    /// If there is no word in it, or a phrase is too long.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let mut clauses = Vec::new();
        for (nth, part) in text.split(['"', '\u{201c}', '\u{201d}']).enumerate() {
            let quoted = nth % 2 == 1;
            if quoted {
                clauses.push(terms(part));
            } else {
                clauses.extend(part.split_whitespace().map(terms));
            }
        }
        clauses.retain(|clause| !clause.is_empty());
        // What is asked for twice is asked for once: each clause takes the time of its own.
        let mut known = HashSet::new();
        clauses.retain(|clause| known.insert(clause.clone()));
        if clauses.iter().any(|clause| clause.len() > LONGEST) {
            return Err(QueryError::TooLong);
        }
        if clauses.is_empty() { Err(QueryError::NoWord) } else { Ok(Query { clauses }) }
    }
}

fn terms(text: &str) -> Vec<String> {
    words(text).map(|word| word.fold(&mut String::new()).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clauses(text: &str) -> Vec<Vec<String>> {
        Query::parse(text).map(|query| query.clauses).unwrap_or_default()
    }

    #[test]
    fn words_phrases_and_paths() {
        assert_eq!(
            clauses("Send \"data race\" std::io"),
            [vec!["send"], vec!["data", "race"], vec!["std", "io"]]
        );
        assert_eq!(clauses("\"not closed"), [["not", "closed"]]);
        assert_eq!(Query::parse(" \"?\" "), Err(QueryError::NoWord));
        assert_eq!(clauses("w W \"w\" a b W"), [["w"], ["a"], ["b"]]);
        let long = format!("\"{}\"", "w ".repeat(LONGEST + 1));
        assert_eq!(Query::parse(&long), Err(QueryError::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_an_error(text in "\\PC{0,40}") {
            for clause in clauses(&text) {
                prop_assert!(!clause.is_empty());
            }
        }
    }
}
