//! Answers as test programs: compiled, alone or many at once, and run.
//!
//! Most of an answer's time goes into its test program: reading the
//! dependencies' metadata, and linking. So the answers of one exercise that a
//! set itself holds are compiled as modules of one program, each with its own
//! copy of the tests. Each is still run in a process of its own, with its own
//! tests only, so its verdict is that of the file alone. What does not compile
//! so, or must not compile at all, is compiled alone, and so is every learner's
//! answer: it must not see others.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::compiler::{Compiler, Refused};
use crate::grade::{GradeError, Outcome};
use crate::places::{Place, Places};
use crate::process::{self, Ended};
use crate::said;
use crate::set::Exercise;
use crate::source::Source;

/// A program to be tested.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    exercise: &'a Exercise,
    text: String,
    /// The names of its tests, in their order.
    tests: Vec<String>,
    /// Whether its `main` is run as well.
    main: bool,
    /// Whether it may be compiled together with others of the same exercise.
    together: bool,
    /// Its name among the answers to the exercise, if its program is kept for
    /// the next time.
    kept: Option<String>,
    /// The test that is run before all, and alone.
    stated: Option<String>,
}

/// A test that runs `main`, which a test program leaves out.
const MAIN: &str = "
#[cfg(test)]
mod classroom {
    #[test]
    fn main() {
        let code = ::std::process::Termination::report(super::main());
        ::std::assert!(code == ::std::process::ExitCode::SUCCESS, \"it returned an error\");
    }
}
";

/// The name of that test.
const MAIN_TEST: &str = "classroom::main";

/// How tests make [`Meeting`](../../exercises/src/lib.rs) the program's
/// allocator, of which a program has one: that of several answers has it at its
/// root.
const ALLOCATOR_OF_TESTS: &str = "    #[global_allocator]\n    static ALLOCATOR: exercises::Meeting = exercises::Meeting;\n";

/// What a program may find out about itself that is otherwise in a program of
/// several answers.
const LOOKS_AROUND: [&str; 8] = [
    "include_",
    "include!",
    "current_exe",
    "env::args",
    "module_path!",
    "file!",
    "type_name",
    "\"tests::",
];

impl<'a> Job<'a> {
    /// An answer with the original tests.
    pub fn new(
        exercise: &'a Exercise,
        answer: Source<'_>,
        original: Source<'_>,
    ) -> Self {
        let tests =
            original.test_names().into_iter().map(str::to_owned).collect();
        let text = answer.with_tests_of(original);
        Job {
            exercise,
            text,
            tests,
            main: false,
            together: false,
            kept: None,
            stated: None,
        }
    }

    /// Has its `main` run after the tests, as rustlings does.
    #[must_use]
    pub fn and_main(mut self) -> Self {
        self.text += MAIN;
        self.main = true;
        self
    }

    /// Allows that it is compiled together with others of its exercise, one of
    /// which could use what another has. It is not if it looks at where it is,
    /// for there it is elsewhere.
    #[must_use]
    pub fn together(mut self) -> Self {
        let text = self.text.replace(&reads_itself(&self.exercise.name), "");
        self.together = !LOOKS_AROUND.iter().any(|word| text.contains(word));
        self
    }

    /// Has what the compiler makes of it, alone or together with others, be
    /// kept for the next time. No two answers to an exercise have one name.
    #[must_use]
    pub fn kept_as(mut self, name: String) -> Self {
        self.kept = Some(name);
        self
    }

    /// Has this test be run before all, and alone. If it fails or hangs, that
    /// is the outcome. Only otherwise are all tests run.
    #[must_use]
    pub fn stated(mut self, test: &str) -> Self {
        self.stated = self.tests.iter().find(|known| *known == test).cloned();
        self
    }

    /// Whether this is the same program.
    pub fn is_same(&self, other: &Job<'_>) -> bool {
        self.exercise.name == other.exercise.name && self.text == other.text
    }

    /// Compiles it, in a folder that goes with the program.
    ///
    /// # Errors
    /// If the compiler cannot be run. The inner error is the compiler's
    /// message.
    pub fn compile(
        &self,
        compiler: &Compiler,
    ) -> Result<Result<Program, String>, GradeError> {
        let folder = compiler.folder().map_err(self.failed())?;
        let exercise = &self.exercise.name;
        let keep_as =
            self.kept.as_ref().map(|name| format!("{exercise}-{name}"));
        let files = [(format!("{exercise}.rs"), self.text.clone())];
        Ok(
            match made(
                compiler,
                folder.path(),
                &files,
                keep_as.as_deref(),
                self.failed(),
            )? {
                Err(Refused { error, .. }) => Err(error),
                Ok(path) => {
                    let workplace = compiler.folder().map_err(self.failed())?;
                    let build = Arc::new(Build { _folder: folder, path });
                    Ok(Program { workplace, build, module: String::new() })
                }
            },
        )
    }

    /// Runs its tests, `threads` at once, and returns their outcome and the
    /// program's output. Leaves the place when they are seen to wait.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub(crate) fn run(
        &self,
        program: &Program,
        threads: u32,
        place: &Place<'_>,
    ) -> Result<(Outcome, String), GradeError> {
        if self.tests.is_empty() {
            let (test, reason) =
                (self.exercise.name.clone(), "it has no tests".to_owned());
            return Ok((
                Outcome::Failed { test, reason, others: Vec::new() },
                String::new(),
            ));
        }
        let run = |arguments: &[&str]| self.start(program, arguments, place);
        if let Some(outcome) = self.run_stated(program, place)? {
            return Ok((outcome, String::new()));
        }
        let names: Vec<String> = self
            .tests
            .iter()
            .map(|test| format!("{}tests::{test}", program.module))
            .collect();
        // The original tests only: a learner's own may fail as they please.
        let threads = threads.to_string();
        let mut arguments = vec!["--exact", "--test-threads", &threads];
        arguments.extend(names.iter().map(String::as_str));
        let (ended, stdout, stderr) = run(&arguments)?;
        let outcome = match self.outcome(&ended, &stdout, &stderr, &names) {
            // It ended before its tests did, or had not all of them.
            Ok(Outcome::Failed { .. }) if matches!(ended, Ended::Exit(it) if it.success()) =>
            {
                let listed = said::listed(&run(&["--list"])?.1);
                let missing = names.iter().find(|&name| !listed.contains(name));
                let (name, reason) = match missing {
                    Some(missing) => {
                        (missing, "there is no such test in the program")
                    }
                    None => (
                        names
                            .iter()
                            .find(|name| {
                                !stdout.contains(&format!("test {name} ... "))
                            })
                            .unwrap_or(&names[0]),
                        "the program ended before its tests did",
                    ),
                };
                let (test, reason) =
                    (said::short(name).to_owned(), reason.to_owned());
                Outcome::Failed { test, reason, others: Vec::new() }
            }
            // Much output has pushed the reason out: alone, the test has it at
            // its end.
            Ok(Outcome::Failed { test, others, .. })
                if stdout.len() >= process::KEPT =>
            {
                let name = names
                    .iter()
                    .find(|name| said::short(name) == test)
                    .unwrap_or(&test);
                let alone = run(&["--exact", name])?.1;
                let reason = said::reason(&alone, name);
                Outcome::Failed { test, reason, others }
            }
            Ok(outcome) => outcome,
            // It ended without a word, and took the other tests with it.
            Err(open) => match self.one_by_one(program, &names, place)? {
                Some(outcome) => outcome,
                None => {
                    let test = open
                        .as_deref()
                        .map_or(&*self.exercise.name, said::short)
                        .to_owned();
                    let reason = said::last_words(&ended, &stderr);
                    Outcome::Failed { test, reason, others: Vec::new() }
                }
            },
        };
        Ok((outcome, format!("{stdout}{stderr}")))
    }

    /// Runs the stated test alone. Returns its outcome, or `None` if it passes,
    /// if it ends without a word, or if none is stated.
    fn run_stated(
        &self,
        program: &Program,
        place: &Place<'_>,
    ) -> Result<Option<Outcome>, GradeError> {
        let Some(stated) = &self.stated else { return Ok(None) };
        let names = [format!("{}tests::{stated}", program.module)];
        let (ended, stdout, stderr) =
            self.start(program, &["--exact", &names[0]], place)?;
        Ok(match self.outcome(&ended, &stdout, &stderr, &names) {
            Ok(outcome @ (Outcome::Failed { .. } | Outcome::Hung { .. })) => {
                Some(outcome)
            }
            _ => None,
        })
    }

    /// Runs each test in a process of its own, where none can end the others.
    /// Returns `None` if all pass so.
    fn one_by_one(
        &self,
        program: &Program,
        names: &[String],
        place: &Place<'_>,
    ) -> Result<Option<Outcome>, GradeError> {
        let mut failed: Option<(String, String, Vec<String>)> = None;
        for name in names {
            // What its threads said is lost in an abort, unless it says so at
            // once.
            let arguments =
                ["--exact", "--nocapture", "--test-threads", "1", name];
            let (ended, stdout, stderr) =
                self.start(program, &arguments, place)?;
            let reason = match self.outcome(
                &ended,
                &stdout,
                &stderr,
                std::slice::from_ref(name),
            ) {
                Ok(Outcome::Passed) => continue,
                Ok(hung @ Outcome::Hung { .. }) if failed.is_none() => {
                    return Ok(Some(hung));
                }
                Ok(hung @ Outcome::Hung { .. }) => hung.detail(),
                // With `--nocapture` its words are on the second output, or it
                // ended by itself.
                Ok(_) if stdout.contains("\nfailures:\n") => {
                    said::reason(&stderr, name)
                }
                Ok(Outcome::Failed { reason, .. }) => reason,
                Ok(_) | Err(_) => said::last_words(&ended, &stderr),
            };
            let test = said::short(name).to_owned();
            match &mut failed {
                None => failed = Some((test, reason, Vec::new())),
                Some((_, _, others)) => others.push(test),
            }
        }
        Ok(failed.map(|(test, reason, others)| Outcome::Failed {
            test,
            reason,
            others,
        }))
    }

    /// Runs its `main`, if it is to be run. Returns how it ended, and why it
    /// failed.
    ///
    /// # Errors
    /// If the program cannot be run.
    pub(crate) fn run_main(
        &self,
        program: &Program,
        place: &Place<'_>,
    ) -> Result<Option<MainEnd>, GradeError> {
        if !self.main {
            return Ok(None);
        }
        let name = format!("{}{MAIN_TEST}", program.module);
        let (ended, stdout, stderr) =
            self.start(program, &["--exact", &name], place)?;
        Ok(Some(match &ended {
            Ended::Killed => MainEnd::Hung,
            Ended::Exit(status) if status.success() => MainEnd::Well,
            Ended::Exit(_) => {
                let failed =
                    said::failures(&stdout, std::slice::from_ref(&name)).pop();
                let reason = failed.map(|(_, reason)| reason);
                MainEnd::Failed(
                    reason.unwrap_or_else(|| said::last_words(&ended, &stderr)),
                )
            }
        }))
    }

    fn start(
        &self,
        program: &Program,
        arguments: &[&str],
        place: &Place<'_>,
    ) -> Result<(Ended, String, String), GradeError> {
        let mut tests = Command::new(&program.build.path);
        tests
            .args(arguments)
            .current_dir(program.workplace.path())
            .env("RUST_BACKTRACE", "0");
        for variable in OTHERS {
            tests.env_remove(variable);
        }
        process::run_watched(&mut tests, self.exercise.limit(), || {
            place.leave()
        })
        .map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(io::Error) -> GradeError {
        let name = self.exercise.name.clone();
        move |source| GradeError::Io { name: name.clone(), source }
    }

    /// The outcome, or the test that was running when the program ended without
    /// a word.
    fn outcome(
        &self,
        ended: &Ended,
        stdout: &str,
        stderr: &str,
        names: &[String],
    ) -> Result<Outcome, Option<String>> {
        let unfinished = || {
            names.iter().find(|it| !stdout.contains(&format!("test {it} ... ")))
        };
        let open = || unfinished().map(|name| said::short(name).to_owned());
        let silent = |reason: String| Outcome::Failed {
            test: open().unwrap_or_else(|| self.exercise.name.clone()),
            reason,
            others: Vec::new(),
        };
        Ok(match ended {
            Ended::Killed => {
                let failed = |name: &&String| {
                    stdout.contains(&format!("test {name} ... FAILED\n"))
                };
                let others = names
                    .iter()
                    .filter(failed)
                    .map(|name| said::short(name).to_owned());
                let (limit, others) =
                    (self.exercise.limit().as_secs(), others.collect());
                Outcome::Hung { test: open(), limit, others }
            }
            Ended::Exit(status) if status.success() => {
                // A program can end itself, and call that a success.
                let all = names.len();
                if all > 0
                    && stdout.contains(&format!(
                        "\ntest result: ok. {all} passed; 0 failed; 0 ignored;"
                    ))
                {
                    Outcome::Passed
                } else {
                    silent("the program ended before its tests did".to_owned())
                }
            }
            Ended::Exit(_) => {
                let mut failures = said::failures(stdout, names).into_iter();
                match failures.next() {
                    Some((test, reason)) => {
                        let others = failures.map(|(test, _)| test).collect();
                        Outcome::Failed { test, reason, others }
                    }
                    // It ended without a word: an abort, an exit, a stack that
                    // overflowed.
                    None if stderr.trim().is_empty()
                        || stderr.contains("' panicked at ") =>
                    {
                        return Err(unfinished().cloned());
                    }
                    None => silent(said::last_words(ended, stderr)),
                }
            }
        })
    }
}

/// Variables that a teacher may have set for other programs, and that would
/// change an exercise.
const OTHERS: [&str; 5] = [
    "RAYON_NUM_THREADS",
    "RUST_TEST_NOCAPTURE",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_TIME_UNIT",
    "TOKIO_WORKER_THREADS",
];

/// A compiled job. Its folders are removed with it.
#[derive(Debug)]
pub struct Program {
    /// Where it runs, so that no other program finds what it writes.
    workplace: TempDir,
    build: Arc<Build>,
    /// The module in which the answer stands, with `::`; empty if it was
    /// compiled alone.
    module: String,
}

/// A compiled file, which may hold several answers.
#[derive(Debug)]
struct Build {
    _folder: TempDir,
    path: PathBuf,
}

/// A program, or the compiler's message; or why there is neither.
pub(crate) type Compiled = Result<Result<Program, String>, GradeError>;

/// Compiles jobs of one exercise: together those that allow it, each other one
/// alone.
fn compile(compiler: &Compiler, jobs: &[&Job<'_>]) -> Vec<Compiled> {
    let mut compiled: Vec<Option<Compiled>> =
        jobs.iter().map(|_| None).collect();
    let mut group: Vec<usize> =
        (0..jobs.len()).filter(|&nth| jobs[nth].together).collect();
    // Each time without those that the compiler has refused.
    for attempt in 1.. {
        if group.len() < 2 {
            break;
        }
        match compile_together(compiler, jobs, &group, attempt) {
            Err(error) => {
                compiled[group[0]] = Some(Err(error));
                break;
            }
            Ok(Ok(programs)) => {
                for (nth, program) in programs {
                    compiled[nth] = Some(Ok(Ok(program)));
                }
                break;
            }
            Ok(Err(refused)) => match without(&group, &refused) {
                Some(others) => group = others,
                None => break,
            },
        }
    }
    let one = |(nth, compiled): (usize, Option<Compiled>)| {
        compiled.unwrap_or_else(|| jobs[nth].compile(compiler))
    };
    compiled.into_iter().enumerate().map(one).collect()
}

/// A group without those whose module has an error; `None` if no module is to
/// blame.
fn without(group: &[usize], refused: &Refused) -> Option<Vec<usize>> {
    let is_refused =
        |nth: &usize| refused.files.contains(&format!("{}.rs", module(*nth)));
    let others: Vec<usize> =
        group.iter().copied().filter(|nth| !is_refused(nth)).collect();
    (others.len() < group.len()).then_some(others)
}

/// Compiles jobs as modules of one program. Returns the program of each, or the
/// compiler's errors.
fn compile_together(
    compiler: &Compiler,
    jobs: &[&Job<'_>],
    group: &[usize],
    attempt: usize,
) -> Result<Result<Vec<(usize, Program)>, Refused>, GradeError> {
    let first = jobs[group[0]];
    let folder = compiler.folder().map_err(first.failed())?;
    let files = files(jobs, group);
    let keep_as = group_name(first.exercise, attempt);
    let keep_as = first.kept.is_some().then_some(&*keep_as);
    let path =
        match made(compiler, folder.path(), &files, keep_as, first.failed())? {
            Ok(path) => path,
            Err(refused) => return Ok(Err(refused)),
        };
    let build = Arc::new(Build { _folder: folder, path });
    let program = |&nth: &usize| {
        let workplace = compiler.folder().map_err(first.failed())?;
        let (build, module) =
            (Arc::clone(&build), format!("{}::", module(nth)));
        Ok((nth, Program { workplace, build, module }))
    };
    group.iter().map(program).collect::<Result<Vec<_>, _>>().map(Ok)
}

/// What the compiler makes of these files in a folder, the first of which is
/// the root; if it is to be kept under a name, and was, what it made of them
/// before.
fn made(
    compiler: &Compiler,
    folder: &Path,
    files: &[(String, String)],
    keep_as: Option<&str>,
    failed: impl Fn(io::Error) -> GradeError,
) -> Result<Result<PathBuf, Refused>, GradeError> {
    let kept = keep_as.map(|name| compiler.kept(name, files));
    if let Some(made) = kept.as_ref().and_then(|kept| kept.get(folder)) {
        return Ok(made);
    }
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(&failed)?;
    }
    let made =
        compiler.test_program(&folder.join(&files[0].0), files.len() - 1)?;
    if let Some(kept) = kept {
        kept.keep(&made);
    }
    Ok(made)
}

/// The files of a program with a module for each job of the group, its root
/// first.
fn files(jobs: &[&Job<'_>], group: &[usize]) -> Vec<(String, String)> {
    let first = jobs[group[0]];
    let mut root = String::new();
    if first.text.contains(ALLOCATOR_OF_TESTS) {
        root += ALLOCATOR_OF_TESTS;
    }
    let mut files = Vec::new();
    for &nth in group {
        root += &format!("mod {};\n", module(nth));
        let text = jobs[nth].text.replace(ALLOCATOR_OF_TESTS, "");
        let text = text.replace(
            &reads_itself(&first.exercise.name),
            &reads_itself(&module(nth)),
        );
        files.push((format!("{}.rs", module(nth)), text));
    }
    files.insert(0, (format!("{}.rs", first.exercise.name), root));
    files
}

/// The name of a job's module.
fn module(nth: usize) -> String {
    format!("answer_{nth}")
}

/// How a test reads the file that it stands in, in which an answer's code is
/// above it.
fn reads_itself(name: &str) -> String {
    format!("include_str!(\"{name}.rs\")")
}

/// The name under which the program of a group is kept. The compiler may refuse
/// the first group, and that is kept beside what it made of the second.
fn group_name(exercise: &Exercise, attempt: usize) -> String {
    let name = &exercise.name;
    if attempt == 1 { name.clone() } else { format!("{name}-{attempt}") }
}

/// The program of one of the jobs, if [`test_all`] has compiled just these
/// together before, and with this compiler.
///
/// # Errors
/// If a folder cannot be made.
pub(crate) fn kept(
    compiler: &Compiler,
    jobs: &[&Job<'_>],
    nth: usize,
) -> Result<Option<Program>, GradeError> {
    let mut group: Vec<usize> =
        (0..jobs.len()).filter(|&nth| jobs[nth].together).collect();
    for attempt in 1.. {
        if !group.contains(&nth) {
            break;
        }
        let folder = compiler.folder().map_err(jobs[nth].failed())?;
        let keep_as = group_name(jobs[nth].exercise, attempt);
        match compiler.kept(&keep_as, &files(jobs, &group)).get(folder.path()) {
            Some(Ok(path)) => {
                let workplace =
                    compiler.folder().map_err(jobs[nth].failed())?;
                let build = Arc::new(Build { _folder: folder, path });
                return Ok(Some(Program {
                    workplace,
                    build,
                    module: format!("{}::", module(nth)),
                }));
            }
            Some(Err(refused)) => match without(&group, &refused) {
                Some(others) => group = others,
                None => break,
            },
            None => break,
        }
    }
    Ok(None)
}

/// How `main` ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MainEnd {
    /// Without an error.
    Well,
    /// With a panic, an error or a signal, and these words.
    Failed(String),
    /// At its limit, by us.
    Hung,
}

/// A job's outcome, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Its outcome.
    pub outcome: Outcome,
    /// How its `main` ended, if that was run.
    pub main: Option<MainEnd>,
    /// How long the compiler took; for jobs that were compiled together, its
    /// share.
    pub compiling: Duration,
    /// How long its tests took.
    pub running: Duration,
}

/// Tests that a program runs at once: as many on every machine. A test that
/// hangs takes its time.
const THREADS: u32 = 4;

/// Programs that run at once for each core, and do not just wait.
pub(crate) const RUNNING: usize = 2;

/// Programs that run at once for each core, with those that wait. Wrong answers
/// wait long for what never comes.
pub(crate) const STARTED: usize = 20;

/// Programs that wait to be run: so many take no great room on the disk.
const WAITING: usize = 64;

/// Compiles jobs and runs their tests, several at once; the results are in the
/// order of the jobs. `progress` is called after each.
///
/// Compiling computes, so there are as many at it as cores. Tests wait, so
/// there are more: some that compute, and more that have been seen to wait.
///
/// # Errors
/// If the compiler cannot be run, or a program not be started.
pub fn test_all(
    compiler: &Compiler,
    jobs: &[Job<'_>],
    progress: impl Fn() + Sync,
) -> Result<Vec<Tested>, GradeError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let units = units(jobs);
    let next = AtomicUsize::new(0);
    let (compiled, to_run) =
        mpsc::sync_channel::<(usize, Program, Duration)>(WAITING);
    let to_run = Mutex::new(to_run);
    let places = Places::new(RUNNING * cores);
    let results: Vec<OnceLock<Result<Tested, GradeError>>> =
        jobs.iter().map(|_| OnceLock::new()).collect();
    let keep = |nth: usize, result| {
        results[nth].set(result).expect("each job has one result");
        progress();
    };
    thread::scope(|scope| {
        for _ in 0..cores.min(units.len()) {
            let (compiled, next, keep, units) =
                (compiled.clone(), &next, &keep, &units);
            scope.spawn(move || {
                while let Some((_, unit)) = take(next, units) {
                    let start = Instant::now();
                    let of_unit: Vec<&Job<'_>> = unit.iter().map(|&nth| &jobs[nth]).collect();
                    let programs = compile(compiler, &of_unit);
                    let compiling = start.elapsed() / u32::try_from(unit.len()).unwrap_or(1);
                    for (&nth, program) in unit.iter().zip(programs) {
                        match program {
                            Ok(Ok(program)) => compiled
                                .send((nth, program, compiling))
                                .expect("somebody receives until all senders are gone"),
                            Ok(Err(error)) => {
                                let outcome = Outcome::DidNotCompile { error };
                                let running = Duration::ZERO;
                                keep(nth, Ok(Tested { outcome, main: None, compiling, running }));
                            }
                            Err(error) => keep(nth, Err(error)),
                        }
                    }
                }
            });
        }
        drop(compiled);
        for _ in 0..(STARTED * cores).min(jobs.len()) {
            let (to_run, keep, places) = (&to_run, &keep, &places);
            scope.spawn(move || {
                let receive =
                    || to_run.lock().expect("no receiver panics").recv();
                while let Ok((nth, program, compiling)) = receive() {
                    let place = places.take();
                    let start = Instant::now();
                    let job = &jobs[nth];
                    let result = job.run(&program, THREADS, &place).and_then(
                        |(outcome, _)| {
                            let main = job.run_main(&program, &place)?;
                            Ok(Tested {
                                outcome,
                                main,
                                compiling,
                                running: start.elapsed(),
                            })
                        },
                    );
                    keep(nth, result);
                }
            });
        }
    });
    results
        .into_iter()
        .map(|result| result.into_inner().expect("every job was taken"))
        .collect()
}

/// Which jobs are compiled by one call of [`compile`]: those of one exercise
/// that may be compiled together; each other one alone. The largest begin
/// first: one that begins last keeps a core busy when the others have nothing
/// left to do.
fn units(jobs: &[Job<'_>]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut of_exercise: BTreeMap<&str, usize> = BTreeMap::new();
    for (nth, job) in jobs.iter().enumerate() {
        if !job.together {
            units.push(vec![nth]);
        } else if let Some(&unit) = of_exercise.get(job.exercise.name.as_str())
        {
            units[unit].push(nth);
        } else {
            of_exercise.insert(&job.exercise.name, units.len());
            units.push(vec![nth]);
        }
    }
    units.sort_by_key(|unit| {
        Reverse(unit.iter().map(|&nth| jobs[nth].text.len()).sum::<usize>())
    });
    units
}

/// The next job that nobody has taken.
pub(crate) fn take<'a, J>(
    next: &AtomicUsize,
    jobs: &'a [J],
) -> Option<(usize, &'a J)> {
    let nth = next.fetch_add(1, Ordering::Relaxed);
    jobs.get(nth).map(|job| (nth, job))
}
