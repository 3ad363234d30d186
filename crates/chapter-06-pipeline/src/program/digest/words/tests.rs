use super::*;
use proptest::prelude::*;

fn list(text: &str) -> Vec<&str> {
    words(text).map(|word| word.text).collect()
}

fn folded(text: &str) -> Vec<String> {
    words(text).map(|word| word.fold(&mut String::new()).to_owned()).collect()
}

#[test]
fn code_falls_apart_at_its_punctuation() {
    assert_eq!(
        list("std::io, v.push(x_1); rust-lang"),
        ["std", "io", "v", "push", "x_1", "rust", "lang"]
    );
    assert_eq!(list("fn f<'a>(x: &'a str) // _ __"), ["fn", "f", "a", "x", "a", "str"]);
}

#[test]
fn an_apostrophe_joins_letters() {
    assert_eq!(
        list("don't 'quote' rock'n'roll o'2 it\u{2019}s"),
        ["don't", "quote", "rock'n'roll", "o", "2", "it\u{2019}s"]
    );
    assert_eq!(folded("It\u{2019}s"), ["it's"]);
}

#[test]
fn other_scripts_have_words_too() {
    assert_eq!(list("Ünïcode—naïve, Ελληνικά"), ["Ünïcode", "naïve", "Ελληνικά"]);
    assert_eq!(list("所有权"), ["所", "有", "权"]);
    assert_eq!(folded("ΕΛΛΆΔΑ und Straße"), ["ελλάδα", "und", "straße"]);
}

/// The definition at the top of this file, word for word.
fn by_definition(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' && c != '_')
        .flat_map(str::unicode_words)
        .collect()
}

proptest! {
    #[test]
    fn the_fast_path_keeps_to_the_definition(text in "[a-zA-Z0-9_' .,:é\u{2019}\u{301}权가\n-]{0,40}|\\PC{0,40}") {
        prop_assert_eq!(list(&text), by_definition(&text));
    }

    #[test]
    fn folding_is_lowercase_with_a_typewriters_apostrophe(text in "[a-cA-C_'\u{2019}é0 ]{0,20}|\\PC{0,40}") {
        let by_definition: Vec<String> =
            list(&text).iter().map(|word| word.to_lowercase().replace('\u{2019}', "'")).collect();
        prop_assert_eq!(folded(&text), by_definition);
    }

    /// So who looks for a word as it is written finds it.
    #[test]
    fn a_word_by_itself_is_that_word(text in "[a-zA-Z0-9_' .,:é\u{2019}\u{301}\u{200d}\u{b7}א\"ア权가]{0,40}|\\PC{0,40}") {
        for word in words(&text) {
            prop_assert_eq!(list(word.text), [word.text]);
        }
    }

    #[test]
    fn every_word_stands_where_it_says(text in "\\PC{0,60}") {
        for word in words(&text) {
            prop_assert_eq!(&text[word.at..word.at + word.text.len()], word.text);
        }
    }
}
