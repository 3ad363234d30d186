//! Lengths of the lessons: a lesson should be its subject, and fit in a
//! reader's head.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::CHAPTERS;

/// Half of the lessons have at most this many lines.
pub const MEDIAN: usize = 170;

/// No lesson has more lines.
pub const LONGEST: usize = 300;

/// A lesson's lines, by the file they stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    /// Chapter and name: `chapter-03/spawn`.
    pub lesson: String,
    /// Lines of `NAME.rs`, comments and blank lines included, without the tests
    /// in it.
    pub lines: usize,
    /// Lines of its tests, in `NAME/tests.rs` or below it.
    pub tests: usize,
    /// Lines of its model, in `NAME/model.rs`.
    pub model: usize,
    /// Lines of its stage and of all other files in its folder.
    pub stage: usize,
}

/// The length of every lesson, in reading order.
///
/// # Errors
///
/// If a lesson cannot be read.
pub fn lengths() -> Result<Vec<Length>, Box<dyn Error>> {
    let mut lengths = Vec::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let lesson_name = format!("{}/{}", chapter.name, lesson.name());
            lengths.push(length(lesson_name, &chapter.source(lesson))?);
        }
    }
    Ok(lengths)
}

fn length(lesson: String, path: &Path) -> Result<Length, Box<dyn Error>> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let (own, inner) =
        text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
    let mut length = Length {
        lesson,
        lines: own.lines().count(),
        tests: inner.lines().count(),
        model: 0,
        stage: 0,
    };
    let folder = path.with_extension("");
    if folder.is_dir() {
        add(&mut length, &folder)?;
    }
    Ok(length)
}

fn add(length: &mut Length, folder: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add(length, &path)?;
            continue;
        }
        let lines = fs::read_to_string(&path)?.lines().count();
        let within =
            |part: &str| path.components().any(|it| it.as_os_str() == part);
        *match path.file_stem().and_then(|stem| stem.to_str()) {
            Some("tests") => &mut length.tests,
            _ if within("tests") => &mut length.tests,
            Some("model") => &mut length.model,
            _ => &mut length.stage,
        } += lines;
    }
    Ok(())
}

/// The median of the lessons' own lines: no more than half of them are longer.
pub fn median(lengths: &[Length]) -> usize {
    let mut lines: Vec<usize> =
        lengths.iter().map(|length| length.lines).collect();
    lines.sort_unstable();
    lines.get(lines.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// A row for each lesson, and below them the median and the longest.
pub fn length_table(lengths: &[Length]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:<28}{:>7}{:>7}{:>7}{:>7}",
        "", "lesson", "tests", "model", "stage"
    );
    let number = |lines: usize| {
        if lines == 0 { String::new() } else { lines.to_string() }
    };
    for Length { lesson, lines, tests, model, stage } in lengths {
        let (tests, model, stage) =
            (number(*tests), number(*model), number(*stage));
        let row =
            format!("{lesson:<28}{lines:>7}{tests:>7}{model:>7}{stage:>7}");
        let _ = writeln!(text, "{}", row.trim_end());
    }
    if let Some(longest) = lengths.iter().max_by_key(|length| length.lines) {
        let median = median(lengths);
        let _ = writeln!(
            text,
            "\nmedian {median}, longest {} ({})",
            longest.lines, longest.lesson
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_models_and_stage_are_counted_apart() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, lines: usize| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one"))
                .expect("it is writable");
            fs::write(path, "x\n".repeat(lines)).expect("it is writable");
        };
        write("spawn.rs", 5);
        write("spawn/tests.rs", 1);
        write("spawn/tests/more.rs", 2);
        write("spawn/model.rs", 4);
        write("spawn/stage.rs", 7);
        let length = length(
            "chapter-03/spawn".to_owned(),
            &folder.path().join("spawn.rs"),
        );
        let Length { lines, tests, model, stage, .. } =
            length.expect("it can be read");
        assert_eq!((lines, tests, model, stage), (5, 3, 4, 7));
    }

    #[test]
    fn half_of_the_lessons_are_not_above_the_median() {
        let of = |lines: &[usize]| {
            let length = |&lines: &usize| Length {
                lesson: format!("chapter-00/{lines}"),
                lines,
                tests: 0,
                model: 0,
                stage: 0,
            };
            lines.iter().map(length).collect::<Vec<_>>()
        };
        assert_eq!(median(&of(&[3, 1, 2])), 2);
        assert_eq!(median(&of(&[4, 1, 2, 3])), 2);
        assert_eq!(median(&[]), 0);
        let table = length_table(&of(&[30, 10, 20]));
        assert!(
            table.ends_with("\nmedian 20, longest 30 (chapter-00/30)\n"),
            "{table}"
        );
    }
}
