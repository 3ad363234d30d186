//! An exercise's file: the learner's part, and the tests that judge it.

/// Where the tests begin.
const TESTS: &str = "#[cfg(test)]";

/// A file, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// What the learner writes.
    pub code: &'a str,
    /// The tests, from their `#[cfg(test)]` to the end; empty if there are none.
    pub tests: &'a str,
}

impl<'a> Source<'a> {
    /// Takes a file apart at the last line that is `#[cfg(test)]`.
    pub fn new(text: &'a str) -> Self {
        let at = text.rmatch_indices(TESTS).map(|(at, _)| at).find(|&at| {
            let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            line == at && text[at + TESTS.len()..].starts_with(['\r', '\n'])
        });
        let (code, tests) = text.split_at(at.unwrap_or(text.len()));
        Source { code, tests }
    }

    /// This code with those tests.
    pub fn with_tests_of(self, original: Source<'_>) -> String {
        format!("{}\n{}", self.code.trim_end(), original.tests)
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

    const ORIGINAL: &str = "fn answer() -> u32 {\n    todo!()\n}\n\n#[cfg(test)]\nmod tests {}\n";

    #[test]
    fn the_tests_begin_at_their_own_line() {
        let source = Source::new(ORIGINAL);
        assert_eq!(source.code, "fn answer() -> u32 {\n    todo!()\n}\n\n");
        assert_eq!(source.tests, "#[cfg(test)]\nmod tests {}\n");
        let none = Source::new("// not #[cfg(test)]\nfn main() {}\n");
        assert_eq!(none.tests, "");
    }

    #[test]
    fn changed_tests_are_seen_and_replaced() {
        let original = Source::new(ORIGINAL);
        let tampered =
            Source::new("fn answer() -> u32 { 1 }\n#[cfg(test)]\nmod tests { /* ok */ }\n");
        assert!(!tampered.has_tests_of(original) && !tampered.has_code_of(original));
        assert_eq!(
            tampered.with_tests_of(original),
            "fn answer() -> u32 { 1 }\n#[cfg(test)]\nmod tests {}\n"
        );
        let reformatted = ORIGINAL.replace("{}", "{\n}").replace('\n', "\r\n");
        assert!(!Source::new(&reformatted).has_tests_of(original));
        let spaced = ORIGINAL.replace('\n', "\r\n");
        assert!(Source::new(&spaced).has_tests_of(original));
        assert!(Source::new(&spaced).has_code_of(original));
    }
}
