//! An exercise's file: the learner's part, and the tests that judge it.
//!
//! Taken apart as text, although `syn` parses Rust: it cannot read an answer
//! that does not compile yet, and the lines have to keep their numbers for the
//! compiler's messages.

/// Where the tests begin.
const TESTS: &str = "#[cfg(test)]";

/// How their module is opened.
const MODULE: &str = "mod tests {";

/// Some editors write it at the beginning of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The macros that a module of tests takes from the standard library and from
/// nowhere else.
const ASSERTIONS: &str = "#[allow(unused_imports)] use ::std::{assert, assert_eq, assert_ne, matches};";

/// A file, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// The learner's part.
    pub code: &'a str,
    /// The tests, from their `#[cfg(test)]` to the end; empty if there are
    /// none.
    pub tests: &'a str,
}

impl<'a> Source<'a> {
    /// Takes a file apart at the first line that is `#[cfg(test)]` and stands
    /// before `mod tests {`. Other modules and helpers that a learner marks so
    /// belong to the code. What a learner adds behind the tests belongs to
    /// them.
    pub fn new(text: &'a str) -> Self {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let at = text.match_indices(TESTS).map(|(at, _)| at).find(|&at| {
            let begins = at == 0 || text[..at].ends_with('\n');
            let behind = &text[at + TESTS.len()..];
            begins
                && behind.starts_with(['\r', '\n'])
                && behind.trim_start().starts_with(MODULE)
        });
        let (code, tests) = text.split_at(at.unwrap_or(text.len()));
        Source { code, tests }
    }

    /// This code with those tests. Their assertions are the standard library's,
    /// also where this code has macros of these names: the compiler then finds
    /// two, and says so.
    pub fn with_tests_of(self, original: Source<'_>) -> String {
        // On the same line, so that the lines keep their numbers.
        let tests = original.tests.replacen(
            MODULE,
            &format!("{MODULE} {ASSERTIONS}"),
            1,
        );
        format!("{}\n{tests}", self.code.trim_end())
    }

    /// The names of the tests, in their order.
    pub fn test_names(self) -> Vec<&'a str> {
        let marked = self.tests.split("#[test]").skip(1);
        let name = |text: &'a str| {
            Some(text.split_once("fn ")?.1.split_once('(')?.0.trim())
        };
        marked.filter_map(name).collect()
    }

    /// Whether the tests are the same, but for white space.
    pub fn has_tests_of(self, original: Source<'_>) -> bool {
        self.tests.split_whitespace().eq(original.tests.split_whitespace())
    }

    /// Whether the code is the same, but for white space.
    pub fn has_code_of(self, original: Source<'_>) -> bool {
        self.code.split_whitespace().eq(original.code.split_whitespace())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str =
        "fn answer() -> u32 {\n    todo!()\n}\n\n#[cfg(test)]\nmod tests {}\n";

    #[test]
    fn the_tests_begin_at_their_own_line() {
        let source = Source::new(ORIGINAL);
        assert_eq!(source.code, "fn answer() -> u32 {\n    todo!()\n}\n\n");
        assert_eq!(source.tests, "#[cfg(test)]\nmod tests {}\n");
        let more = format!("{ORIGINAL}\n#[cfg(test)]\nmod mine {{}}\n");
        assert_eq!(
            Source::new(&more).code,
            source.code,
            "what comes behind belongs to the tests"
        );
        let none = Source::new("// not #[cfg(test)]\nfn main() {}\n");
        assert_eq!(none.tests, "");
    }

    #[test]
    fn a_learners_own_tests_and_helpers_belong_to_the_code() {
        let own = "#[cfg(test)]\nuse std::thread;\n\n#[cfg(test)]\nmod mine {\n    #[test]\n    fn it() {}\n}\n\n";
        let text = format!("{own}{ORIGINAL}");
        assert_eq!(
            Source::new(&text).code,
            format!("{own}{}", Source::new(ORIGINAL).code)
        );
        assert!(Source::new(&text).has_tests_of(Source::new(ORIGINAL)));
    }

    #[test]
    fn a_byte_order_mark_is_no_change() {
        let marked = format!("\u{feff}{ORIGINAL}");
        assert_eq!(Source::new(&marked), Source::new(ORIGINAL));
    }

    #[test]
    fn tests_are_known_by_name() {
        let text = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() {}\n    fn none() {}\n\
            #[test]\n    #[should_panic]\n    fn two() {}\n}\n";
        assert_eq!(Source::new(text).test_names(), ["one", "two"]);
    }

    #[test]
    fn changed_tests_are_seen_and_replaced() {
        let original = Source::new(ORIGINAL);
        let tampered = Source::new(
            "fn answer() -> u32 { 1 }\n#[cfg(test)]\nmod tests { /* ok */ }\n",
        );
        assert!(
            !tampered.has_tests_of(original) && !tampered.has_code_of(original)
        );
        let judged = tampered.with_tests_of(original);
        assert!(judged.starts_with(
            "fn answer() -> u32 { 1 }\n#[cfg(test)]\nmod tests { #[allow"
        ));
        assert!(judged.ends_with("matches};}\n"), "{judged}");
        let reformatted = ORIGINAL.replace("{}", "{\n}").replace('\n', "\r\n");
        assert!(!Source::new(&reformatted).has_tests_of(original));
        let spaced = ORIGINAL.replace('\n', "\r\n");
        assert!(Source::new(&spaced).has_tests_of(original));
        assert!(Source::new(&spaced).has_code_of(original));
    }
}
