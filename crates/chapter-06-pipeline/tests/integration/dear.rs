//! Queries that cost as much as they can, of the words that an index has most
//! of. The benchmark of search takes them from here, too.

use chapter_06_pipeline::program::index::{Index, Query};

/// Queries that are answered, each with what it is.
pub(crate) fn dear(index: &Index) -> Vec<(&'static str, String)> {
    let top: Vec<&str> =
        index.top(1_000).into_iter().map(|(word, _)| word).collect();
    let quoted = |words: &[&str]| {
        words.iter().map(|it| format!("\"{it}\" ")).collect::<String>()
    };
    let pairs = |words: &[&str]| {
        words[1..]
            .iter()
            .map(|it| format!("\"{} {it}\" ", words[0]))
            .collect::<String>()
    };
    let letters = || 'a'..='z';
    // With one that begins nothing there would be nothing to find.
    let begins = |start: &String| {
        Query::parse(start).is_ok_and(|query| index.search(&query, 1).total > 0)
    };
    let two_letters =
        letters().flat_map(|a| letters().map(move |b| format!("{a}{b}* ")));
    vec![
        ("the most common word", top[0].to_owned()),
        ("the 32 most common words", quoted(&top[..32])),
        ("the 1,000 most common words", quoted(&top)),
        ("16 phrases of two common words", pairs(&top[..17])),
        ("500 phrases of two common words", pairs(&top[..500])),
        (
            "a phrase of the 64 most common words",
            format!("\"{}\"", top[..64].join(" ")),
        ),
        (
            "a phrase of two words, 32 times",
            format!("\"{}\"", [top[0], top[1]].repeat(32).join(" ")),
        ),
        ("one letter and *", "s*".to_owned()),
        ("each letter and *", letters().map(|a| format!("{a}* ")).collect()),
        ("each two letters and *", two_letters.filter(begins).collect()),
        // Some of them are two words when they are asked for, so they are not
        // as many as above.
        (
            "500 words, each and *",
            top[..500].iter().map(|word| format!("{word}* ")).collect(),
        ),
    ]
}
