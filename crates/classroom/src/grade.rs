//! What became of an exercise.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

use crate::compiler::{Compiler, CompilerError};
use crate::process::{self, Ended};
use crate::set::{Exercise, Set};
use crate::source::Source;

/// What became of one exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// All its tests passed.
    Passed,
    /// A test failed.
    Failed {
        /// The first of them, in the order of the file.
        test: String,
        /// What it said.
        reason: String,
        /// The others.
        others: Vec<String>,
    },
    /// It does not compile.
    DidNotCompile {
        /// The first error.
        error: String,
    },
    /// It was ended at its limit.
    Hung {
        /// The test that was running, if one was.
        test: Option<String>,
        /// The limit in seconds.
        limit: u64,
    },
    /// Its tests are not the original ones.
    Tampered {
        /// What became of it with the original ones.
        originally: Box<Outcome>,
    },
    /// The learner has changed nothing.
    NotStarted,
    /// There is no file.
    Missing,
}

impl Outcome {
    /// Its name in tables: `did not compile`.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed { .. } => "failed",
            Outcome::DidNotCompile { .. } => "did not compile",
            Outcome::Hung { .. } => "hung",
            Outcome::Tampered { .. } => "tampered",
            Outcome::NotStarted => "not started",
            Outcome::Missing => "missing",
        }
    }

    /// Why, on one line; empty if there is nothing to say.
    pub fn detail(&self) -> String {
        match self {
            Outcome::Passed | Outcome::NotStarted | Outcome::Missing => String::new(),
            Outcome::Failed { test, reason, .. } => {
                format!("{test}: {}", reason.lines().next().unwrap_or_default())
            }
            Outcome::DidNotCompile { error } => error.lines().next().unwrap_or_default().to_owned(),
            Outcome::Hung { test: Some(test), limit } => {
                format!("{test} did not end within {limit} s")
            }
            Outcome::Hung { test: None, limit } => format!("it did not end within {limit} s"),
            Outcome::Tampered { originally } => {
                let detail = originally.detail();
                let colon = if detail.is_empty() { "" } else { ": " };
                format!("with the original tests it {}{colon}{detail}", originally.became())
            }
        }
    }

    fn became(&self) -> &'static str {
        match self {
            Outcome::Passed => "passes",
            Outcome::Failed { .. } => "fails",
            Outcome::DidNotCompile { .. } => "does not compile",
            Outcome::Hung { .. } => "hangs",
            Outcome::NotStarted => "is not started",
            Outcome::Tampered { .. } | Outcome::Missing => "is missing",
        }
    }
}

/// An exercise and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grade {
    /// The exercise.
    pub name: String,
    /// Its chapter.
    pub chapter: String,
    /// What it was meant to take.
    pub minutes: u32,
    /// Levels of its hint that were read, if `just hint` was used.
    pub hints: Option<usize>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long compiling and testing took.
    pub seconds: f64,
}

/// Why an exercise could not be graded.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// The compiler failed us.
    #[error(transparent)]
    Compiler(#[from] CompilerError),
    /// A file cannot be read or written, or a test program not be run.
    #[error("cannot grade '{name}': {source}")]
    Io {
        /// The exercise.
        name: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Grades exercises of a learner's folder, several at once. The grades are in the order of the
/// exercises. `progress` is called after each.
///
/// # Errors
/// If a file of the set cannot be read, or the compiler cannot be run. What a learner's file does
/// is a grade.
pub fn grade(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    learner: &Path,
    progress: impl Fn(&Exercise) + Sync,
) -> Result<Vec<Grade>, GradeError> {
    let hints = hints(learner);
    // Tests wait more than they compute; a thread for each core is a modest number all the same.
    exercises
        .par_iter()
        .map(|exercise| {
            let failed = |source| GradeError::Io { name: exercise.name.clone(), source };
            let start = Instant::now();
            let original =
                fs::read_to_string(exercise.path(&set.folder.join("exercises"))).map_err(failed)?;
            let outcome = match fs::read(exercise.path(&learner.join("exercises"))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::Missing,
                Err(error) => return Err(failed(error)),
                Ok(answer) => {
                    judge(compiler, exercise, &String::from_utf8_lossy(&answer), &original)?
                }
            };
            progress(exercise);
            Ok(Grade {
                name: exercise.name.clone(),
                chapter: exercise.chapter(),
                minutes: exercise.minutes,
                hints: hints.get(&exercise.name).copied(),
                outcome,
                seconds: start.elapsed().as_secs_f64(),
            })
        })
        .collect()
}

/// Judges an answer by the tests of the original.
///
/// # Errors
/// As [`grade`].
pub fn judge(
    compiler: &Compiler,
    exercise: &Exercise,
    answer: &str,
    original: &str,
) -> Result<Outcome, GradeError> {
    let (answer, original) = (Source::new(answer), Source::new(original));
    let tampered = !answer.has_tests_of(original);
    if !tampered && answer.has_code_of(original) {
        return Ok(Outcome::NotStarted);
    }
    let outcome = test(compiler, exercise, &answer.with_tests_of(original))?;
    Ok(if tampered { Outcome::Tampered { originally: Box::new(outcome) } } else { outcome })
}

/// Compiles a program and runs its tests.
///
/// # Errors
/// As [`grade`].
pub fn test(compiler: &Compiler, exercise: &Exercise, text: &str) -> Result<Outcome, GradeError> {
    let failed = |source| GradeError::Io { name: exercise.name.clone(), source };
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join(&exercise.name).with_extension("rs");
    fs::write(&file, text).map_err(failed)?;
    let program = match compiler.test_program(&file)? {
        Ok(program) => program,
        Err(error) => return Ok(Outcome::DidNotCompile { error }),
    };
    let run = |arguments: &[&str]| {
        let mut tests = Command::new(&program);
        tests.args(arguments).current_dir(folder.path()).env("RUST_BACKTRACE", "0");
        process::run(&mut tests, exercise.limit()).map_err(failed)
    };
    let mut names = listed(&run(&["--list"])?.1);
    names.sort_by_key(|name| text.find(&format!("fn {}(", short(name))));
    // As many at once on every machine: a test that hangs takes its time.
    let (ended, stdout, stderr) = run(&["--test-threads", "4"])?;
    let unfinished = || {
        let open = |name: &&String| !stdout.contains(&format!("test {name} ... "));
        names.iter().find(open).map(|name| short(name))
    };
    let silent = |reason: String| Outcome::Failed {
        test: unfinished().unwrap_or_else(|| exercise.name.clone()),
        reason,
        others: Vec::new(),
    };
    Ok(match ended {
        Ended::Killed => Outcome::Hung { test: unfinished(), limit: exercise.limit().as_secs() },
        Ended::Exit(status) if status.success() && names.is_empty() => {
            silent("there is no test".to_owned())
        }
        Ended::Exit(status) if status.success() => Outcome::Passed,
        Ended::Exit(status) => {
            let mut failures = failures(&stdout, &names).into_iter();
            match failures.next() {
                Some((test, reason)) => {
                    let others = failures.map(|(test, _)| test).collect();
                    Outcome::Failed { test, reason, others }
                }
                // It ended without a word: an abort, an exit, a stack that overflowed.
                None => {
                    let last = stderr.lines().find(|line| !line.trim().is_empty());
                    let last = last.map(|line| format!(": {}", stable(line)));
                    silent(format!("the program ended with {status}{}", last.unwrap_or_default()))
                }
            }
        }
    })
}

/// The tests that a program says it has.
fn listed(stdout: &str) -> Vec<String> {
    stdout.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// The tests that failed, in the order of their names here, and what each said.
fn failures(stdout: &str, names: &[String]) -> Vec<(String, String)> {
    let said = |name: &String| {
        let said = stdout.split_once(&format!("\n---- {name} stdout ----\n"))?.1;
        Some((short(name), reason(said)))
    };
    names.iter().filter_map(said).collect()
}

/// What a failed test said, without where.
fn reason(said: &str) -> String {
    let said = said.split("\n\n").find(|part| !part.trim().is_empty()).unwrap_or_default();
    let mut reason = Vec::new();
    for line in said.lines() {
        // Where it panicked is a line of the tests, which the learner has; the words come next.
        let place = line.starts_with("thread '") && line.contains("panicked at ");
        if !place && !line.starts_with("note: ") && !line.starts_with("stack backtrace") {
            reason.push(stable(line));
        }
    }
    let reason = reason.join("\n").trim().to_owned();
    if reason.is_empty() { "it panicked".to_owned() } else { reason }
}

/// A line without what differs from run to run: the thread's number.
fn stable(line: &str) -> String {
    match line.split_once("' (").and_then(|(name, rest)| Some((name, rest.split_once(')')?.1))) {
        Some((name, rest)) if name.starts_with("thread '") => format!("{name}'{rest}"),
        _ => line.to_owned(),
    }
}

/// A test's name without its module.
fn short(name: &str) -> String {
    name.trim_start_matches("tests::").to_owned()
}

/// How many levels of hints a learner has read, by exercise.
pub fn hints(learner: &Path) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(learner.join(HINTS)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Where a learner's folder keeps how many levels of hints were read.
pub const HINTS: &str = ".hints.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_come_in_the_order_of_the_file_with_their_words() {
        let stdout = "\nrunning 3 tests\ntest tests::one ... FAILED\ntest tests::two ... FAILED\n\
            test tests::six ... ok\n\nfailures:\n\n\
            ---- tests::one stdout ----\n\nthread 'tests::one' (4711) panicked at a.rs:9:5:\nno\n\n\n\
            ---- tests::two stdout ----\n\nthread 'tests::two' (4712) panicked at a.rs:9:5:\n\
            assertion `left == right` failed: they took turns\n  left: 1\n right: 2\n\
            note: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    tests::one\n    tests::two\n";
        let names = ["tests::two", "tests::one", "tests::six"].map(str::to_owned);
        let words = "assertion `left == right` failed: they took turns\n  left: 1\n right: 2";
        let expected = [("two".to_owned(), words.to_owned()), ("one".to_owned(), "no".to_owned())];
        assert_eq!(failures(stdout, &names), expected);
        assert_eq!(listed("tests::a: test\nb: test\n\n2 tests, 0 benchmarks\n"), ["tests::a", "b"]);
    }

    #[test]
    fn a_threads_number_is_left_out() {
        assert_eq!(stable("thread 'main' (712) has overflowed"), "thread 'main' has overflowed");
        assert_eq!(stable("it's (712) here"), "it's (712) here");
    }
}
