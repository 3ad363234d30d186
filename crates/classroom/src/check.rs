//! The set, checked against itself: what is handed out fails, every solution
//! passes, every right answer in another style passes, too, and every wrong
//! answer fails for the reason written in it.
//!
//! A wrong answer says in its first lines what is wrong, and what must come of
//! it:
//!
//! ```text
//! // Joins each thread before it starts the next.
//! // => failed both_are_there_at_once
//! ```
//!
//! After the arrow stands `failed TEST`, `hung TEST`, `did not compile E0000`,
//! `did not compile "words"` for an error without a code, or `did not compile
//! unsafe` where the set denies unsafe code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::compiler::{Compiler, CompilerError};
use crate::grade::{GradeError, Outcome};
use crate::job::{Job, MainEnd, Tested, test_all};
use crate::milestones;
use crate::set::{Exercise, Set, SetError};
use crate::source::Source;

/// Wrong answers that each exercise must have.
pub const WRONG: usize = 8;

/// Right answers in other styles than the solution's that each exercise must
/// have.
pub const RIGHT: usize = 3;

/// The programs that were checked, and the problems that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Exercises as handed out.
    pub exercises: usize,
    /// Solutions.
    pub solutions: usize,
    /// Right answers in other styles.
    pub right: usize,
    /// Wrong answers.
    pub wrong: usize,
    /// A line for each thing that is not as it should be, in the order of the
    /// exercises.
    pub problems: Vec<String>,
    /// How long each program took, in that order.
    pub times: Vec<Took>,
}

/// How long a program took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Took {
    /// `exercise`, `exercise (solution)` or `exercise/mistake`.
    pub program: String,
    /// The compiler.
    pub compiling: Duration,
    /// Its tests.
    pub running: Duration,
}

/// Why the set could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file of the set cannot be read.
    #[error(transparent)]
    Set(#[from] SetError),
    /// An answer could not be graded.
    #[error(transparent)]
    Grade(#[from] GradeError),
    /// Clippy cannot be run.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
}

/// A program's kind, which says what its outcome must be.
pub(crate) enum Kind {
    HandedOut,
    Solution,
    Right { style: String },
    Wrong { mistake: String, expected: String },
}

/// Checks exercises of a set. `progress` is called after each program, with how
/// many there are.
///
/// # Errors
/// If a file cannot be read or the compiler not be run.
pub fn check(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    progress: impl Fn(usize) + Sync,
) -> Result<Checked, CheckError> {
    let mut checked = Checked::default();
    let mut programs: Vec<(&Exercise, Kind, Job<'_>)> = Vec::new();
    for exercise in exercises {
        let (problems, kinds) = programs_of(set, exercise)?;
        checked.problems.extend(problems);
        programs.extend(
            kinds.into_iter().map(|(kind, job)| (*exercise, kind, job)),
        );
    }
    let jobs: Vec<Job<'_>> = programs
        .iter()
        .map(|(_, kind, job)| to_check(kind, job.clone()))
        .collect();
    let results = test_all(compiler, &jobs, || progress(jobs.len()))?;
    for ((exercise, kind, _), tested) in programs.iter().zip(results) {
        let Tested { outcome, main, compiling, running } = tested;
        let program = match kind {
            Kind::HandedOut => exercise.name.clone(),
            Kind::Solution => format!("{} (solution)", exercise.name),
            Kind::Right { style } => {
                format!("{} (right/{style})", exercise.name)
            }
            Kind::Wrong { mistake, .. } => {
                format!("{}/{mistake}", exercise.name)
            }
        };
        match kind {
            Kind::HandedOut => checked.exercises += 1,
            Kind::Solution => checked.solutions += 1,
            Kind::Right { .. } => checked.right += 1,
            Kind::Wrong { .. } => checked.wrong += 1,
        }
        if let Some(problem) = problem(exercise, kind, &outcome) {
            checked.problems.push(format!("{program} {problem}"));
        }
        if let Some(problem) = main.and_then(|main| main_problem(kind, &main)) {
            checked.problems.push(format!("{program}: {problem}"));
        }
        checked.times.push(Took { program, compiling, running });
    }
    let solutions: Vec<String> = exercises
        .iter()
        .map(|exercise| format!("{}_sol", exercise.name))
        .collect();
    for (program, warning) in compiler.warnings(&solutions)? {
        let name = program.trim_end_matches("_sol");
        checked.problems.push(format!("{name} (solution): {warning}"));
    }
    Ok(checked)
}

/// A program as the check runs it. Of a wrong answer the stated test is enough:
/// where it fails, the others change nothing, and most of their time is waiting
/// for what does not come.
fn to_check<'a>(kind: &Kind, job: Job<'a>) -> Job<'a> {
    match kind {
        Kind::Wrong { expected, .. } => {
            job.stated(expected.split_once(' ').map_or("", |(_, test)| test))
        }
        _ => job,
    }
}

/// The folders of wrong and of right answers, and the teacher's notes, that
/// belong to no exercise.
///
/// # Errors
/// If a folder cannot be read.
pub fn strays(set: &Set) -> Result<Vec<PathBuf>, SetError> {
    let folders = |path: &Path| {
        let failed = |source| SetError::Io { path: path.to_owned(), source };
        let entries =
            fs::read_dir(path).map_err(failed)?.collect::<Result<Vec<_>, _>>();
        Ok::<_, SetError>(
            entries.map_err(failed)?.into_iter().map(|entry| entry.path()),
        )
    };
    let own = |exercise| {
        [
            set.wrong_folder(exercise),
            set.right_folder(exercise),
            set.notes(exercise),
        ]
    };
    let known: BTreeSet<PathBuf> = set.exercises.iter().flat_map(own).collect();
    let mut strays = Vec::new();
    for kind in ["wrong", "right", "notes"].map(|kind| set.folder.join(kind)) {
        let chapters =
            if kind.is_dir() { folders(&kind)?.collect() } else { Vec::new() };
        for chapter in chapters {
            strays.extend(
                folders(&chapter)?.filter(|folder| !known.contains(folder)),
            );
        }
    }
    strays.sort();
    Ok(strays)
}

/// An exercise's programs, and what is wrong before they are compiled.
#[expect(clippy::type_complexity, reason = "a pair of lists")]
pub(crate) fn programs_of<'a>(
    set: &Set,
    exercise: &'a Exercise,
) -> Result<(Vec<String>, Vec<(Kind, Job<'a>)>), CheckError> {
    let name = &exercise.name;
    let read = |path: &Path| {
        let path = path.to_owned();
        fs::read_to_string(&path)
            .map_err(|source| SetError::Io { path, source })
    };
    let original = read(&exercise.path(&set.folder.join("exercises")))?;
    let original = Source::new(&original);
    let solution = read(&exercise.path(&set.folder.join("solutions")))?;
    let solution = Source::new(&solution);
    let mut problems = Vec::new();
    let hints = exercise.hints().len();
    if hints != 3 {
        problems.push(format!("{name} has {hints} levels of hints, not 3"));
    }
    if !solution.has_tests_of(original) {
        problems.push(format!("{name} (solution) has other tests"));
    }
    // What must not compile would keep the others from being compiled with it.
    let job = |answer: &Source<'_>, kept_as: String, compiles| {
        let job =
            Job::new(exercise, *answer, original).and_main().kept_as(kept_as);
        if compiles { job.together() } else { job }
    };
    let mut programs = vec![
        (
            Kind::HandedOut,
            job(&original, "handed_out".to_owned(), exercise.error.is_none()),
        ),
        (Kind::Solution, job(&solution, "solution".to_owned(), true)),
    ];
    problems.extend(problems_with_milestones(exercise, &original.test_names()));
    if !set.notes(exercise).is_file() {
        problems.push(format!("{name} has no teacher's notes"));
    }
    let right = set.right(exercise)?;
    if right.len() < RIGHT {
        problems.push(format!(
            "{name} has {} other right answers, not {RIGHT}",
            right.len()
        ));
    }
    for (style, path) in right {
        let answer = read(&path)?;
        let job = job(&Source::new(&answer), format!("right_{style}"), true);
        programs.push((Kind::Right { style }, job));
    }
    let wrong = set.wrong(exercise)?;
    if wrong.len() < WRONG {
        problems.push(format!(
            "{name} has {} wrong answers, not {WRONG}",
            wrong.len()
        ));
    }
    for (mistake, path) in wrong {
        let answer = read(&path)?;
        let Some(expected) =
            answer.lines().find_map(|line| line.strip_prefix("// => "))
        else {
            problems.push(format!(
                "{name}/{mistake} does not say what must come of it"
            ));
            continue;
        };
        let expected = expected.to_owned();
        let compiles = !expected.starts_with("did not compile");
        let job =
            job(&Source::new(&answer), format!("wrong_{mistake}"), compiles);
        programs.push((Kind::Wrong { mistake, expected }, job));
    }
    Ok((problems, programs))
}

/// What is wrong with the names of a project's tests.
fn problems_with_milestones(
    exercise: &Exercise,
    tests: &[&str],
) -> Vec<String> {
    let (name, all) = (&exercise.name, exercise.milestones.len());
    let numbers: Vec<Option<usize>> =
        tests.iter().map(|test| milestones::number(test)).collect();
    let of_none =
        tests.iter().zip(&numbers).filter(|(_, number)| match number {
            Some(number) => !(1..=all).contains(number),
            None => all > 0,
        });
    let of_none = of_none
        .map(|(test, _)| format!("{name}: {test} belongs to no milestone"));
    let without = (1..=all).filter(|nth| !numbers.contains(&Some(*nth)));
    let without =
        without.map(|nth| format!("{name}: milestone {nth} has no test"));
    of_none.chain(without).collect()
}

/// The problem with an outcome, or `None` if it is as it must be.
fn problem(
    exercise: &Exercise,
    kind: &Kind,
    outcome: &Outcome,
) -> Option<String> {
    match (kind, outcome) {
        (Kind::HandedOut, Outcome::Passed) => {
            Some("passes as it is handed out".to_owned())
        }
        // rustlings has no limit: it would hang as well.
        (Kind::HandedOut, Outcome::Hung { .. }) => {
            Some("hangs as it is handed out".to_owned())
        }
        (Kind::HandedOut, _) => {
            let code = match outcome {
                Outcome::DidNotCompile { error } => {
                    error.strip_prefix("error[").and_then(|rest| rest.get(..5))
                }
                _ => None,
            };
            let as_stated = match (outcome, exercise.error.as_deref()) {
                (Outcome::DidNotCompile { .. }, expected @ Some(_)) => {
                    code == expected
                }
                (_, expected) => expected.is_none() && code.is_none(),
            };
            let expected = exercise.error.as_deref().unwrap_or("no error");
            (!as_stated).then(|| {
                format!("must give {expected}, but {}", described(outcome))
            })
        }
        (Kind::Solution | Kind::Right { .. }, Outcome::Passed) => None,
        (Kind::Solution | Kind::Right { .. }, _) => Some(described(outcome)),
        (Kind::Wrong { expected, .. }, _) => {
            (!is(outcome, expected)).then(|| {
                format!("must be '{expected}', but {}", described(outcome))
            })
        }
    }
}

/// The problem with how `main` ended, or `None`. rustlings runs it whatever the
/// tests say, and has no limit: a learner would wait forever.
fn main_problem(kind: &Kind, main: &MainEnd) -> Option<String> {
    match (kind, main) {
        (_, MainEnd::Hung) => Some("its main does not end".to_owned()),
        (Kind::Solution | Kind::Right { .. }, MainEnd::Failed(reason)) => {
            Some(format!(
                "its main fails: {}",
                reason.lines().next().unwrap_or_default()
            ))
        }
        _ => None,
    }
}

/// Whether an outcome is what stands after the arrow.
fn is(outcome: &Outcome, expected: &str) -> bool {
    match outcome {
        Outcome::Failed { test, others, .. } => {
            expected.strip_prefix("failed ").is_some_and(|stated| {
                stated == test || others.iter().any(|other| other == stated)
            })
        }
        Outcome::Hung { test: Some(test), .. } => {
            expected == format!("hung {test}")
        }
        Outcome::DidNotCompile { error } => {
            expected.strip_prefix("did not compile ").is_some_and(|code| {
                match code {
                    // A lint of the set's, which has no number.
                    "unsafe" => error.contains("-F unsafe-code"),
                    code if code.starts_with('"') => {
                        let words = code.trim_matches('"');
                        let first = error.lines().next().unwrap_or_default();
                        !words.is_empty()
                            && first.starts_with("error: ")
                            && first.contains(words)
                    }
                    code => error.starts_with(&format!("error[{code}]")),
                }
            })
        }
        _ => false,
    }
}

/// An outcome in a sentence about a program: `is 'hung': …`.
fn described(outcome: &Outcome) -> String {
    let detail = outcome.detail();
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("is '{}'{colon}{detail}", outcome.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_of_a_project_belongs_to_a_milestone() {
        let entry = |milestones: &str| {
            let toml = format!(
                "name = \"inn\"\ndir = \"07\"\nhint = \"\"\nminutes = 9\n{milestones}"
            );
            toml::from_str::<Exercise>(&toml).expect("it is an entry")
        };
        let project = entry("milestones = [\"a\", \"b\"]");
        let good = ["milestone_1_one", "milestone_2_two"];
        assert_eq!(problems_with_milestones(&project, &good), [""; 0]);
        let bad = ["milestone_1_one", "milestone_3_three", "two"];
        let problems = [
            "inn: milestone_3_three belongs to no milestone",
            "inn: two belongs to no milestone",
            "inn: milestone 2 has no test",
        ];
        assert_eq!(problems_with_milestones(&project, &bad), problems);
        assert_eq!(problems_with_milestones(&entry(""), &["two"]), [""; 0]);
        let of_none = ["inn: milestone_1_one belongs to no milestone"];
        assert_eq!(problems_with_milestones(&entry(""), &good[..1]), of_none);
    }
}
