//! Outcomes of exercises: compiling answers and running their tests.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use tempfile::TempDir;

use crate::compiler::{Compiler, CompilerError};
use crate::process::{self, Ended};
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
    progress: impl Fn() + Sync,
) -> Result<Vec<Grade>, GradeError> {
    let hints = hints(learner);
    let mut jobs = Vec::new();
    let mut found = Vec::new();
    for exercise in exercises {
        let original = exercise.path(&set.folder.join("exercises"));
        let original = fs::read_to_string(original)
            .map_err(|source| GradeError::Io { name: exercise.name.clone(), source })?;
        let original = Source::new(&original);
        found.push(match answer(&exercise.path(&learner.join("exercises"))) {
            Err(outcome) => Found::Known(outcome),
            Ok(answer) => {
                let answer = Source::new(&answer);
                let tampered = !answer.has_tests_of(original);
                if !tampered && answer.has_code_of(original) {
                    Found::Known(Outcome::NotStarted)
                } else {
                    jobs.push(Job::new(exercise, answer, original).and_main());
                    Found::Job { tampered }
                }
            }
        });
    }
    for known in &found {
        if matches!(known, Found::Known(_)) {
            progress();
        }
    }
    let mut tested = test_all(compiler, &jobs, progress)?.into_iter();
    let grades = exercises.iter().zip(found).map(|(exercise, found)| {
        let (outcome, seconds) = match found {
            Found::Known(outcome) => (outcome, 0.0),
            Found::Job { tampered } => {
                let Tested { outcome, main, compiling, running } =
                    tested.next().expect("one a job");
                // rustlings runs it, too, and has no limit.
                let outcome = match (outcome, main) {
                    (Outcome::Passed, Some(Ended::Killed)) => {
                        let limit = exercise.limit().as_secs();
                        Outcome::Hung { test: Some("main".to_owned()), limit }
                    }
                    (outcome, _) => outcome,
                };
                let seconds = (compiling + running).as_secs_f64();
                let originally = || Outcome::Tampered { originally: Box::new(outcome.clone()) };
                (if tampered { originally() } else { outcome }, (seconds * 1000.0).round() / 1000.0)
            }
        };
        Grade {
            name: exercise.name.clone(),
            chapter: exercise.chapter(),
            minutes: exercise.minutes,
            hints: hints.get(&exercise.name).copied(),
            outcome,
            seconds,
        }
    });
    Ok(grades.collect())
}

/// The state of an exercise before anything is compiled.
enum Found {
    Known(Outcome),
    Job { tampered: bool },
}

/// A learner's file, or the outcome if there is none to grade.
fn answer(path: &Path) -> Result<String, Outcome> {
    let unreadable = |why: &str| Outcome::DidNotCompile { error: format!("error: {why}") };
    // Asked before it is opened: nobody may be at the other end of what is no file.
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Outcome::Missing),
        Err(error) => return Err(unreadable(&format!("it cannot be read: {error}"))),
        Ok(metadata) if !metadata.is_file() => return Err(unreadable("it is not a file")),
        Ok(metadata) if metadata.len() > LARGEST => {
            return Err(unreadable(&format!("it has more than {LARGEST} bytes")));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| unreadable(&format!("it cannot be read: {error}")));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// No answer has more bytes.
const LARGEST: u64 = 1 << 20;

/// A program to be tested.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    exercise: &'a Exercise,
    text: String,
    /// The names of its tests, in their order.
    tests: Vec<String>,
    /// Whether its `main` is run as well.
    main: bool,
}

/// A test that runs `main`, which a test program leaves out.
const MAIN: &str = "
#[cfg(test)]
mod classroom {
    #[test]
    fn main() {
        let _ = super::main();
    }
}
";

impl<'a> Job<'a> {
    /// An answer with the original tests.
    pub fn new(exercise: &'a Exercise, answer: Source<'_>, original: Source<'_>) -> Self {
        let tests = original.test_names().into_iter().map(str::to_owned).collect();
        Job { exercise, text: answer.with_tests_of(original), tests, main: false }
    }

    /// Has its `main` run after the tests, as rustlings does.
    #[must_use]
    pub fn and_main(mut self) -> Self {
        self.text += MAIN;
        self.main = true;
        self
    }

    /// Compiles it, in a folder that goes with the program.
    ///
    /// # Errors
    /// If the compiler cannot be run. The inner error is the compiler's message.
    pub fn compile(&self, compiler: &Compiler) -> Result<Result<Program, String>, GradeError> {
        let failed = |source| GradeError::Io { name: self.exercise.name.clone(), source };
        let folder = temporary().map_err(failed)?;
        let file = folder.path().join(&self.exercise.name).with_extension("rs");
        fs::write(&file, &self.text).map_err(failed)?;
        Ok(compiler.test_program(&file)?.map(|path| Program { folder, path }))
    }

    /// Runs its tests, `threads` at once, and returns their outcome and the program's output.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub fn run(&self, program: &Program, threads: u32) -> Result<(Outcome, String), GradeError> {
        let run = |arguments: &[&str]| self.start(program, arguments);
        let listed = listed(&run(&["--list", "--skip", "classroom::main"])?.1);
        let names: Vec<String> = self
            .tests
            .iter()
            .filter_map(|test| listed.iter().find(|name| short(name) == *test).cloned())
            .collect();
        let missing =
            self.tests.iter().find(|test| !names.iter().any(|name| short(name) == **test));
        if missing.is_some() || names.is_empty() {
            let test = missing.unwrap_or(&self.exercise.name).clone();
            let reason = "there is no such test in the program".to_owned();
            return Ok((Outcome::Failed { test, reason, others: Vec::new() }, String::new()));
        }
        // The original tests only: a learner's own may fail as they please.
        let threads = threads.to_string();
        let mut arguments = vec!["--exact", "--test-threads", &threads];
        arguments.extend(names.iter().map(String::as_str));
        let (ended, stdout, stderr) = run(&arguments)?;
        let outcome = match self.outcome(&ended, &stdout, &stderr, &names) {
            // Much output has pushed the reason out: alone, the test has it at its end.
            Ok(Outcome::Failed { test, others, .. }) if stdout.len() >= process::KEPT => {
                let name = names.iter().find(|name| short(name) == test).unwrap_or(&test);
                let alone = run(&["--exact", name])?.1;
                let reason = reason(&alone, name);
                Outcome::Failed { test, reason, others }
            }
            Ok(outcome) => outcome,
            // It ended without a word. What its threads said is lost, unless it says so at once.
            Err(test) => {
                let mut arguments = vec!["--exact", "--nocapture", "--test-threads", "1"];
                arguments
                    .extend(names.iter().filter(|name| short(name) == test).map(String::as_str));
                let said = if arguments.len() > 4 { run(&arguments)?.2 } else { stderr.clone() };
                let reason =
                    last_words(&ended, if said.trim().is_empty() { &stderr } else { &said });
                Outcome::Failed { test, reason, others: Vec::new() }
            }
        };
        Ok((outcome, format!("{stdout}{stderr}")))
    }

    /// Runs its `main`, if it is to be run.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub fn run_main(&self, program: &Program) -> Result<Option<Ended>, GradeError> {
        if !self.main {
            return Ok(None);
        }
        let (ended, _, _) = self.start(program, &["--exact", "classroom::main"])?;
        Ok(Some(ended))
    }

    fn start(
        &self,
        program: &Program,
        arguments: &[&str],
    ) -> Result<(Ended, String, String), GradeError> {
        let mut tests = Command::new(&program.path);
        tests.args(arguments).current_dir(program.folder.path()).env("RUST_BACKTRACE", "0");
        for variable in OTHERS {
            tests.env_remove(variable);
        }
        process::run(&mut tests, self.exercise.limit())
            .map_err(|source| GradeError::Io { name: self.exercise.name.clone(), source })
    }

    fn outcome(
        &self,
        ended: &Ended,
        stdout: &str,
        stderr: &str,
        names: &[String],
    ) -> Result<Outcome, String> {
        let unfinished = || {
            let open = |name: &&String| !stdout.contains(&format!("test {name} ... "));
            names.iter().find(open).map(|name| short(name).to_owned())
        };
        let silent = |reason: String| Outcome::Failed {
            test: unfinished().unwrap_or_else(|| self.exercise.name.clone()),
            reason,
            others: Vec::new(),
        };
        Ok(match ended {
            Ended::Killed => {
                Outcome::Hung { test: unfinished(), limit: self.exercise.limit().as_secs() }
            }
            Ended::Exit(status) if status.success() => {
                // A program can end itself, and call that a success.
                let all = names.len();
                if stdout
                    .contains(&format!("\ntest result: ok. {all} passed; 0 failed; 0 ignored;"))
                {
                    Outcome::Passed
                } else {
                    silent("the program ended before its tests did".to_owned())
                }
            }
            Ended::Exit(_) => {
                let mut failures = failures(stdout, names).into_iter();
                match failures.next() {
                    Some((test, reason)) => {
                        let others = failures.map(|(test, _)| test).collect();
                        Outcome::Failed { test, reason, others }
                    }
                    // It ended without a word: an abort, an exit, a stack that overflowed.
                    None if stderr.trim().is_empty() || stderr.contains("' panicked at ") => {
                        return Err(unfinished().unwrap_or_else(|| self.exercise.name.clone()));
                    }
                    None => silent(last_words(ended, stderr)),
                }
            }
        })
    }
}

/// A temporary folder whose name says whose it is.
fn temporary() -> io::Result<TempDir> {
    let prefix = format!("{TEMPORARY}{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir()
}

/// How the names of temporary folders begin.
const TEMPORARY: &str = "classroom-";

/// Variables that a teacher may have set for other programs, and that would change an exercise.
const OTHERS: [&str; 5] = [
    "RAYON_NUM_THREADS",
    "RUST_TEST_NOCAPTURE",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_TIME_UNIT",
    "TOKIO_WORKER_THREADS",
];

/// A compiled job. Its folder is removed with it.
#[derive(Debug)]
pub struct Program {
    folder: TempDir,
    path: PathBuf,
}

/// A job's outcome, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Its outcome.
    pub outcome: Outcome,
    /// How its `main` ended, if that was run.
    pub main: Option<Ended>,
    /// How long the compiler took.
    pub compiling: Duration,
    /// How long its tests took.
    pub running: Duration,
}

/// Tests that a program runs at once: as many on every machine. A test that hangs takes its time.
const THREADS: u32 = 4;

/// Programs that run at once for each core. Most of them wait.
const RUNNING: usize = 4;

/// Compiles jobs and runs their tests, several at once; the results are in the order of the jobs.
/// `progress` is called after each.
///
/// Compiling computes, so there are as many at it as cores. Tests wait, so there are more.
///
/// # Errors
/// As [`grade`].
pub fn test_all(
    compiler: &Compiler,
    jobs: &[Job<'_>],
    progress: impl Fn() + Sync,
) -> Result<Vec<Tested>, GradeError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let (compiled, to_run) = mpsc::sync_channel::<(usize, Program, Duration)>(cores);
    let to_run = Mutex::new(to_run);
    let results: Vec<OnceLock<Result<Tested, GradeError>>> =
        jobs.iter().map(|_| OnceLock::new()).collect();
    let keep = |nth: usize, result| {
        results[nth].set(result).expect("each job has one result");
        progress();
    };
    thread::scope(|scope| {
        for _ in 0..cores.min(jobs.len()) {
            let (compiled, next, keep) = (compiled.clone(), &next, &keep);
            scope.spawn(move || {
                while let Some((nth, job)) = take(next, jobs) {
                    let start = Instant::now();
                    match job.compile(compiler) {
                        Ok(Ok(program)) => compiled
                            .send((nth, program, start.elapsed()))
                            .expect("somebody receives until all senders are gone"),
                        Ok(Err(error)) => {
                            let outcome = Outcome::DidNotCompile { error };
                            let (compiling, running) = (start.elapsed(), Duration::ZERO);
                            keep(nth, Ok(Tested { outcome, main: None, compiling, running }));
                        }
                        Err(error) => keep(nth, Err(error)),
                    }
                }
            });
        }
        drop(compiled);
        for _ in 0..(RUNNING * cores).min(jobs.len()) {
            let (to_run, keep) = (&to_run, &keep);
            scope.spawn(move || {
                let receive = || to_run.lock().expect("no receiver panics").recv();
                while let Ok((nth, program, compiling)) = receive() {
                    let start = Instant::now();
                    let job = &jobs[nth];
                    let result = job.run(&program, THREADS).and_then(|(outcome, _)| {
                        let main = job.run_main(&program)?;
                        Ok(Tested { outcome, main, compiling, running: start.elapsed() })
                    });
                    keep(nth, result);
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().expect("every job was taken")).collect()
}

/// The next job that nobody has taken.
pub(crate) fn take<'a, J>(next: &AtomicUsize, jobs: &'a [J]) -> Option<(usize, &'a J)> {
    let nth = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(nth).map(|job| (nth, job))
}

/// The tests that a program lists.
fn listed(stdout: &str) -> Vec<String> {
    stdout.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// The tests that failed, in the order of `names`, each with its message.
fn failures(stdout: &str, names: &[String]) -> Vec<(String, String)> {
    // The last list names every failed test. A test has a section above it only if it said
    // something: one whose panic came from a thread that another test began has said nothing.
    let list = stdout.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    let failed = |name: &&String| list.lines().any(|line| line.trim() == name.as_str());
    let message = |name: &String| {
        let section = stdout.split_once(&format!("\n---- {name} stdout ----\n"));
        let section = section.map_or("", |(_, section)| section);
        let section = section.split("\n---- ").next().unwrap_or(section);
        let section = section.split("\nfailures:\n").next().unwrap_or(section);
        (short(name).to_owned(), reason(section, name))
    };
    names.iter().filter(failed).map(message).collect()
}

/// A failed test's message, without its place: the last panic of a thread that has the test's name.
/// That is the test itself, or what it runs within a limit. Other threads may panic on purpose, and
/// programs print what they like. If no such thread has panicked, it is the last panic there is.
fn reason(section: &str, test: &str) -> String {
    let said = panics(section);
    let own = said.iter().rev().find(|(thread, _)| thread == test);
    let others = || said.iter().rev().find(|(thread, _)| !thread.starts_with("tests::"));
    match own.or_else(others) {
        Some((_, words)) if !words.is_empty() => explained(words),
        Some(_) => "it panicked".to_owned(),
        None => {
            let first = section.split("\n\n").find(|part| !part.trim().is_empty());
            let words = first.unwrap_or_default().trim();
            if words.is_empty() { "it panicked".to_owned() } else { words.to_owned() }
        }
    }
}

/// The panics that a program has reported: each with its thread's name and its words.
fn panics(text: &str) -> Vec<(String, String)> {
    let mut panics: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        // Where it panicked is a line of the tests, which the learner has; the words come next.
        let begins = line.strip_prefix("thread '").and_then(|rest| rest.split_once("' "));
        if let Some((thread, rest)) = begins.filter(|(_, rest)| rest.contains("panicked at ")) {
            // On one line with its words, if a program has put it so.
            let _ = rest;
            panics.push((thread.to_owned(), Vec::new()));
            open = true;
        } else if line.starts_with("note: ")
            || line.starts_with("stack backtrace")
            || line.is_empty()
        {
            open = false;
        } else if open && let Some((_, words)) = panics.last_mut() {
            words.push(stable(line));
        }
    }
    panics.into_iter().map(|(thread, words)| (thread, words.join("\n").trim().to_owned())).collect()
}

/// The words of a panic, with a word before those that a learner cannot know.
fn explained(words: &str) -> String {
    if words.starts_with("deadlock; threads =") {
        return "deadlock: in one of the orders that loom tries, each thread waits for another"
            .to_owned();
    }
    words.to_owned()
}

/// Why a program ended before its tests did, from what it wrote to its second output.
fn last_words(ended: &Ended, stderr: &str) -> String {
    let how = match ended {
        Ended::Exit(status) => format!("the program ended with {status}"),
        Ended::Killed => "the program was ended".to_owned(),
    };
    let panics = panics(stderr);
    // The first panic is the cause: those behind it come of what it left half done.
    let first = panics.iter().map(|(_, words)| words).find(|words| !words.is_empty());
    match first {
        Some(words) => format!("{}\n{how}", explained(words)),
        None => {
            let line = stderr.lines().find(|line| !line.trim().is_empty());
            line.map_or(how.clone(), |line| format!("{how}: {}", stable(line)))
        }
    }
}

/// A line without what differs from run to run: the thread's number.
fn stable(line: &str) -> String {
    match line.split_once("' (").and_then(|(name, rest)| Some((name, rest.split_once(')')?.1))) {
        Some((name, rest)) if name.starts_with("thread '") => format!("{name}'{rest}"),
        _ => line.to_owned(),
    }
}

/// A test's name without its module.
fn short(name: &str) -> &str {
    name.trim_start_matches("tests::")
}

/// The number of hints that a learner has read, by exercise. What is no such number is left out.
pub fn hints(learner: &Path) -> BTreeMap<String, usize> {
    let path = learner.join(HINTS);
    // Asked before it is opened: nobody may be at the other end of what is no file.
    if !fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST) {
        return BTreeMap::new();
    }
    let text = fs::read(&path).unwrap_or_default();
    let noted: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&text).unwrap_or_default();
    let number = |count: serde_json::Value| usize::try_from(count.as_u64()?).ok();
    noted.into_iter().filter_map(|(name, count)| Some((name, number(count)?))).collect()
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
            note: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    tests::mute\n    tests::one\n    tests::two\n";
        let names = ["tests::two", "tests::one", "tests::six", "tests::mute"].map(str::to_owned);
        let words = "assertion `left == right` failed: they took turns\n  left: 1\n right: 2";
        let expected = [("two", words), ("one", "no"), ("mute", "it panicked")]
            .map(|(name, words)| (name.to_owned(), words.to_owned()));
        assert_eq!(failures(stdout, &names), expected);
        assert_eq!(listed("tests::a: test\nb: test\n\n2 tests, 0 benchmarks\n"), ["tests::a", "b"]);
    }

    #[test]
    fn the_reason_is_the_last_panic_of_the_tests_own_thread() {
        let section = "a program's print\n\n\
            thread 'tests::one' (7) panicked at a.rs:1:1:\nthe first of two\n\
            thread '<unnamed>' (8) panicked at a.rs:2:1:\nburnt on purpose\n\
            note: run with `RUST_BACKTRACE=1`\n\n\
            thread 'tests::one' (7) panicked at a.rs:3:1:\nassertion failed\n  left: 1\n\n\
            thread 'worker' (9) panicked at a.rs:4:1:\nafterward\n\nprinted, too\n";
        assert_eq!(reason(section, "tests::one"), "assertion failed\n  left: 1");
        assert_eq!(reason(section, "tests::other"), "afterward", "nobody else has said anything");
        assert_eq!(reason("", "tests::one"), "it panicked");
        let ended = Ended::Killed;
        let stderr =
            "thread 'tests::one' (7) panicked at l.rs:1:1:\ndeadlock; threads = [(Id(0), 1)]\n\n";
        assert!(last_words(&ended, stderr).starts_with("deadlock: in one of the orders"));
    }

    #[test]
    fn a_threads_number_is_left_out() {
        assert_eq!(stable("thread 'main' (712) has overflowed"), "thread 'main' has overflowed");
        assert_eq!(stable("it's (712) here"), "it's (712) here");
    }
}
