//! Grades for a person, a program, or a school's system.
//!
//! JUnit by hand, although there is `quick-junit`: version 0.8 stands on an
//! older `quick-xml` than chapter 6, so both would be built, and brings
//! `chrono` and `uuid` for fields that no grade has.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Serialize;

use crate::grade::{Grade, Outcome};

/// How to print grades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a person.
    Table,
    /// For a program.
    Json,
    /// For a spreadsheet.
    Csv,
    /// For a school's system, or a CI.
    Junit,
}

/// Whether all exercises passed.
pub fn all_passed(grades: &[Grade]) -> bool {
    grades.iter().all(|grade| grade.outcome == Outcome::Passed)
}

/// The grades in the format asked for, with ANSI styles if it is a table.
pub fn print(grades: &[Grade], format: Format) -> String {
    match format {
        Format::Table => table(grades),
        Format::Json => json(grades),
        Format::Csv => csv(grades),
        Format::Junit => junit(grades),
    }
}

fn table(grades: &[Grade]) -> String {
    let mut out = String::new();
    let widest = |width: fn(&Grade) -> usize| {
        grades.iter().map(width).max().unwrap_or(0)
    };
    let (name, outcome) = (
        widest(|grade| grade.name.len()),
        widest(|grade| grade.outcome.name().len()),
    );
    let mut chapter = "";
    for grade in grades {
        if grade.chapter != chapter {
            let gap = if chapter.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}{}", grade.chapter);
            chapter = &grade.chapter;
        }
        let style = match grade.outcome {
            Outcome::Passed => {
                Style::new().fg_color(Some(AnsiColor::Green.into()))
            }
            Outcome::NotStarted | Outcome::Missing => Style::new().dimmed(),
            _ => Style::new().fg_color(Some(AnsiColor::Red.into())),
        };
        let hints = match grade.hints {
            Some(1) => "  (1 hint)".to_owned(),
            Some(hints @ 2..) => format!("  ({hints} hints)"),
            _ => String::new(),
        };
        let milestones = match (&grade.milestones, &grade.outcome) {
            (None, _)
            | (_, Outcome::Passed | Outcome::NotStarted | Outcome::Missing) => {
                None
            }
            (Some(milestones), _) => Some(format!("  {}", milestones.line())),
        };
        let milestones = milestones.unwrap_or_default();
        let detail = grade.outcome.detail();
        let is_last =
            hints.is_empty() && milestones.is_empty() && detail.is_empty();
        let outcome = if is_last { 0 } else { outcome };
        let _ = writeln!(
            out,
            "  {:name$}  {:>3} min  {style}{:outcome$}{style:#}{hints}{milestones}{}{detail}",
            grade.name,
            grade.minutes,
            grade.outcome.name(),
            if detail.is_empty() { "" } else { "  " },
        );
    }
    let passed = grades.iter().filter(|grade| grade.outcome == Outcome::Passed);
    let minutes = |grades: &mut dyn Iterator<Item = &Grade>| {
        grades.map(|g| g.minutes).sum::<u32>()
    };
    let _ = writeln!(
        out,
        "\n{} of {} passed: {} of {} minutes",
        passed.clone().count(),
        grades.len(),
        minutes(&mut passed.into_iter()),
        minutes(&mut grades.iter()),
    );
    out + &reasons(grades)
}

/// Exercises that did not pass whose reasons are told whole: who has more has
/// other worries.
const FEW: usize = 3;
/// Lines of one reason.
const LINES: usize = 12;

/// The whole reasons, where the table has only the first line of them.
fn reasons(grades: &[Grade]) -> String {
    let whole: Vec<(&str, &str)> = grades
        .iter()
        .filter_map(|grade| {
            let reason = grade.outcome.reason()?;
            (reason.lines().count() > 1).then_some((&*grade.name, reason))
        })
        .collect();
    let mut out = String::new();
    if whole.len() > FEW {
        return out;
    }
    for (name, reason) in whole {
        let _ = writeln!(out, "\n{name}:");
        for line in reason.lines().take(LINES) {
            // What a program says is not for the terminal to follow.
            let line: String =
                line.chars().filter(|c| !c.is_control()).collect();
            let _ = writeln!(out, "    {}", line.trim_end());
        }
    }
    out
}

fn json(grades: &[Grade]) -> String {
    #[derive(Serialize)]
    struct All<'a> {
        passed: usize,
        total: usize,
        exercises: &'a [Grade],
    }
    let passed =
        grades.iter().filter(|grade| grade.outcome == Outcome::Passed).count();
    let all = All { passed, total: grades.len(), exercises: grades };
    serde_json::to_string_pretty(&all).expect("grades are plain data") + "\n"
}

fn csv(grades: &[Grade]) -> String {
    let rows = grades.iter().map(|grade| row(grade) + "\n");
    format!("{COLUMNS}\n") + &rows.collect::<String>()
}

/// The names of a grade's columns in CSV.
pub(crate) const COLUMNS: &str = "chapter,exercise,minutes,outcome,hints,seconds,detail,milestones,next milestone";

/// A grade as a line of CSV, without its end.
pub(crate) fn row(grade: &Grade) -> String {
    let Grade { name, chapter, minutes, hints, milestones, outcome, seconds } =
        grade;
    let hints = hints.map(|hints| hints.to_string()).unwrap_or_default();
    let (chapter, name) = (field(chapter), field(name));
    let (outcome, detail) = (outcome.name(), field(&outcome.detail()));
    let passed = milestones
        .as_ref()
        .map(|it| format!("{} of {}", it.passed, it.names.len()));
    let next =
        milestones.as_ref().and_then(|milestones| milestones.next.as_deref());
    let (passed, next) =
        (passed.unwrap_or_default(), field(next.unwrap_or_default()));
    format!(
        "{chapter},{name},{minutes},{outcome},{hints},{seconds},{detail},{passed},{next}"
    )
}

/// A text as a field of CSV (RFC 4180). By hand, although there is a crate
/// `csv`: this is all that is needed of it. A text that a spreadsheet takes for
/// a formula begins with an apostrophe.
pub(crate) fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// One test suite a chapter, one test case an exercise. What does not compile,
/// hangs or was tampered with is an error; what was not started is skipped.
fn junit(grades: &[Grade]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = write_junit(&mut writer, grades);
    written.expect("a vector takes whatever is written");
    String::from_utf8(writer.into_inner()).expect("XML from text is text")
        + "\n"
}

fn write_junit(
    writer: &mut Writer<Vec<u8>>,
    grades: &[Grade],
) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new(
        "1.0",
        Some("UTF-8"),
        None,
    )))?;
    let root = writer
        .create_element("testsuites")
        .with_attribute(("name", "exercises"));
    root.write_inner_content(|writer| {
        for suite in grades.chunk_by(|a, b| a.chapter == b.chapter) {
            let seconds: f64 = suite.iter().map(|grade| grade.seconds).sum();
            let count = |kind: Kind| {
                suite.iter().filter(|g| kind_of(&g.outcome) == kind).count()
            };
            writer
                .create_element("testsuite")
                .with_attribute(("name", suite[0].chapter.as_str()))
                .with_attribute(("tests", suite.len().to_string().as_str()))
                .with_attribute((
                    "failures",
                    count(Kind::Failure).to_string().as_str(),
                ))
                .with_attribute((
                    "errors",
                    count(Kind::Error).to_string().as_str(),
                ))
                .with_attribute((
                    "skipped",
                    count(Kind::Skipped).to_string().as_str(),
                ))
                .with_attribute(("time", format!("{seconds:.3}").as_str()))
                .write_inner_content(|writer| {
                    suite.iter().try_for_each(|grade| write_case(writer, grade))
                })?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_case(
    writer: &mut Writer<Vec<u8>>,
    grade: &Grade,
) -> std::io::Result<()> {
    let seconds = format!("{:.3}", grade.seconds);
    let case = writer
        .create_element("testcase")
        .with_attribute(("classname", grade.chapter.as_str()))
        .with_attribute(("name", grade.name.as_str()))
        .with_attribute(("time", seconds.as_str()));
    let element = match kind_of(&grade.outcome) {
        Kind::Passed => {
            case.write_empty()?;
            return Ok(());
        }
        Kind::Failure => "failure",
        Kind::Error => "error",
        Kind::Skipped => "skipped",
    };
    let message =
        clean(&format!("{}: {}", grade.outcome.name(), grade.outcome.detail()));
    let message = message.trim_end_matches(": ");
    let full = match &grade.outcome {
        Outcome::Failed { reason, .. } => clean(reason),
        Outcome::DidNotCompile { error } => clean(error),
        _ => String::new(),
    };
    case.write_inner_content(|writer| {
        let why =
            writer.create_element(element).with_attribute(("message", message));
        if full.is_empty() {
            why.write_empty()?;
        } else {
            why.write_text_content(BytesText::new(&full))?;
        }
        Ok(())
    })?;
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

fn kind_of(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Passed => Kind::Passed,
        Outcome::Failed { .. } => Kind::Failure,
        Outcome::NotStarted | Outcome::Missing => Kind::Skipped,
        Outcome::DidNotCompile { .. }
        | Outcome::Hung { .. }
        | Outcome::Tampered { .. } => Kind::Error,
    }
}

/// Text without the characters that XML 1.0 cannot hold (section 2.2), nor
/// other controls.
fn clean(text: &str) -> String {
    let kept = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    };
    text.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::milestones::Milestones;

    fn grade(name: &str, chapter: &str, outcome: Outcome) -> Grade {
        let (name, chapter) = (name.to_owned(), chapter.to_owned());
        Grade {
            name,
            chapter,
            minutes: 10,
            hints: None,
            milestones: None,
            outcome,
            seconds: 0.25,
        }
    }

    /// One of each.
    fn grades() -> Vec<Grade> {
        let failed = Outcome::Failed {
            test: "they_meet".into(),
            reason: "stuck: 1 < 2 & \u{1b}[31mred\nsecond line".into(),
            others: Vec::new(),
        };
        let hung = Outcome::Hung {
            test: Some("it_ends".into()),
            limit: 20,
            others: Vec::new(),
        };
        let error = "error[E0382]: borrow of moved value: `a`\n --> b.rs:1:1"
            .to_owned();
        vec![
            grade("a", "chapter-00", Outcome::Passed),
            grade("b", "chapter-00", failed.clone()),
            grade("c", "chapter-00", Outcome::DidNotCompile { error }),
            grade("d", "chapter-03", hung),
            grade(
                "e",
                "chapter-03",
                Outcome::Tampered { originally: Box::new(failed) },
            ),
            grade("f", "chapter-03", Outcome::NotStarted),
            Grade {
                hints: Some(2),
                ..grade("g", "chapter-03", Outcome::Missing)
            },
        ]
    }

    #[test]
    fn the_table_says_why_in_a_line() {
        let table = anstream::adapter::strip_str(&table(&grades())).to_string();
        for line in [
            "  a   10 min  passed\n",
            "  c   10 min  did not compile  error[E0382]: borrow of moved value: `a`\n",
            "  d   10 min  hung             it_ends did not end within 20 s\n",
            "  f   10 min  not started\n",
            "  g   10 min  missing          (2 hints)\n",
            "\n1 of 7 passed: 10 of 70 minutes\n",
        ] {
            assert!(table.contains(line), "{line:?} is not in\n{table}");
        }
        assert!(table.contains(
            "with the original tests it fails: they_meet: stuck: 1 < 2"
        ));
    }

    #[test]
    fn few_reasons_are_told_whole() {
        let whole = "\nc:\n    error[E0382]: borrow of moved value: `a`\n     --> b.rs:1:1\n";
        let table = table(&grades());
        let table = anstream::adapter::strip_str(&table).to_string();
        assert!(table.contains(whole), "{table}");
        assert!(
            table.contains("\nb:\n    stuck: 1 < 2 & [31mred\n"),
            "{table}"
        );
        let many: Vec<Grade> = grades().into_iter().chain(grades()).collect();
        assert_eq!(reasons(&many), "", "who has many has other worries");
    }

    #[test]
    fn a_project_is_printed_with_its_milestones() {
        let names = ["lines", "the room, open"].map(str::to_owned).to_vec();
        let milestones =
            Milestones { passed: 1, next: Some(names[1].clone()), names };
        let begun =
            Grade { milestones: Some(milestones), ..grades().swap_remove(1) };
        let line = "  b   10 min  failed  milestone 1 of 2, next: the room, open  they_meet: stuck";
        let table =
            anstream::adapter::strip_str(&table(std::slice::from_ref(&begun)))
                .to_string();
        assert!(table.contains(line), "{line:?} is not in\n{table}");
        let row = row(&begun);
        assert!(row.ends_with(",1 of 2,\"the room, open\""), "{row}");
        assert_eq!(
            COLUMNS.split(',').count(),
            self::row(&grades()[0]).split(',').count()
        );
        let json: serde_json::Value =
            serde_json::from_str(&json(std::slice::from_ref(&begun)))
                .expect("it is JSON");
        let milestones = &json["exercises"][0]["milestones"];
        assert_eq!(
            (&milestones["passed"], &milestones["names"][0]),
            (&1.into(), &"lines".into())
        );
        assert_eq!(milestones["next"], "the room, open");
        let fresh = Grade { outcome: Outcome::NotStarted, ..begun };
        assert!(
            !self::table(&[fresh]).contains("milestone"),
            "nothing is begun"
        );
    }

    #[test]
    fn json_names_every_outcome() {
        let json: serde_json::Value =
            serde_json::from_str(&json(&grades())).expect("it is JSON");
        assert_eq!((&json["passed"], &json["total"]), (&1.into(), &7.into()));
        let outcomes: Vec<&str> = (0..7)
            .map(|nth| {
                json["exercises"][nth]["outcome"].as_str().expect("it has one")
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                "passed",
                "failed",
                "did-not-compile",
                "hung",
                "tampered",
                "not-started",
                "missing"
            ]
        );
        assert_eq!(json["exercises"][4]["originally"]["test"], "they_meet");
    }

    #[test]
    fn junit_has_no_character_that_xml_cannot_hold() {
        let all: String = (0..=0x1_00ff).filter_map(char::from_u32).collect();
        let reason = format!("one line: {all}\nsecond line: {all}");
        let failed =
            Outcome::Failed { test: all.clone(), reason, others: Vec::new() };
        let error = Outcome::DidNotCompile { error: all };
        let xml = junit(&[
            grade("a", "chapter-00", failed),
            grade("b", "chapter-00", error),
        ]);
        // Section 2.2 of XML 1.0: Char.
        let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        let wrong: Vec<char> = xml.chars().filter(|c| !is_char(*c)).collect();
        assert_eq!(wrong, [' '; 0]);
        assert!(
            xml.contains('\u{fffd}') && xml.contains('\u{10000}'),
            "they are characters"
        );
    }

    #[test]
    fn junit_is_xml_with_a_suite_a_chapter() {
        let xml = junit(&grades());
        assert!(
            xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
            "{xml}"
        );
        assert!(!xml.contains('\u{1b}'));
        let mut reader = quick_xml::Reader::from_str(&xml);
        let mut seen: std::collections::BTreeMap<String, u32> =
            Default::default();
        loop {
            match reader.read_event().expect("it is XML") {
                Event::Start(tag) | Event::Empty(tag) => {
                    *seen.entry(tag.name().as_ref().to_owned()).or_default() +=
                        1;
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let expected = [
            ("error", 3),
            ("failure", 1),
            ("skipped", 2),
            ("testcase", 7),
            ("testsuite", 2),
        ];
        for (name, count) in expected {
            assert_eq!(seen.get(name), Some(&count), "{name} in\n{xml}");
        }
        assert!(
            xml.contains(
                "name=\"chapter-03\" tests=\"4\" failures=\"0\" errors=\"2\" skipped=\"2\""
            ),
            "{xml}"
        );
    }
}
