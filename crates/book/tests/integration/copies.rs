//! Each lesson is a whole program, so it repeats in a few lines what another
//! lesson explains. Such a copy names that lesson (`from the lesson`), and a
//! change of the one is a change of the other.

use std::collections::BTreeMap;
use std::fs;

use book::CHAPTERS;

/// A function at the margin of a lesson's file.
#[derive(Debug)]
struct Function {
    /// Its lesson: `chapter-02/timeout`.
    lesson: String,
    name: String,
    /// From its signature to its last line, without its layout. Whether it is
    /// public makes no difference, nor does a path to something of the standard
    /// library.
    text: String,
    lines: usize,
    /// The lesson that it says it is from.
    from: Option<String>,
}

/// The functions at the margin of a lesson's source.
fn functions(lesson: &str, source: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    let mut doc = String::new();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
            continue;
        }
        let signature = ["pub ", "pub(super) "]
            .iter()
            .find_map(|visible| line.strip_prefix(visible))
            .unwrap_or(line);
        let named = signature
            .strip_prefix("async ")
            .unwrap_or(signature)
            .strip_prefix("fn ");
        if let Some((name, _)) = named.and_then(|it| it.split_once(['<', '(']))
        {
            let rest = lines.by_ref().take_while(|line| *line != "}");
            let whole = rest
                .fold(signature.to_owned(), |whole, line| whole + "\n" + line);
            let text = whole
                .replace("std::sync::", "")
                .replace("std::thread", "thread");
            let from = doc
                .split_once("from the lesson `")
                .and_then(|(_, it)| it.split_once('`'));
            let chapter = lesson.split('/').next().unwrap_or_default();
            let from = from.map(|(from, _)| match from.contains('/') {
                true => from.to_owned(),
                false => format!("{chapter}/{from}"),
            });
            found.push(Function {
                lesson: lesson.to_owned(),
                name: name.to_owned(),
                text: without_layout(&text),
                lines: text.lines().count(),
                from,
            });
        }
        if !line.starts_with("#[") {
            doc.clear();
        }
    }
    found
}

/// Code without what `rustfmt` makes of it: a signature that is longer by a
/// `pub` may need more lines.
fn without_layout(code: &str) -> String {
    let words: String = code.split_whitespace().collect();
    words.replace(",)", ")")
}

/// The faults of copies: those that differ from what they are from, and those
/// that do not say it.
fn faults(functions: &[Function]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = BTreeMap::<(&str, &str, &str), Vec<&Function>>::new();
    for function in functions {
        let Function { lesson, name, text, from, .. } = function;
        if let Some(from) = from {
            let original = functions
                .iter()
                .find(|it| it.lesson == *from && it.name == *name);
            match original {
                None => faults
                    .push(format!("{lesson}: {from} has no function {name}")),
                Some(original) if original.text != *text => {
                    faults
                        .push(format!("{lesson}: {name} is not as in {from}"));
                }
                Some(_) => {}
            }
        }
        let chapter = lesson.split('/').next().unwrap_or_default();
        same.entry((chapter, name, text)).or_default().push(function);
    }
    for ((_, name, _), copies) in same {
        let unsaid: Vec<_> =
            copies.iter().filter(|it| it.from.is_none()).collect();
        // A few lines are no knowledge.
        if unsaid.len() > 1 && unsaid[0].lines > SHORT {
            let lessons: Vec<&str> =
                unsaid.iter().map(|it| it.lesson.as_str()).collect();
            faults.push(format!(
                "{name} stands in {}: which explains it?",
                lessons.join(", ")
            ));
        }
    }
    faults
}

/// Functions with no more lines than this may be equal by chance.
const SHORT: usize = 5;

#[test]
fn what_a_lesson_repeats_is_what_the_other_lesson_explains() {
    let mut all = Vec::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let path = chapter.source(lesson);
            let mut source =
                fs::read_to_string(&path).expect("a lesson can be read");
            // What others explain may stand in the lesson's stage.
            let stage = path.with_extension("").join("stage.rs");
            source.push_str(&fs::read_to_string(stage).unwrap_or_default());
            all.extend(functions(
                &format!("{}/{}", chapter.name, lesson.name()),
                &source,
            ));
        }
    }
    let copies = all.iter().filter(|function| function.from.is_some()).count();
    assert!(copies > 10, "{copies} copies: this test looks in the wrong place");
    let faults = faults(&all);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_copy_that_differs_or_does_not_say_it_is_seen() {
    let original = "/// Waits.\npub fn wait() {\n    a;\n    b;\n    c;\n    d;\n    e;\n}\n";
    let copy = original.replace(
        "/// Waits.\npub ",
        "/// Waits: from the\n/// lesson `poll`.\npub(super) ",
    );
    let both = |copy: &str| {
        let mut all = functions("chapter-01/poll", original);
        all.extend(functions("chapter-01/cancel", copy));
        faults(&all)
    };
    assert!(both(&copy).is_empty(), "{:?}", both(&copy));
    let wrapped = copy.replace("wait()", "wait(\n)");
    assert!(both(&wrapped).is_empty(), "{:?}", both(&wrapped));
    assert_eq!(both(&copy.replace("d;", "f;")).len(), 1, "it differs");
    assert_eq!(
        both(&copy.replace("`poll`", "`lazy`")).len(),
        1,
        "no such function there"
    );
    assert_eq!(
        both(&copy.replace("from the", "like the")).len(),
        1,
        "it does not say it"
    );
}
