//! A query: the words, phrases and paths that a document must have.

use std::collections::HashSet;

use crate::program::digest::words::words;

/// A query: clauses, most of which a document must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) clauses: Vec<Clause>,
    /// What a document must not have.
    pub(super) left_out: Vec<Clause>,
    /// As it was typed.
    pub(super) text: String,
    /// The language that its reader prefers, or empty.
    pub(super) language: String,
}

/// A part of a query: a word, or words that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Clause {
    /// As they are indexed.
    pub(super) words: Vec<String>,
    pub(super) kind: Kind,
    pub(super) need: Need,
}

/// How the words of a clause belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// It is one.
    Word,
    /// It is the beginning of one.
    Beginning,
    /// They follow each other in the text.
    Phrase,
    /// They follow each other in the text, or lead to a page or a section:
    /// `Vec::push`.
    Path,
}

/// Whether a document must have a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Need {
    /// It must.
    Required,
    /// It is the better for it: `how`, `a`, `the`.
    Optional,
    /// Nobody typed it. A page of this name is the better for it.
    Hint,
}

/// Why a query asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no word in it.
    #[error("the query has no word in it")]
    NoWord,
    /// It only says what a document must not have.
    #[error("the query has no word to look for beside what it leaves out")]
    OnlyLeftOut,
    /// It leaves too much out.
    #[error("a query leaves out at most {MOST_LEFT_OUT} words")]
    TooManyLeftOut,
    /// A phrase has too many words.
    #[error("a phrase has at most {LONGEST} words")]
    TooLong,
    /// There are too many words in it.
    #[error("a query has at most {MOST} different words")]
    TooMany,
}

/// Words of a query, of which each is looked up.
const MOST: usize = 1_000;

/// Words that a query leaves out: each is looked up, however many others there
/// are.
const MOST_LEFT_OUT: usize = 16;

/// Words of a phrase: each takes time at every place of the first one.
const LONGEST: usize = 64;

/// Words that a question has and its answer need not have. They count where
/// they stand.
const COMMON: [&str; 46] = [
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be",
    "between", "by", "can", "do", "does", "from", "get", "have", "how", "i",
    "in", "into", "is", "it", "its", "me", "my", "of", "on", "one", "or",
    "should", "that", "the", "there", "this", "to", "using", "what", "when",
    "which", "why", "will", "with", "without", "you",
];

impl Query {
    /// Reads a query as it is typed. Words between double quotes are a phrase.
    /// What falls into several words by itself, such as `std::io`, is a path.
    /// `*` at the end of a word stands for any rest of it. A quote that is not
    /// closed runs to the end. What stands behind a `-` is left out.
    ///
    /// # Errors
    /// If there is no word in it, or a phrase is too long.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let (mut clauses, mut left_out) = (Vec::new(), Vec::new());
        let mut minus = false;
        for (nth, part) in text.split(['"', '\u{201c}', '\u{201d}']).enumerate()
        {
            if nth % 2 == 1 {
                let to = if minus { &mut left_out } else { &mut clauses };
                to.extend(Clause::new(part, Kind::Phrase));
                continue;
            }
            for token in part.split_whitespace() {
                match token.strip_prefix('-').filter(|rest| is_word(rest)) {
                    Some(rest) => left_out.extend(Clause::of_token(rest)),
                    None => read_token(token, &mut clauses),
                }
            }
            let before = part.strip_suffix('-');
            minus = before.is_some_and(|before| {
                before.is_empty() || before.ends_with(char::is_whitespace)
            });
        }
        // Where nothing else is asked for, common words are.
        if clauses.iter().all(|clause| clause.need != Need::Required) {
            let typed = clauses
                .iter_mut()
                .filter(|clause| clause.need == Need::Optional);
            typed.for_each(|clause| clause.need = Need::Required);
        }
        // What is asked for twice is asked for once: each clause takes the time
        // of its own.
        let mut known = HashSet::new();
        clauses.retain(|clause| known.insert(clause.clone()));
        known.clear();
        left_out.retain(|clause| known.insert(clause.clone()));
        let words = |clauses: &[Clause]| {
            clauses.iter().map(|clause| clause.words.len()).sum::<usize>()
        };
        if clauses.iter().any(|clause| clause.words.len() > LONGEST) {
            return Err(QueryError::TooLong);
        }
        if words(&clauses) > MOST {
            return Err(QueryError::TooMany);
        }
        if words(&left_out) > MOST_LEFT_OUT {
            return Err(QueryError::TooManyLeftOut);
        }
        if clauses.iter().all(|clause| clause.need == Need::Hint) {
            return Err(if left_out.is_empty() {
                QueryError::NoWord
            } else {
                QueryError::OnlyLeftOut
            });
        }
        Ok(Query {
            clauses,
            left_out,
            text: text.trim().to_owned(),
            language: String::new(),
        })
    }

    /// The query of a reader who prefers this language: a tag as in `<html
    /// lang>`. Of equal pages one in it comes first. A page that does not say
    /// its language is in any.
    #[must_use]
    pub fn in_language(mut self, tag: &str) -> Query {
        self.language = main_language(tag).to_ascii_lowercase();
        self
    }

    /// The query with a clause for each word, if that is another one.
    pub(super) fn word_by_word(&self) -> Option<Query> {
        let several = |clause: &&Clause| clause.words.len() > 1;
        self.clauses.iter().find(several)?;
        let mut known = HashSet::new();
        let single = |clause: &Clause| {
            let one = |word: &String| {
                let kind = if clause.kind == Kind::Beginning {
                    clause.kind
                } else {
                    Kind::Word
                };
                Clause { words: vec![word.clone()], kind, need: clause.need }
            };
            clause.words.iter().map(one).collect::<Vec<_>>()
        };
        let mut clauses: Vec<Clause> =
            self.clauses.iter().flat_map(single).collect();
        clauses.retain(|clause| known.insert(clause.clone()));
        Some(Query { clauses, ..self.clone() })
    }
}

/// The language of a tag, without its script and its region.
pub(super) fn main_language(tag: &str) -> &str {
    tag.split(['-', '_', '.']).next().unwrap_or_default()
}

impl Clause {
    /// A clause of the words in a text, if there are any.
    fn new(text: &str, kind: Kind) -> Option<Clause> {
        let words = terms(text);
        let kind = if words.len() == 1 { Kind::Word } else { kind };
        (!words.is_empty()).then_some(Clause {
            words,
            kind,
            need: Need::Required,
        })
    }

    /// The clause of what stands between two spaces, if it is one.
    fn of_token(token: &str) -> Option<Clause> {
        let mut clauses = Vec::new();
        read_token(token, &mut clauses);
        clauses.retain(|clause| clause.need != Need::Hint);
        if clauses.len() != 1 {
            return Clause::new(token, Kind::Path);
        }
        let required = |clause| Clause { need: Need::Required, ..clause };
        clauses.pop().map(required)
    }

    fn hint(word: &str) -> Clause {
        Clause {
            words: vec![word.to_owned()],
            kind: Kind::Word,
            need: Need::Hint,
        }
    }
}

/// Reads what stands between two spaces, as people write parts of programs.
fn read_token(token: &str, clauses: &mut Vec<Clause>) {
    if token.starts_with("#[") || token.starts_with("#![") {
        // `#[derive(Debug)]`: the attribute and its arguments.
        clauses.extend(
            terms(token)
                .iter()
                .filter_map(|word| Clause::new(word, Kind::Word)),
        );
        clauses.extend(["attribute", "attributes"].map(Clause::hint));
        return;
    }
    if let Some(rest) =
        token.strip_prefix("r#").filter(|rest| !rest.starts_with('"'))
    {
        clauses.extend(Clause::new(rest, Kind::Path));
        clauses.extend(["keyword", "raw_identifiers"].map(Clause::hint));
        return;
    }
    // The last word is the one that goes on: `io::Re*`, also before a comma.
    let start = token
        .trim_end_matches([',', '.', ';', ':', '!', '?', ')'])
        .strip_suffix('*');
    if let Some(start) = start
        && let Some(last) = words(start).last()
    {
        clauses.extend(Clause::new(&start[..last.at], Kind::Path));
        let words = vec![last.fold(&mut String::new()).to_owned()];
        clauses.push(Clause {
            words,
            kind: Kind::Beginning,
            need: Need::Required,
        });
        return;
    }
    let Some(mut clause) = Clause::new(&without_generics(token), Kind::Path)
    else {
        return;
    };
    if clause.kind == Kind::Word && COMMON.contains(&&*clause.words[0]) {
        clause.need = Need::Optional;
    }
    clauses.push(clause);
    // `vec!`, `println!("{}")`, and not `a!=b`.
    let macro_call = |at: usize| {
        let (name, rest) = (&token[..at], &token[at + 1..]);
        name.ends_with(is_in_word)
            && !rest.starts_with(|c| is_in_word(c) || c == '=')
    };
    if token.find('!').is_some_and(macro_call) {
        clauses.push(Clause::hint("macro"));
    }
}

/// Whether what stands behind a `-` is a word to leave out, and not the rest of
/// an arrow, a number or an option: `->`, `-1`, `-C`, `--release`.
fn is_word(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.next().is_some_and(|c| is_in_word(c) || c == '*')
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A path without what stands in angle brackets, unless nothing stands before
/// them.
fn without_generics(token: &str) -> String {
    let (mut depth, mut has_word) = (0_usize, false);
    let mut out = String::new();
    for c in token.chars() {
        match c {
            '<' if has_word => depth += 1,
            '>' if depth > 0 => depth -= 1,
            _ if depth == 0 => {
                has_word |= is_in_word(c);
                out.push(c);
            }
            _ => {}
        }
    }
    // It is a comparison, or goes on behind a space.
    if depth > 0 { token.to_owned() } else { out }
}

fn terms(text: &str) -> Vec<String> {
    words(text).map(|word| word.fold(&mut String::new()).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Vec<Clause> {
        Query::parse(text).map(|query| query.clauses).unwrap_or_default()
    }

    /// The words of the clauses that were typed.
    fn clauses(text: &str) -> Vec<Vec<String>> {
        let typed =
            parsed(text).into_iter().filter(|clause| clause.need != Need::Hint);
        typed.map(|clause| clause.words).collect()
    }

    #[test]
    fn words_phrases_and_paths() {
        assert_eq!(
            clauses("Send \"data race\" std::io"),
            [vec!["send"], vec!["data", "race"], vec!["std", "io"]]
        );
        let kinds = |text| {
            parsed(text).iter().map(|clause| clause.kind).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds("Send \"data race\" std::io"),
            [Kind::Word, Kind::Phrase, Kind::Path]
        );
        assert_eq!(kinds("\"send\" Hash*"), [Kind::Word, Kind::Beginning]);
        assert_eq!(clauses("\"not closed"), [["not", "closed"]]);
        for text in [" \"?\" ", "", "#[]", "r#!"] {
            assert_eq!(Query::parse(text), Err(QueryError::NoWord), "{text}");
        }
        assert_eq!(clauses("w W \"w\" b c W"), [["w"], ["b"], ["c"]]);
        let long = format!("\"{}\"", "w ".repeat(LONGEST + 1));
        assert_eq!(Query::parse(&long), Err(QueryError::TooLong));
        let many = |count: usize| {
            (0..count).map(|nth| format!("w{nth} ")).collect::<String>()
        };
        assert_eq!(clauses(&many(MOST)).len(), MOST);
        assert_eq!(Query::parse(&many(MOST + 1)), Err(QueryError::TooMany));
        assert_eq!(clauses(&"again ".repeat(10 * MOST)), [["again"]]);
    }

    #[test]
    fn parts_of_programs_are_read_as_they_are_written() {
        for (text, expected) in [
            ("r#type", vec![vec!["type"]]),
            ("#[derive(Debug)]", vec![vec!["derive"], vec!["debug"]]),
            ("#![no_std]", vec![vec!["no_std"]]),
            ("?Sized", vec![vec!["sized"]]),
            ("println!(\"{}\")", vec![vec!["println"]]),
            ("Vec<T>::push()", vec![vec!["vec", "push"]]),
            ("Vec::<u8>::new", vec![vec!["vec", "new"]]),
            ("<T>::f", vec![vec!["t", "f"]]),
            ("a<b", vec![vec!["a", "b"]]),
            ("std::io::Re*", vec![vec!["std", "io"], vec!["re"]]),
            ("don't*", vec![vec!["don't"]]),
            ("don'*", vec![vec!["don"]]),
            ("cafe\u{301}*", vec![vec!["caf\u{e9}"]]),
            ("Hash*,", vec![vec!["hash"]]),
            ("a * b", vec![vec!["a"], vec!["b"]]),
            ("*const", vec![vec!["const"]]),
            ("'static", vec![vec!["static"]]),
        ] {
            assert_eq!(clauses(text), expected, "{text}");
        }
        let hints = |text| -> Vec<String> {
            let hints = parsed(text)
                .into_iter()
                .filter(|clause| clause.need == Need::Hint);
            hints.flat_map(|clause| clause.words).collect()
        };
        assert_eq!(hints("vec!"), ["macro"]);
        assert_eq!(hints("vec![1, 2]"), ["macro"]);
        assert_eq!(hints("a!=b wow"), [""; 0]);
        assert_eq!(hints("#[test]"), ["attribute", "attributes"]);
    }

    #[test]
    fn what_stands_behind_a_minus_is_left_out() {
        let left_out = |text: &str| -> Vec<Vec<String>> {
            let query = Query::parse(text).expect("it has a word");
            query.left_out.into_iter().map(|clause| clause.words).collect()
        };
        for (text, expected) in [
            ("x -alpha", vec![vec!["alpha"]]),
            ("-Alpha x -alpha", vec![vec!["alpha"]]),
            ("x -\"data race\"", vec![vec!["data", "race"]]),
            ("x -std::io -the", vec![vec!["std", "io"], vec!["the"]]),
            ("x -Hash*", vec![vec!["hash"]]),
            ("x -io::Re*", vec![vec!["io", "re"]]),
            ("x -vec!", vec![vec!["vec"]]),
        ] {
            assert_eq!(left_out(text), expected, "{text}");
            assert_eq!(clauses(text), [["x"]], "{text}");
        }
        // Options, numbers, arrows, dashes and what is joined.
        for text in [
            "cargo build --release",
            "rustc -O -C opt-level",
            "add -1 -0.5",
            "fn -> T",
            "a - b -",
            "copy-\"on write\"",
            "-",
        ] {
            let query = Query::parse(text).map(|query| query.left_out);
            assert!(query.is_ok_and(|it| it.is_empty()) || text == "-");
        }
        assert_eq!(Query::parse("-alpha"), Err(QueryError::OnlyLeftOut));
        assert_eq!(Query::parse("-"), Err(QueryError::NoWord));
        let many: String =
            (0..=MOST_LEFT_OUT).map(|nth| format!(" -w{nth}")).collect();
        let many = Query::parse(&format!("x{many}"));
        assert_eq!(many, Err(QueryError::TooManyLeftOut));
    }

    #[test]
    fn common_words_are_wanted_and_not_needed() {
        let needs = |text| {
            parsed(text).iter().map(|clause| clause.need).collect::<Vec<_>>()
        };
        assert_eq!(needs("the lock"), [Need::Optional, Need::Required]);
        assert_eq!(needs("\"the\" lock"), [Need::Required, Need::Required]);
        assert_eq!(needs("how is it"), [Need::Required; 3]);
    }

    #[test]
    fn a_language_is_its_first_part() {
        for tag in ["de", "de-AT", "DE_AT.UTF-8"] {
            let query =
                Query::parse("x").expect("it has a word").in_language(tag);
            assert_eq!(query.language, "de");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_an_error(text in "\\PC{0,40}|[#!\\[<>*a:r \"é-]{0,20}") {
            for clause in parsed(&text) {
                prop_assert!(!clause.words.is_empty());
            }
        }
    }
}
