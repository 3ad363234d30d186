//! What a lesson measures stands on its page as one run printed it, from the
//! first line to the last: the captured text has the headings and the sentences
//! that the lesson prints today. A table that was pieced together, or that an
//! older version printed, has not.

use std::fs;
use std::path::{Path, PathBuf};

use book::{CHAPTERS, Chapter};
use lessons::Lesson;

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files that print what a lesson measures: its own and those of its
/// folder, without the tests.
fn sources(chapter: &Chapter, lesson: &Lesson) -> Vec<String> {
    let own = chapter.source(lesson);
    let mut files = vec![own.clone()];
    if let Ok(folder) = fs::read_dir(own.with_extension("")) {
        let paths =
            folder.map(|entry| entry.expect("its entries can be read").path());
        let is_test = |path: &PathBuf| {
            path.ends_with("tests.rs") || path.ends_with("model.rs")
        };
        files.extend(paths.filter(|path| path.is_file() && !is_test(path)));
    }
    files.iter().map(|file| read(file)).collect()
}

/// The string literals in a piece of Rust, with what stands between them.
fn literals(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut before, mut literal) = (String::new(), None::<String>);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, &mut literal) {
            ('"', None) => literal = Some(String::new()),
            ('"', Some(_)) => {
                let whole = literal.take().unwrap_or_default();
                found.push((std::mem::take(&mut before), whole));
            }
            ('\\', Some(own)) => match letters.next() {
                Some('n') => own.push('\n'),
                Some(other) => own.push(other),
                None => {}
            },
            (other, Some(own)) => own.push(other),
            (other, None) => before.push(other),
        }
    }
    found
}

/// The headings of the tables that a source prints. A heading that is computed
/// is `None`.
fn headings(source: &str) -> Vec<Vec<Option<String>>> {
    let starts = source.match_indices("Table::new([");
    let tables = starts
        .filter_map(|(at, start)| source[at + start.len()..].split_once("])"));
    let cells = tables.map(|(cells, _)| {
        let mut row = Vec::new();
        let mut rest = cells;
        while !rest.trim().is_empty() {
            let (cell, after) = match rest.trim_start().strip_prefix('"') {
                Some(quoted) => {
                    let (text, after) =
                        quoted.split_once('"').unwrap_or((quoted, ""));
                    (Some(text.to_owned()), after)
                }
                None => (None, rest.trim_start()),
            };
            row.push(cell);
            // A comma within `format!(…)` would part a cell; a heading of ours
            // has none.
            rest = after.split_once(',').map_or("", |(_, rest)| rest);
        }
        row
    });
    // `[""; 3]` has no headings.
    let has_any = |row: &Vec<Option<String>>| {
        row.iter().any(|cell| cell.as_deref() != Some(""))
    };
    cells.filter(has_any).filter(|row| row.len() > 1).collect()
}

/// Whether a line is this heading, as `lessons::measure::Table` prints it.
fn is_heading(line: &str, heading: &[Option<String>]) -> bool {
    let Some(rest) = line.strip_prefix("  ") else { return false };
    let begins = match heading[0].as_deref() {
        Some("") => rest.starts_with(' '),
        Some(first) => rest.starts_with(first),
        None => !rest.starts_with(' '),
    };
    let cells: Vec<&str> =
        rest.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect();
    let wanted: Vec<_> =
        heading.iter().filter(|cell| cell.as_deref() != Some("")).collect();
    let same = |(cell, wanted): (&&str, &&Option<String>)| {
        wanted.as_deref().is_none_or(|wanted| wanted.trim() == *cell)
    };
    begins && cells.len() == wanted.len() && cells.iter().zip(&wanted).all(same)
}

/// The lines that a source prints, each as the fixed texts between what is
/// computed.
fn printed(source: &str) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for macros in ["println!(", " print!("] {
        for (at, start) in source.match_indices(macros) {
            let call = source[at + start.len()..]
                .split(");\n")
                .next()
                .unwrap_or_default();
            let Some((_, format)) =
                literals(call).into_iter().find(|(before, _)| {
                    // The first argument, and no literal among the others.
                    before.trim().is_empty()
                })
            else {
                continue;
            };
            for line in format.lines() {
                let fixed = line.split('{').enumerate().map(|(index, part)| {
                    let part = if index == 0 {
                        part
                    } else {
                        part.split_once('}').map_or("", |it| it.1)
                    };
                    part.trim().to_owned()
                });
                lines.push(
                    fixed
                        .filter(|part| part.chars().any(char::is_alphabetic))
                        .collect(),
                );
            }
        }
    }
    lines.retain(|parts: &Vec<String>| !parts.is_empty());
    lines
}

/// Whether a line has these texts, in this order.
fn has_parts(line: &str, parts: &[String]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// What the sources print and the captured text lacks.
fn missing(sources: &[String], captured: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for source in sources {
        for heading in headings(source) {
            if !captured.lines().any(|line| is_heading(line, &heading)) {
                missing.push(format!("the heading {heading:?}"));
            }
        }
        for parts in printed(source) {
            // What is printed when a machine is too busy stands on no page.
            let busy = parts.iter().any(|part| part.contains("too busy"));
            if !busy && !captured.lines().any(|line| has_parts(line, &parts)) {
                missing.push(format!("a line with {parts:?}"));
            }
        }
    }
    missing
}

#[test]
fn what_was_measured_was_captured_whole() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let sources = sources(chapter, lesson);
            if !sources.iter().any(|source| source.contains("lessons::measure"))
            {
                continue;
            }
            seen += 1;
            let captured = read(&chapter.file(lesson, "txt"));
            for missing in missing(&sources, &captured) {
                faults.push(format!(
                    "{}/{}.txt lacks {missing}",
                    chapter.name,
                    lesson.name()
                ));
            }
        }
    }
    assert!(
        seen > 10,
        "{seen} lessons measure: this test looks in the wrong place"
    );
    let count = faults.len();
    assert!(
        faults.is_empty(),
        "capture anew, on a quiet machine; {count}:\n{}",
        faults.join("\n")
    );
}

#[test]
fn a_table_of_another_layout_is_seen() {
    let source = "println!(\"\\nfastest of {ROUNDS} rounds; threads: {threads}\");\n\
        let mut table = Table::new([\"threads\", &format!(\"{a}\"), \"late\", \"\"]);\n\
        println!(\"too busy to tell\");\n";
    let sources = [source.to_owned()];
    let whole = "fastest of 15 rounds; threads: 2\n  threads  warmer  late\n  1        2 ms  3 ms\n";
    assert_eq!(missing(&sources, whole), Vec::<String>::new());
    for (old, new) in
        [("fastest", "median"), ("  threads", "    threads"), ("late", "later")]
    {
        assert_eq!(
            missing(&sources, &whole.replace(old, new)).len(),
            1,
            "{new}"
        );
    }
    // Two tables beside each other.
    let twice = whole.replace("late\n", "late  warmer  late\n");
    assert_eq!(missing(&sources, &twice).len(), 1);
}
