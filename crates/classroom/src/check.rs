//! The set, checked against itself: what is handed out fails, every solution passes, and every
//! wrong answer fails for the reason written in it.
//!
//! A wrong answer says in its first lines what is wrong, and what must come of it:
//!
//! ```text
//! // Joins each thread before it starts the next.
//! // => failed both_are_there_at_once
//! ```
//!
//! After the arrow stands `failed TEST`, `hung TEST` or `did not compile E0000`.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use crate::compiler::Compiler;
use crate::grade::{GradeError, Outcome, test};
use crate::set::{Exercise, Set, SetError};
use crate::source::Source;

/// Wrong answers that each exercise must have.
pub const WRONG: usize = 3;

/// What was checked, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Exercises as handed out.
    pub exercises: usize,
    /// Solutions.
    pub solutions: usize,
    /// Wrong answers.
    pub wrong: usize,
    /// A line for each thing that is not as it should be, in the order of the exercises.
    pub problems: Vec<String>,
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
}

/// Checks exercises of a set. `progress` is called after each.
///
/// # Errors
/// If a file cannot be read or the compiler not be run.
pub fn check(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    progress: impl Fn(&Exercise) + Sync,
) -> Result<Checked, CheckError> {
    let checked: Vec<Checked> = exercises
        .par_iter()
        .map(|exercise| {
            let checked = check_one(set, compiler, exercise);
            progress(exercise);
            checked
        })
        .collect::<Result<_, _>>()?;
    Ok(checked.into_iter().fold(Checked::default(), |mut all, one| {
        all.exercises += one.exercises;
        all.solutions += one.solutions;
        all.wrong += one.wrong;
        all.problems.extend(one.problems);
        all
    }))
}

fn check_one(set: &Set, compiler: &Compiler, exercise: &Exercise) -> Result<Checked, CheckError> {
    let name = &exercise.name;
    let read = |path: &Path| {
        let path = path.to_owned();
        fs::read_to_string(&path).map_err(|source| SetError::Io { path, source })
    };
    let original = read(&exercise.path(&set.folder.join("exercises")))?;
    let original = Source::new(&original);
    let mut problems = Vec::new();

    let handed_out = test(compiler, exercise, &original.with_tests_of(original))?;
    let code = match &handed_out {
        Outcome::DidNotCompile { error } => error.strip_prefix("error[").map(|rest| &rest[..5]),
        _ => None,
    };
    if handed_out == Outcome::Passed {
        problems.push(format!("{name} passes as it is handed out"));
    } else if code != exercise.error.as_deref() {
        let expected = exercise.error.as_deref().unwrap_or("no error");
        problems.push(format!("{name} must give {expected}, but {}", said(&handed_out)));
    }
    let hints = exercise.hints().len();
    if hints != 3 {
        problems.push(format!("{name} has {hints} levels of hints, not 3"));
    }

    let solution = read(&exercise.path(&set.folder.join("solutions")))?;
    let solution = Source::new(&solution);
    if !solution.has_tests_of(original) {
        problems.push(format!("the solution of {name} has other tests"));
    }
    match test(compiler, exercise, &solution.with_tests_of(original))? {
        Outcome::Passed => {}
        other => problems.push(format!("the solution of {name} {}", said(&other))),
    }

    let wrong = set.wrong(exercise)?;
    if wrong.len() < WRONG {
        problems.push(format!("{name} has {} wrong answers, not {WRONG}", wrong.len()));
    }
    for (mistake, path) in &wrong {
        let answer = read(path)?;
        let Some(expected) = answer.lines().find_map(|line| line.strip_prefix("// => ")) else {
            problems.push(format!("{name}/{mistake} does not say what must come of it"));
            continue;
        };
        let outcome = test(compiler, exercise, &Source::new(&answer).with_tests_of(original))?;
        if !is(&outcome, expected) {
            problems.push(format!("{name}/{mistake} must be '{expected}', but {}", said(&outcome)));
        }
    }
    Ok(Checked { exercises: 1, solutions: 1, wrong: wrong.len(), problems })
}

/// Whether an outcome is what stands after the arrow.
fn is(outcome: &Outcome, expected: &str) -> bool {
    match outcome {
        Outcome::Failed { test, others, .. } => expected
            .strip_prefix("failed ")
            .is_some_and(|stated| stated == test || others.iter().any(|other| other == stated)),
        Outcome::Hung { test: Some(test), .. } => expected == format!("hung {test}"),
        Outcome::DidNotCompile { error } => expected
            .strip_prefix("did not compile ")
            .is_some_and(|code| error.starts_with(&format!("error[{code}]"))),
        _ => false,
    }
}

fn said(outcome: &Outcome) -> String {
    let detail = outcome.detail();
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("is '{}'{colon}{detail}", outcome.name())
}
