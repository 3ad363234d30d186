//! Each lesson is a whole program, and repeats in a few lines what another lesson has explained.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The functions at the margin of a source file by name, each from its signature to its last line.
/// Whether they are public, and the path to an `Arc`, makes no difference.
fn functions(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let signature = line.strip_prefix("pub ").unwrap_or(line);
        let named = signature.strip_prefix("async ").unwrap_or(signature).strip_prefix("fn ");
        let Some((name, _)) = named.and_then(|it| it.split_once(['<', '('])) else { continue };
        let rest = lines.by_ref().take_while(|line| *line != "}");
        let whole = rest.fold(signature.to_owned(), |whole, line| whole + "\n" + line);
        found.push((name.to_owned(), whole.replace("std::sync::Arc", "Arc")));
    }
    found
}

#[test]
fn what_a_lesson_repeats_is_what_the_other_lesson_explains() {
    let mut copies = BTreeMap::<String, Vec<String>>::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(folder).expect("the chapter has sources") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            for (name, whole) in functions(&text) {
                copies.entry(name).or_default().push(whole);
            }
        }
    }
    // `reactor` has a `join_all` of its own: it returns what its futures return.
    let explained = [("block_on", 1), ("join", 1), ("join_all", 2), ("spawn", 1), ("wait", 1)];
    for (name, texts) in explained.into_iter().chain([("watch", 1)]) {
        let copies = &copies[name];
        assert!(copies.len() > texts, "nobody repeats {name}");
        assert_eq!(copies.iter().collect::<BTreeSet<_>>().len(), texts, "{name}");
    }
}
