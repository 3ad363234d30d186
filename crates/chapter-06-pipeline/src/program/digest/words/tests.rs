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
    assert_eq!(
        list("fn f<'a>(x: &'a str) // _ __"),
        ["fn", "f", "a", "x", "a", "str"]
    );
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
    assert_eq!(
        list("Ünïcode—naïve, Ελληνικά"),
        ["Ünïcode", "naïve", "Ελληνικά"]
    );
    assert_eq!(list("所有权"), ["所", "有", "权"]);
    assert_eq!(folded("ΕΛΛΆΔΑ und Straße"), ["ελλάδα", "und", "straße"]);
}

/// The definition at the top of this file, word for word.
fn by_definition(text: &str) -> Vec<&str> {
    text.split(|c: char| {
        c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' && c != '_'
    })
    .flat_map(|part| part.split(cuts))
    .flat_map(str::unicode_words)
    .filter(|word| !word.chars().all(is_ignorable))
    .collect()
}

#[test]
fn a_word_is_found_however_it_is_written() {
    for forms in [
        &["résumé", "re\u{301}sume\u{301}", "RÉSUMÉ", "ré\u{ad}su\u{2060}mé"][..],
        &["보호", "\u{1107}\u{1169}\u{1112}\u{1169}"],
        &["final", "ﬁnal", "ｆｉｎａｌ"],
        &["μm", "µm", "\u{3bc}m"],
        &["istanbul", "İstanbul", "I\u{307}stanbul", "i\u{307}stanbul"],
        &["ΟΔΟΣ", "οδος", "οδοσ"],
        &["it's", "it\u{2019}s", "it\u{ff07}s"],
        &[
            "gesamtkonzept",
            "Ge\u{ad}samt\u{ad}konzept",
            "gesamt\u{200d}konzept",
        ],
        &["å", "\u{212b}", "a\u{30a}"],
        &["שלום", "\u{200f}שלום\u{200e}", "\u{202b}שלום\u{202c}"],
    ] {
        let first = folded(forms[0]);
        for form in forms {
            assert_eq!(folded(form), first, "{form:?}");
        }
    }
    assert_eq!(list("\u{3164} \u{ad}"), Vec::<&str>::new());
}

#[test]
fn punctuation_of_any_width_cuts() {
    assert_eq!(
        list("Bonjour\u{202f}! mot\u{202f}» 10\u{202f}000"),
        ["Bonjour", "mot", "10", "000"]
    );
    assert_eq!(
        list("Rust：fast，safe．so std：：io"),
        ["Rust", "fast", "safe", "so", "std", "io"]
    );
    assert_eq!(list("col·lecció"), ["col·lecció"]);
}

proptest! {
    #[test]
    fn the_fast_path_keeps_to_the_definition(text in "[a-zA-Z0-9_' .,:é\u{2019}\u{301}\u{a0}→…\u{fe0f}权가\n-]{0,40}|\\PC{0,40}") {
        prop_assert_eq!(list(&text), by_definition(&text));
    }

    #[test]
    fn folding_is_one_form_of_all_that_are_equal(text in "[a-cA-C_'\u{2019}é0İς\u{ad}\u{301} ]{0,20}|\\PC{0,40}") {
        for word in list(&text) {
            let fold = |form: &str| {
                let word = Word { at: 0, text: form, folded: false };
                word.fold(&mut String::new()).to_owned()
            };
            let folded = fold(word);
            prop_assert!(!folded.is_empty());
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(&fold(&word.nfd().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&word.nfkc().collect::<String>()), &folded);
        }
    }

    #[test]
    fn the_easy_words_are_the_same_words(text in "[a-cA-CzZ09_' .\n\0é权\u{2019}]{0,40}|[a-zA-Z_]{12,20}[ ,é]\\PC{0,9}") {
        let mut found = words(&text);
        for word in words(&text) {
            let folded = word.fold(&mut String::new()).to_owned();
            match found.find_next() {
                Some(Found::Easy { at, packed }) => {
                    prop_assert_eq!(at, word.at);
                    prop_assert_eq!(Some(packed), Packed::new(folded.as_bytes()));
                    let mut written = String::new();
                    packed.push_to(&mut written);
                    prop_assert_eq!(written, folded);
                }
                Some(Found::Any(same)) => prop_assert_eq!(same, word),
                None => prop_assert!(false, "a word is missing"),
            }
        }
        prop_assert!(found.find_next().is_none());
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

#[test]
fn most_words_are_easy() {
    let mut found =
        words("some words, EASY_ones 1 by 1, don't you see; bien sûr");
    let easy = std::iter::from_fn(|| found.find_next())
        .filter(|found| matches!(found, Found::Easy { .. }));
    assert_eq!(easy.count(), 9);
}
