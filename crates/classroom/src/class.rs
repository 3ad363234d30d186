//! A class, graded: one table for all learners, or a summary that names nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::check::{CheckError, Kind, programs_of};
use crate::compiler::Compiler;
use crate::grade::{Grade, Outcome};
use crate::job::{Job, test_all};
use crate::learner::LearnerError;
use crate::report::{Format, field};
use crate::set::{Exercise, Set};

/// A learner and their grades, one an exercise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learner {
    /// The name of their folder.
    pub name: String,
    /// In the order of the set.
    pub exercises: Vec<Grade>,
}

/// A wrong answer of the set, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The exercise.
    pub exercise: String,
    /// The name of the wrong answer's file.
    pub name: String,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Exercises that are named as those where most are stuck.
const STUCK: usize = 3;

/// The folders of a class, with their names: those below `folder` that have
/// exercises, in order.
///
/// # Errors
/// If the folder cannot be read, or holds no learner.
pub fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, LearnerError> {
    let failed = |source| LearnerError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().join("exercises").is_dir() {
            found.push((
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            ));
        }
    }
    found.sort();
    if found.is_empty() {
        Err(LearnerError::NoClass(folder.to_owned()))
    } else {
        Ok(found)
    }
}

/// The outcomes of the set's own wrong answers to these exercises, to compare
/// with.
///
/// # Errors
/// If a file cannot be read, or the compiler not be run.
pub fn mistakes(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    progress: impl Fn(usize) + Sync,
) -> Result<Vec<Mistake>, CheckError> {
    let mut names = Vec::new();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for exercise in exercises {
        for (kind, job) in programs_of(set, exercise)?.1 {
            // The others are only there so that the program is the one that is
            // kept.
            names.push((exercise.name.clone(), kind));
            jobs.push(job);
        }
    }
    let tested = test_all(compiler, &jobs, || progress(jobs.len()))?;
    let mistake = |((exercise, kind), outcome)| match kind {
        Kind::Wrong { mistake, .. } => {
            Some(Mistake { exercise, name: mistake, outcome })
        }
        _ => None,
    };
    Ok(names
        .into_iter()
        .zip(tested.into_iter().map(|it| it.outcome))
        .filter_map(mistake)
        .collect())
}

/// The exercises that somebody has begun and not passed.
pub fn not_passed<'a>(
    exercises: &[&'a Exercise],
    class: &[Learner],
) -> Vec<&'a Exercise> {
    let is_stuck = |nth: usize| {
        class.iter().any(|learner| is_stuck(&learner.exercises[nth].outcome))
    };
    let all = exercises.iter().enumerate();
    all.filter(|(nth, _)| is_stuck(*nth))
        .map(|(_, exercise)| *exercise)
        .collect()
}

/// The grades of a class in the format asked for; `None` for JUnit, which has
/// no place for learners.
pub fn print(class: &[Learner], format: Format) -> Option<String> {
    match format {
        Format::Table => Some(table(class)),
        Format::Json => Some(json(class)),
        Format::Csv => Some(csv(class)),
        Format::Junit => None,
    }
}

/// What became of a class, without names, in the format asked for; `None` for
/// JUnit.
pub fn print_anonymous(
    class: &[Learner],
    mistakes: &[Mistake],
    format: Format,
) -> Option<String> {
    let summaries = summaries(class, mistakes);
    match format {
        Format::Table => Some(anonymous_table(class.len(), &summaries)),
        Format::Json => {
            #[derive(Serialize)]
            struct All<'a> {
                learners: usize,
                exercises: &'a [Summary],
            }
            let all = All { learners: class.len(), exercises: &summaries };
            Some(
                serde_json::to_string_pretty(&all)
                    .expect("sums are plain data")
                    + "\n",
            )
        }
        Format::Csv => Some(anonymous_csv(&summaries)),
        Format::Junit => None,
    }
}

/// Whether somebody has begun an exercise and not passed it.
fn is_stuck(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Passed | Outcome::NotStarted | Outcome::Missing => false,
        Outcome::Tampered { originally } => is_stuck(originally),
        Outcome::Failed { .. }
        | Outcome::DidNotCompile { .. }
        | Outcome::Hung { .. } => true,
    }
}

/// A grade as one character.
fn mark(grade: &Grade) -> char {
    let passed = grade
        .milestones
        .as_ref()
        .and_then(|it| char::from_digit(it.passed as u32, 10));
    match &grade.outcome {
        Outcome::Failed { .. }
        | Outcome::DidNotCompile { .. }
        | Outcome::Hung { .. }
            if passed.is_some_and(|passed| passed != '0') =>
        {
            passed.expect("it was looked at")
        }
        Outcome::Passed => '●',
        Outcome::Failed { .. } => 'f',
        Outcome::DidNotCompile { .. } => 'c',
        Outcome::Hung { .. } => 'h',
        Outcome::Tampered { .. } => 't',
        Outcome::NotStarted => '·',
        Outcome::Missing => ' ',
    }
}

const LEGEND: &str = "● passed, f failed, c did not compile, h hung, t tampered, · not started, blank missing";

const LEGEND_OF_PROJECTS: &str = "\n1 to 9: a project that is begun, and how many of its milestones are passed";

fn style(outcome: &Outcome) -> Style {
    match outcome {
        Outcome::Passed => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Outcome::NotStarted | Outcome::Missing => Style::new().dimmed(),
        _ => Style::new().fg_color(Some(AnsiColor::Red.into())),
    }
}

/// How wide the picture of a learner's progress is.
const WIDTH: usize = 30;

/// Learners stand side by side in columns that have numbers, for names are
/// long.
fn table(class: &[Learner]) -> String {
    let mut out = String::new();
    let Some(first) = class.first() else { return out };
    let name =
        first.exercises.iter().map(|grade| grade.name.len()).max().unwrap_or(0);
    let column = class.len().to_string().len().max(1);
    let numbers: Vec<String> =
        (1..=class.len()).map(|nth| format!("{nth:>column$}")).collect();
    let _ = writeln!(out, "  {:name$}  {}", "", numbers.join(" "));
    let mut chapter = "";
    for (nth, grade) in first.exercises.iter().enumerate() {
        if grade.chapter != chapter {
            chapter = &grade.chapter;
            let _ = writeln!(out, "{chapter}");
        }
        let marks = class.iter().map(|learner| {
            let grade = &learner.exercises[nth];
            let style = style(&grade.outcome);
            format!("{style}{:>column$}{style:#}", mark(grade))
        });
        let marks: Vec<String> = marks.collect();
        let line = format!("  {:name$}  {}", grade.name, marks.join(" "));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let has_projects =
        first.exercises.iter().any(|grade| grade.milestones.is_some());
    let digits = if has_projects { LEGEND_OF_PROJECTS } else { "" };
    let _ = writeln!(out, "\n{LEGEND}{digits}\n");
    let widest = class
        .iter()
        .map(|learner| learner.name.chars().count())
        .max()
        .unwrap_or(0);
    for (number, learner) in numbers.iter().zip(class) {
        let all = learner.exercises.len();
        let passed = || {
            learner
                .exercises
                .iter()
                .filter(|grade| grade.outcome == Outcome::Passed)
        };
        let full = (passed().count() * WIDTH).checked_div(all).unwrap_or(0);
        let picture = "█".repeat(full) + &"░".repeat(WIDTH - full);
        let minutes: u32 = passed().map(|grade| grade.minutes).sum();
        let _ = writeln!(
            out,
            "{number}  {:widest$}  {picture}  {} of {all} passed, {minutes} min",
            learner.name,
            passed().count(),
        );
    }
    let stuck: Vec<String> = stuck(class)
        .into_iter()
        .map(|(name, learners)| {
            format!("{name} ({learners} of {})", class.len())
        })
        .collect();
    if !stuck.is_empty() {
        let _ = writeln!(out, "\nmost are stuck at: {}", stuck.join(", "));
    }
    out
}

/// The exercises at which most are stuck, with how many; those for which more
/// hints were read first.
fn stuck(class: &[Learner]) -> Vec<(&str, usize)> {
    let exercises = class.first().map_or(&[][..], |learner| &learner.exercises);
    let of =
        |nth: usize| class.iter().map(move |learner| &learner.exercises[nth]);
    let mut all: Vec<(usize, usize, usize)> = (0..exercises.len())
        .map(|nth| {
            let stuck = of(nth).filter(|grade| is_stuck(&grade.outcome));
            let hints = stuck.clone().filter_map(|grade| grade.hints).sum();
            (stuck.count(), hints, nth)
        })
        .collect();
    all.sort_by_key(|&(learners, hints, nth)| {
        (std::cmp::Reverse((learners, hints)), nth)
    });
    let some =
        all.into_iter().filter(|(learners, ..)| *learners > 0).take(STUCK);
    some.map(|(learners, _, nth)| (exercises[nth].name.as_str(), learners))
        .collect()
}

fn json(class: &[Learner]) -> String {
    #[derive(Serialize)]
    struct One<'a> {
        name: &'a str,
        passed: usize,
        exercises: &'a [Grade],
    }
    #[derive(Serialize)]
    struct Stuck<'a> {
        exercise: &'a str,
        learners: usize,
    }
    #[derive(Serialize)]
    struct All<'a> {
        learners: Vec<One<'a>>,
        most_are_stuck_at: Vec<Stuck<'a>>,
    }
    let passed = |grades: &[Grade]| {
        grades.iter().filter(|grade| grade.outcome == Outcome::Passed).count()
    };
    let stuck = stuck(class).into_iter();
    let all = All {
        learners: class
            .iter()
            .map(|Learner { name, exercises }| One {
                name,
                passed: passed(exercises),
                exercises,
            })
            .collect(),
        most_are_stuck_at: stuck
            .map(|(exercise, learners)| Stuck { exercise, learners })
            .collect(),
    };
    serde_json::to_string_pretty(&all).expect("grades are plain data") + "\n"
}

fn csv(class: &[Learner]) -> String {
    let mut out = format!("learner,{}\n", crate::report::COLUMNS);
    for Learner { name, exercises } in class {
        for grade in exercises {
            let _ =
                writeln!(out, "{},{}", field(name), crate::report::row(grade));
        }
    }
    out
}

/// How many came to what, for one exercise.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Summary {
    chapter: String,
    exercise: String,
    /// How many learners, by the name of the outcome.
    outcomes: BTreeMap<&'static str, usize>,
    /// How many failed as a wrong answer of the set does, the most frequent
    /// first. Where several wrong answers fail alike, all are named.
    as_in: Vec<(String, usize)>,
    /// How many learners have passed each milestone, with its name, if it is a
    /// project.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    milestones: Vec<(String, usize)>,
}

impl Summary {
    fn count(&self, outcome: &str) -> usize {
        self.outcomes.get(outcome).copied().unwrap_or(0)
    }
}

const OUTCOMES: [&str; 7] = [
    "passed",
    "failed",
    "did not compile",
    "hung",
    "tampered",
    "not started",
    "missing",
];

fn summaries(class: &[Learner], mistakes: &[Mistake]) -> Vec<Summary> {
    let exercises = class.first().map_or(&[][..], |learner| &learner.exercises);
    let summary = |(nth, grade): (usize, &Grade)| {
        let of_exercise: Vec<&Mistake> = mistakes
            .iter()
            .filter(|mistake| mistake.exercise == grade.name)
            .collect();
        let (mut outcomes, mut as_in) = (BTreeMap::new(), BTreeMap::new());
        for learner in class {
            let outcome = &learner.exercises[nth].outcome;
            *outcomes.entry(outcome.name()).or_insert(0) += 1;
            if let Some(mistake) = same_as(outcome, &of_exercise) {
                *as_in.entry(mistake).or_insert(0) += 1;
            }
        }
        let mut as_in: Vec<(String, usize)> = as_in.into_iter().collect();
        as_in.sort_by_key(|(_, learners)| std::cmp::Reverse(*learners));
        let milestones = milestones(class, nth);
        let (chapter, exercise) = (grade.chapter.clone(), grade.name.clone());
        Summary { chapter, exercise, outcomes, as_in, milestones }
    };
    exercises.iter().enumerate().map(summary).collect()
}

/// How many learners have passed each milestone of an exercise.
fn milestones(class: &[Learner], nth: usize) -> Vec<(String, usize)> {
    let of = || {
        class
            .iter()
            .filter_map(|learner| learner.exercises[nth].milestones.as_ref())
    };
    let names = of().next().map_or(&[][..], |milestones| &milestones.names);
    let learners = |milestone| of().filter(|it| it.passed > milestone).count();
    names
        .iter()
        .enumerate()
        .map(|(nth, name)| (name.clone(), learners(nth)))
        .collect()
}

/// The wrong answers with which the same tests fail, and for the same reason if
/// there are such.
fn same_as(outcome: &Outcome, mistakes: &[&Mistake]) -> Option<String> {
    let outcome = match outcome {
        Outcome::Tampered { originally } => originally,
        outcome => outcome,
    };
    fn tests(outcome: &Outcome) -> Option<(BTreeSet<&str>, &str)> {
        let Outcome::Failed { test, reason, others } = outcome else {
            return None;
        };
        let tests = others.iter().chain([test]).map(String::as_str).collect();
        Some((tests, reason.lines().next().unwrap_or_default()))
    }
    let (failed, reason) = tests(outcome)?;
    let alike = mistakes
        .iter()
        .filter_map(|mistake| Some((mistake, tests(&mistake.outcome)?)));
    let alike: Vec<_> =
        alike.filter(|(_, (tests, _))| *tests == failed).collect();
    let names = |exactly: bool| {
        let some =
            alike.iter().filter(|(_, (_, words))| !exactly || *words == reason);
        some.map(|(mistake, _)| format!("`{}`", mistake.name))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let names = if names(true).is_empty() { names(false) } else { names(true) };
    (!names.is_empty()).then_some(names)
}

fn anonymous_table(learners: usize, summaries: &[Summary]) -> String {
    let mut out = String::new();
    let name = summaries
        .iter()
        .map(|summary| summary.exercise.len())
        .max()
        .unwrap_or(0);
    let mut chapter = "";
    for summary in summaries {
        if summary.chapter != chapter {
            let gap = if chapter.is_empty() { "" } else { "\n" };
            chapter = &summary.chapter;
            let _ = writeln!(out, "{gap}{chapter}");
        }
        let passed = summary.count("passed");
        let full = (passed * WIDTH).checked_div(learners).unwrap_or(0);
        let picture = "█".repeat(full) + &"░".repeat(WIDTH - full);
        let others: Vec<String> = OUTCOMES[1..]
            .iter()
            .filter(|outcome| summary.count(outcome) > 0)
            .map(|outcome| format!("{} {outcome}", summary.count(outcome)))
            .collect();
        let comma = if others.is_empty() { "" } else { "; " };
        let _ = writeln!(
            out,
            "  {:name$}  {picture}  {passed} of {learners} passed{comma}{}",
            summary.exercise,
            others.join(", "),
        );
        let milestones: Vec<String> = summary
            .milestones
            .iter()
            .map(|(it, learners)| format!("{it} {learners}"))
            .collect();
        if !milestones.is_empty() {
            let _ = writeln!(
                out,
                "  {:name$}  milestones: {}",
                "",
                milestones.join(", ")
            );
        }
    }
    let failed = |summary: &&Summary| summary.count("failed") > 0;
    let mut failed: Vec<&Summary> = summaries.iter().filter(failed).collect();
    failed.sort_by_key(|summary| std::cmp::Reverse(summary.count("failed")));
    if !failed.is_empty() {
        out.push('\n');
    }
    for summary in failed {
        let as_in = summary
            .as_in
            .iter()
            .map(|(name, learners)| format!(", {learners} as in {name}"));
        let as_in: String = as_in.collect();
        let count = summary.count("failed");
        let _ = writeln!(
            out,
            "{count} of {learners} failed {}{as_in}",
            summary.exercise
        );
    }
    out
}

fn anonymous_csv(summaries: &[Summary]) -> String {
    let mut out =
        format!("chapter,exercise,{},as in,milestones\n", OUTCOMES.join(","));
    for summary in summaries {
        let counts: Vec<String> = OUTCOMES
            .iter()
            .map(|outcome| summary.count(outcome).to_string())
            .collect();
        let as_in = summary
            .as_in
            .iter()
            .map(|(name, learners)| format!("{learners} {name}"));
        let as_in = as_in.collect::<Vec<_>>().join("; ");
        let (chapter, exercise) =
            (field(&summary.chapter), field(&summary.exercise));
        let milestones = summary
            .milestones
            .iter()
            .map(|(name, learners)| format!("{learners} {name}"));
        let milestones = field(&milestones.collect::<Vec<_>>().join("; "));
        let (counts, as_in) = (counts.join(","), field(&as_in));
        let _ =
            writeln!(out, "{chapter},{exercise},{counts},{as_in},{milestones}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::milestones::Milestones;

    fn grade(name: &str, outcome: Outcome) -> Grade {
        let (name, chapter) = (name.to_owned(), "chapter-00".to_owned());
        Grade {
            name,
            chapter,
            minutes: 10,
            hints: None,
            milestones: None,
            outcome,
            seconds: 0.0,
        }
    }

    fn failed(test: &str, others: &[&str], reason: &str) -> Outcome {
        let others = others.iter().map(|it| (*it).to_owned()).collect();
        Outcome::Failed {
            test: test.to_owned(),
            reason: reason.to_owned(),
            others,
        }
    }

    fn class() -> Vec<Learner> {
        let learner = |name: &str, outcomes: [Outcome; 2]| Learner {
            name: name.to_owned(),
            exercises: ["one", "two"]
                .into_iter()
                .zip(outcomes)
                .map(|(name, outcome)| grade(name, outcome))
                .collect(),
        };
        let lazy = || failed("they_meet", &["in_order"], "nobody came\nmore");
        let hung = Outcome::Hung { test: None, limit: 3, others: Vec::new() };
        vec![
            learner("ada", [Outcome::Passed, lazy()]),
            learner("ben, the 2nd", [Outcome::Passed, lazy()]),
            learner("cy", [hung, failed("they_meet", &[], "nobody came")]),
        ]
    }

    #[test]
    fn a_class_is_one_table_with_a_picture_of_progress() {
        let expected = "       1 2 3\nchapter-00\n  one  ● ● h\n  two  f f f\n\n\
            ● passed, f failed, c did not compile, h hung, t tampered, · not started, blank missing\n\n\
            1  ada           ███████████████░░░░░░░░░░░░░░░  1 of 2 passed, 10 min\n\
            2  ben, the 2nd  ███████████████░░░░░░░░░░░░░░░  1 of 2 passed, 10 min\n\
            3  cy            ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 2 passed, 0 min\n\n\
            most are stuck at: two (3 of 3), one (1 of 3)\n";
        assert_eq!(
            anstream::adapter::strip_str(&table(&class())).to_string(),
            expected
        );
        let csv = csv(&class());
        assert_eq!(
            csv.lines().nth(3),
            Some("\"ben, the 2nd\",chapter-00,one,10,passed,,0,,,")
        );
        let json: serde_json::Value =
            serde_json::from_str(&json(&class())).expect("it is JSON");
        assert_eq!(json["learners"][2]["exercises"][0]["outcome"], "hung");
        assert_eq!(json["most_are_stuck_at"][0]["learners"], 3);
    }

    #[test]
    fn a_project_shows_how_many_milestones_are_passed() {
        let mut class = class();
        for (learner, passed) in class.iter_mut().zip([2, 0, 1]) {
            let names =
                ["lines", "the room", "the end"].map(str::to_owned).to_vec();
            let next = names.get(passed).cloned();
            learner.exercises[1].milestones =
                Some(Milestones { passed, names, next });
        }
        let table = anstream::adapter::strip_str(&table(&class)).to_string();
        assert!(table.contains("\n  one  ● ● h\n  two  2 f 1\n"), "{table}");
        assert!(table.contains(LEGEND_OF_PROJECTS), "{table}");
        let summary =
            print_anonymous(&class, &[], Format::Table).expect("it is a table");
        let line = "\n       milestones: lines 2, the room 1, the end 0\n";
        assert!(summary.contains(line), "{summary}");
        let csv =
            print_anonymous(&class, &[], Format::Csv).expect("it is text");
        assert!(csv.contains(",2 lines; 1 the room; 0 the end\n"), "{csv}");
    }

    #[test]
    fn a_summary_names_mistakes_and_nobody() {
        let mistake = |name: &str, outcome| Mistake {
            exercise: "two".to_owned(),
            name: name.to_owned(),
            outcome,
        };
        let mistakes = [
            mistake(
                "lazy_chain",
                failed("in_order", &["they_meet"], "nobody came"),
            ),
            mistake(
                "sequential",
                failed("in_order", &["they_meet"], "they took turns"),
            ),
            mistake("other", failed("in_order", &[], "nobody came")),
        ];
        let summary = print_anonymous(&class(), &mistakes, Format::Table)
            .expect("it is a table");
        assert!(
            summary.contains("\n3 of 3 failed two, 2 as in `lazy_chain`\n"),
            "{summary}"
        );
        assert!(summary.contains(
            "  one  ████████████████████░░░░░░░░░░  2 of 3 passed; 1 hung\n"
        ));
        for format in [Format::Table, Format::Json, Format::Csv] {
            let text = print_anonymous(&class(), &mistakes, format)
                .expect("it is text");
            assert!(!text.contains("ada") && !text.contains("ben"), "{text}");
            assert!(text.contains("lazy_chain"), "{text}");
        }
    }
}
