//! Outcomes of exercises, and the grades of a learner's folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::compiler::{Compiler, CompilerError};
use crate::job::{Job, MainEnd, Tested, test_all};
use crate::learner;
use crate::milestones::Milestones;
use crate::set::{Exercise, Set};
use crate::source::Source;

/// The outcome of one exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// All its tests passed.
    Passed,
    /// A test failed.
    Failed {
        /// The first of them, in the order of the file.
        test: String,
        /// Its message.
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
        /// Those that had failed by then.
        others: Vec<String>,
    },
    /// Its tests are not the original ones.
    Tampered {
        /// Its outcome with the original ones.
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
            Outcome::Passed | Outcome::NotStarted | Outcome::Missing => {
                String::new()
            }
            Outcome::Failed { test, reason, .. } => {
                format!("{test}: {}", reason.lines().next().unwrap_or_default())
            }
            Outcome::DidNotCompile { error } => {
                error.lines().next().unwrap_or_default().to_owned()
            }
            Outcome::Hung { test: Some(test), limit, .. } => {
                format!("{test} did not end within {limit} s")
            }
            Outcome::Hung { test: None, limit, .. } => {
                format!("it did not end within {limit} s")
            }
            Outcome::Tampered { originally } => {
                let detail = originally.detail();
                let colon = if detail.is_empty() { "" } else { ": " };
                format!(
                    "with the original tests it {}{colon}{detail}",
                    originally.became()
                )
            }
        }
    }

    /// Why, with all lines; nothing if there is no more to say than its name.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Outcome::Failed { reason, .. } => Some(reason),
            Outcome::DidNotCompile { error } => Some(error),
            Outcome::Tampered { originally } => originally.reason(),
            Outcome::Passed
            | Outcome::NotStarted
            | Outcome::Missing
            | Outcome::Hung { .. } => None,
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

/// An exercise and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grade {
    /// The exercise.
    pub name: String,
    /// Its chapter.
    pub chapter: String,
    /// The time that it is meant to take.
    pub minutes: u32,
    /// Levels of its hint that were read, if `just hint` was used.
    pub hints: Option<usize>,
    /// How many of its milestones are passed, if it is a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestones: Option<Milestones>,
    /// Its outcome.
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
        /// The system's error.
        source: io::Error,
    },
}

/// Grades exercises of a learner's folder, several at once. The grades are in
/// the order of the exercises. `progress` is called after each.
///
/// # Errors
/// If a file of the set cannot be read, or the compiler cannot be run. What a
/// learner's file does is a grade.
pub fn grade(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    learner: &Path,
    progress: impl Fn() + Sync,
) -> Result<Vec<Grade>, GradeError> {
    let grades = grade_all(set, compiler, exercises, &[learner], progress)?;
    Ok(grades.into_iter().next().expect("there is one learner"))
}

/// Grades the folders of several learners; the grades are in their order. Two
/// answers that are the same text are tested once.
///
/// # Errors
/// As [`grade`].
pub fn grade_all(
    set: &Set,
    compiler: &Compiler,
    exercises: &[&Exercise],
    learners: &[&Path],
    progress: impl Fn() + Sync,
) -> Result<Vec<Vec<Grade>>, GradeError> {
    let mut originals = Vec::new();
    for exercise in exercises {
        let original =
            fs::read_to_string(exercise.path(&set.folder.join("exercises")));
        let failed =
            |source| GradeError::Io { name: exercise.name.clone(), source };
        originals.push(original.map_err(failed)?);
    }
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut found = Vec::new();
    for learner in learners {
        for (exercise, original) in exercises.iter().zip(&originals) {
            let original = Source::new(original);
            found.push(
                match answer(&exercise.path(&learner.join("exercises"))) {
                    Err(outcome) => Found::Known(outcome),
                    Ok(answer) => {
                        let answer = Source::new(&answer);
                        // The set may have changed since it was handed out.
                        let before = learner::handed_out(exercise, learner);
                        let before = self::answer(&before).ok();
                        let before = before.as_deref().map(Source::new);
                        let known = || std::iter::once(original).chain(before);
                        let tampered =
                            !known().any(|known| answer.has_tests_of(known));
                        let is_as_it_was = known().any(|known| {
                            answer.has_tests_of(known)
                                && answer.has_code_of(known)
                        });
                        if is_as_it_was {
                            Found::Known(Outcome::NotStarted)
                        } else {
                            let job =
                                Job::new(exercise, answer, original).and_main();
                            let known = jobs
                                .iter()
                                .position(|known| known.is_same(&job));
                            let job = known.unwrap_or_else(|| {
                                jobs.push(job);
                                jobs.len() - 1
                            });
                            Found::Job { tampered, job }
                        }
                    }
                },
            );
        }
    }
    for _ in jobs.len()..found.len() {
        progress();
    }
    let tested = test_all(compiler, &jobs, progress)?;
    let mut found = found.into_iter();
    let grades = |learner: &&Path| {
        let hints = hints(learner);
        let grade = |exercise: &&Exercise| {
            let (outcome, seconds) =
                match found.next().expect("each was looked at") {
                    Found::Known(outcome) => (outcome, 0.0),
                    Found::Job { tampered, job } => {
                        outcome(exercise, &tested[job], tampered)
                    }
                };
            Grade {
                name: exercise.name.clone(),
                chapter: exercise.chapter(),
                minutes: exercise.minutes,
                hints: hints.get(&exercise.name).copied(),
                milestones: Milestones::of(exercise, &outcome),
                outcome,
                seconds,
            }
        };
        exercises.iter().map(grade).collect()
    };
    Ok(learners.iter().map(grades).collect())
}

/// What came of an answer, and how many seconds it took.
fn outcome(
    exercise: &Exercise,
    tested: &Tested,
    tampered: bool,
) -> (Outcome, f64) {
    let main = || "main".to_owned();
    // rustlings runs `main`, too: an exercise is done when it ends well.
    let outcome = match (&tested.outcome, &tested.main) {
        (Outcome::Passed, Some(MainEnd::Hung)) => {
            let limit = exercise.limit().as_secs();
            Outcome::Hung { test: Some(main()), limit, others: Vec::new() }
        }
        (Outcome::Passed, Some(MainEnd::Failed(reason))) => Outcome::Failed {
            test: main(),
            reason: reason.clone(),
            others: Vec::new(),
        },
        (outcome, _) => outcome.clone(),
    };
    let seconds = (tested.compiling + tested.running).as_secs_f64();
    let outcome = if tampered {
        Outcome::Tampered { originally: Box::new(outcome) }
    } else {
        outcome
    };
    (outcome, (seconds * 1000.0).round() / 1000.0)
}

/// The state of an exercise before anything is compiled.
enum Found {
    Known(Outcome),
    Job { tampered: bool, job: usize },
}

/// A learner's file, or the outcome if there is none to grade.
fn answer(path: &Path) -> Result<String, Outcome> {
    let unreadable =
        |why: &str| Outcome::DidNotCompile { error: format!("error: {why}") };
    // Asked before it is opened: nobody may be at the other end of what is no
    // file.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Outcome::Missing);
        }
        Err(error) => {
            return Err(unreadable(&format!("it cannot be read: {error}")));
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(unreadable("it is not a file"));
        }
        Ok(metadata) if metadata.len() > LARGEST => {
            return Err(unreadable(&format!(
                "it has more than {LARGEST} bytes"
            )));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path)
        .map_err(|error| unreadable(&format!("it cannot be read: {error}")));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// No answer has more bytes.
const LARGEST: u64 = 1 << 20;

/// The number of hints that a learner has read, by exercise. What is no such
/// number is left out.
pub fn hints(learner: &Path) -> BTreeMap<String, usize> {
    let path = learner.join(HINTS);
    // Asked before it is opened: nobody may be at the other end of what is no
    // file.
    if !fs::metadata(&path)
        .is_ok_and(|found| found.is_file() && found.len() <= LARGEST)
    {
        return BTreeMap::new();
    }
    let text = fs::read(&path).unwrap_or_default();
    let noted: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&text).unwrap_or_default();
    let number =
        |count: serde_json::Value| usize::try_from(count.as_u64()?).ok();
    noted
        .into_iter()
        .filter_map(|(name, count)| Some((name, number(count)?)))
        .collect()
}

/// Where a learner's folder keeps how many levels of hints were read.
pub const HINTS: &str = ".hints.json";
