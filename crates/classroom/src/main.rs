//! `classroom`: plans a course, hands out copies, grades them, and checks the
//! set itself.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use classroom::check::{Checked, check, strays};
use classroom::class::{self, Learner};
use classroom::compiler::Compiler;
use classroom::course::{self, Class};
use classroom::flaky::{Failure, THREADS, flaky};
use classroom::grade::{grade, grade_all};
use classroom::learner::{
    Content, folder_of, hand_out, hand_out_solutions, hint, own_folder, reset,
};
use classroom::mutate::{Mutated, mutate};
use classroom::process;
use classroom::report::{Format, all_passed, print};
use classroom::set::{Exercise, Set};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Exercises that no sequential answer can pass
#[derive(Parser)]
#[command(name = "classroom", version)]
struct Arguments {
    /// Another set of exercises in the same format; the repository's own if
    /// none is given
    #[arg(long, global = true, value_name = "FOLDER")]
    set: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plan a class: lessons and exercises with their minutes, a course of one
    /// day and one of three
    Class {
        /// Only the course of this many days: 1 or 3
        #[arg(long)]
        days: Option<usize>,
        /// The lessons of the three days on evenings of so many minutes
        #[arg(long, conflicts_with = "days")]
        minutes: Option<u32>,
        /// How to print the plan
        #[arg(long, value_enum, default_value_t = course::Format::Table)]
        format: course::Format,
    },
    /// Grade a learner's folder, or those of a class
    ///
    /// The tests that judge are the original ones, whatever the folder holds.
    /// Exit codes: 0 all exercises asked for pass, 1 some do not, 2 nothing
    /// could be graded.
    Grade {
        /// The folder; if none is given, the one you stand in, or the one of
        /// `just exercise`
        folder: Option<PathBuf>,
        /// Grade all learners' folders below this one: one table, with a
        /// picture of progress
        #[arg(long, value_name = "FOLDER", conflicts_with = "folder")]
        class: Option<PathBuf>,
        /// With --class: a summary without names, which also says which
        /// mistakes were made
        #[arg(long, requires = "class")]
        anonymous: bool,
        /// Check the set itself: what is handed out fails, solutions and other
        /// right answers pass, wrong answers fail
        #[arg(long = "self", conflicts_with_all = ["folder", "class", "format"])]
        own: bool,
        /// With --self: say how long each program took
        #[arg(long, requires = "own")]
        timings: bool,
        #[command(flatten)]
        which: Which,
        /// How to print the grades
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Run the solutions' tests again and again, at 1, 2 and 8 test threads
    ///
    /// Exit codes: 0 no failure, 1 a failure, which is shown, 2 nothing could
    /// be run.
    Flaky {
        /// The number of rounds
        #[arg(default_value_t = 1000)]
        rounds: usize,
        #[command(flatten)]
        which: Which,
        /// Threads that compute meanwhile, to load the machine
        #[arg(long, default_value_t = 0, value_name = "THREADS")]
        busy: usize,
    },
    /// Change the solutions, one place at a time, and show with which changes
    /// all tests pass
    ///
    /// For authors: a survivor is a change that the statement allows, or a test
    /// that is missing.
    Mutate {
        #[command(flatten)]
        which: Which,
    },
    /// Make a learner's copy: exercises and hints, no solutions
    Handout {
        /// A new folder
        folder: PathBuf,
        /// Only the exercises of the course of this many days: 1 or 3
        #[arg(long)]
        days: Option<usize>,
        /// A folder for what cargo builds, which all learners on this machine
        /// share
        #[arg(long, value_name = "FOLDER")]
        build: Option<PathBuf>,
    },
    /// Put the solutions into a learner's folder, or those of a class,
    /// afterwards
    Solutions {
        /// The learner's folder
        #[arg(required_unless_present = "class")]
        folder: Option<PathBuf>,
        /// Into all learners' folders below this one
        #[arg(long, value_name = "FOLDER", conflicts_with = "folder")]
        class: Option<PathBuf>,
        #[command(flatten)]
        which: Which,
    },
    /// Show a teacher's notes on an exercise
    Notes {
        /// The exercise
        name: String,
    },
    /// Solve the exercises: makes a folder of your own, once, and opens it with
    /// rustlings
    Exercise {
        /// The folder; `my-exercises` in the repository, which git ignores, if
        /// none is given
        folder: Option<PathBuf>,
        /// Make it and say where, and do not open it
        #[arg(long)]
        only_make: bool,
    },
    /// Set an exercise back to what was handed out; the answers are kept as
    /// NAME.rs.old, NAME.rs.old.2 …
    Reset {
        /// The exercise
        name: String,
        /// The learner's folder; if none is given, the one you stand in, or the
        /// one of `just exercise`
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Show the next hint for an exercise
    Hint {
        /// The exercise
        name: String,
        /// 1 is the gentlest
        level: Option<usize>,
        /// The learner's folder, where it is noted which hints were read; as
        /// for `reset`
        #[arg(long)]
        folder: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Which {
    /// Only these exercises
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Only the exercises of this chapter, such as chapter-03
    #[arg(long, value_name = "CHAPTER")]
    chapter: Option<String>,
    /// Only the exercises of the course of this many days: 1 or 3
    #[arg(long)]
    days: Option<usize>,
}

impl Which {
    fn is_all(&self) -> bool {
        self.only.is_empty() && self.chapter.is_none() && self.days.is_none()
    }

    fn of<'a>(
        &self,
        set: &'a Set,
    ) -> Result<Vec<&'a Exercise>, Box<dyn Error>> {
        for name in &self.only {
            set.exercise(name)?;
        }
        let course = self.days.map(|days| of_course(set, days)).transpose()?;
        let named = |exercise: &&Exercise| {
            course.as_ref().is_none_or(|course| course.contains(&exercise.name))
                && (self.only.is_empty() || self.only.contains(&exercise.name))
                && self
                    .chapter
                    .as_ref()
                    .is_none_or(|chapter| *chapter == exercise.chapter())
        };
        let chosen: Vec<&Exercise> =
            set.exercises.iter().filter(named).collect();
        if chosen.is_empty() {
            let mut chapters: Vec<String> =
                set.exercises.iter().map(Exercise::chapter).collect();
            chapters.dedup();
            let chapter = self.chapter.as_deref().unwrap_or("the set");
            let known = chapters.join(", ");
            return Err(format!(
                "there are no such exercises in {chapter}; there are some in {known}"
            )
            .into());
        }
        Ok(chosen)
    }
}

/// The exercises of a course.
fn of_course(
    set: &Set,
    days: usize,
) -> Result<BTreeSet<String>, Box<dyn Error>> {
    Ok(Class::own(set)?.exercises(days).ok_or(NO_COURSE)?)
}

/// Why there is no plan.
const NO_COURSE: &str =
    "there is a course of 1 day and one of 3; choose --days 1 or --days 3";

/// A shell's exit code for a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What is being compiled and tested is in process groups of its own, out of
    // Ctrl-C's reach.
    if let Err(error) = ctrlc::set_handler(process::stop) {
        eprintln!("warning: Ctrl-C will leave programs behind: {error}");
    }
    match run(&arguments) {
        _ if process::is_stopped() => {
            eprintln!("stopped; nothing is left running");
            ExitCode::from(INTERRUPTED)
        }
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let set = match &arguments.set {
        Some(folder) => Set::read(folder)?,
        None => Set::own()?,
    };
    match &arguments.command {
        Command::Class { days, minutes, format } => {
            let class = Class::own(&set)?;
            say(&match minutes {
                Some(minutes) => class.evenings(*minutes)?.print(*format),
                None => class.print(*days, *format).ok_or(NO_COURSE)?,
            })?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Grade { own: true, which, timings, .. } => {
            check_set(&set, which, *timings)
        }
        Command::Grade {
            class: Some(folder),
            anonymous,
            which,
            format,
            ..
        } => grade_class(&set, folder, which, *format, *anonymous),
        Command::Grade { folder, which, format, .. } => {
            let folder =
                folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let chosen = which.of(&set)?;
            let compiler = compiler(&set)?;
            let bar = bar(chosen.len(), "exercises");
            let grades =
                grade(&set, &compiler, &chosen, &folder, || bar.inc(1))?;
            bar.finish_and_clear();
            say(&print(&grades, *format))?;
            Ok(if all_passed(&grades) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Flaky { rounds, which, busy } => {
            run_again(&set, which, *rounds, *busy)
        }
        Command::Mutate { which } => {
            let chosen = which.of(&set)?;
            let compiler = compiler(&set)?;
            let bar = bar(0, "changes");
            let mutated = mutate(&set, &compiler, &chosen, |total| {
                bar.set_length(total as u64);
                bar.inc(1);
            })?;
            bar.finish_and_clear();
            let Mutated { tried, refused, survivors } = mutated;
            for survivor in &survivors {
                say(&format!("{survivor}\n"))?;
            }
            say(&format!(
                "changes: {tried}, and {refused} that do not compile; all tests pass with {}\n",
                survivors.len()
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Handout { folder, days, build } => {
            let only = days.map(|days| of_course(&set, days)).transpose()?;
            hand_out(
                &set,
                folder,
                Content { only: only.as_ref(), build: build.as_deref() },
            )?;
            let (folder, shell) = (folder.display(), quoted(folder));
            say(&format!(
                "the exercises are in '{folder}'; its README.md says how to begin, in short:\n  \
                 cd {shell} && cargo build --lib && rustlings\n"
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Exercise { folder, only_make } => {
            let folder = folder.clone().unwrap_or_else(own_folder);
            if !folder.join("exercises").is_dir() {
                hand_out(&set, &folder, Content::default())?;
                say(&format!(
                    "your exercises are in '{}'\n",
                    folder.display()
                ))?;
            }
            let folder = folder_of(&set, Some(&folder), &folder)?;
            if *only_make {
                return Ok(ExitCode::SUCCESS);
            }
            let mut rustlings = std::process::Command::new("rustlings");
            let ended = process::run_own(rustlings.current_dir(&folder)).map_err(|error| {
                format!("cannot run rustlings: {error}; cargo install rustlings --version 6.5.0 --locked")
            })?;
            Ok(if ended.status.success() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Solutions { folder, class, which } => {
            let chosen = which.of(&set)?;
            let mut folders = Vec::new();
            match (folder, class) {
                (Some(folder), _) => {
                    folders.push(folder_of(&set, Some(folder), folder)?)
                }
                (None, Some(class)) => {
                    folders.extend(
                        class::folders(class)?
                            .into_iter()
                            .map(|(_, folder)| folder),
                    );
                }
                (None, None) => {}
            }
            for folder in folders {
                let written = hand_out_solutions(&set, &chosen, &folder)?;
                say(&format!(
                    "new in '{}': {written}\n",
                    folder.join("solutions").display()
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Notes { name } => {
            let exercise = set.exercise(name)?;
            let notes = std::fs::read_to_string(set.notes(exercise))
                .map_err(|_| format!("there are no notes on {name} yet"))?;
            say(&notes)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Reset { name, folder } => {
            let folder =
                folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let kept = reset(&set, set.exercise(name)?, &folder)?;
            let kept = match kept {
                Some(kept) => format!("your answer is '{}'", kept.display()),
                None => "there was no answer of yours".to_owned(),
            };
            say(&format!("{name} is as at the beginning; {kept}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Hint { name, level, folder } => {
            let folder =
                folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let (level, of, text) = hint(set.exercise(name)?, *level, &folder)?;
            say(&format!("hint {level} of {of}\n{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn grade_class(
    set: &Set,
    folder: &Path,
    which: &Which,
    format: Format,
    anonymous: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    if format == Format::Junit {
        return Err(
            "JUnit has no place for learners; grade each folder, or choose csv"
                .into(),
        );
    }
    let folders = class::folders(folder)?;
    let paths: Vec<&Path> =
        folders.iter().map(|(_, path)| path.as_path()).collect();
    let chosen = which.of(set)?;
    let compiler = compiler(set)?;
    let bar = bar(chosen.len() * folders.len(), "answers");
    let grades = grade_all(set, &compiler, &chosen, &paths, || bar.inc(1))?;
    let names = folders.iter().map(|(name, _)| name.clone());
    let class: Vec<Learner> = names
        .zip(grades)
        .map(|(name, exercises)| Learner { name, exercises })
        .collect();
    let text = if anonymous {
        let not_passed = class::not_passed(&chosen, &class);
        let mistakes = class::mistakes(set, &compiler, &not_passed, |total| {
            bar.set_length(total as u64);
            bar.inc(1);
        })?;
        class::print_anonymous(&class, &mistakes, format)
    } else {
        class::print(&class, format)
    };
    bar.finish_and_clear();
    say(&text.unwrap_or_default())?;
    let all = class.iter().all(|learner| all_passed(&learner.exercises));
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_set(
    set: &Set,
    which: &Which,
    timings: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let chosen = which.of(set)?;
    let compiler = compiler(set)?;
    let bar = bar(0, "programs");
    let checked = check(set, &compiler, &chosen, |total| {
        bar.set_length(total as u64);
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    let Checked { exercises, solutions, right, wrong, mut problems, times } =
        checked;
    if which.is_all() {
        let stray = |folder: PathBuf| {
            format!("'{}' belongs to no exercise", folder.display())
        };
        problems.extend(strays(set)?.into_iter().map(stray));
    }
    if timings {
        for took in &times {
            let (compiling, running) =
                (took.compiling.as_secs_f64(), took.running.as_secs_f64());
            say(&format!(
                "{compiling:6.2} s  {running:6.2} s  {}\n",
                took.program
            ))?;
        }
    }
    for problem in &problems {
        say(&format!("{problem}\n"))?;
    }
    if problems.is_empty() {
        say(&format!(
            "handed out: {exercises}, none passes; solutions: {solutions}, all pass, and clippy is \
             content; other right answers: {right}, all pass; wrong answers: {wrong}, each fails \
             as stated\n"
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = if problems.len() == 1 {
        "1 problem".to_owned()
    } else {
        format!("{} problems", problems.len())
    };
    say(&format!(
        "{found}; handed out: {exercises}, solutions: {solutions}, other right answers: {right}, \
         wrong answers: {wrong}\n"
    ))?;
    Ok(ExitCode::FAILURE)
}

fn run_again(
    set: &Set,
    which: &Which,
    rounds: usize,
    busy: usize,
) -> Result<ExitCode, Box<dyn Error>> {
    let chosen = which.of(set)?;
    let compiler = compiler(set)?;
    let start = Instant::now();
    let runs = rounds * THREADS.len() * chosen.len();
    let bar = bar(runs, "runs");
    let failure = flaky(set, &compiler, &chosen, rounds, busy, || bar.inc(1))?;
    bar.finish_and_clear();
    let solutions = chosen.len();
    let Some(Failure { name, round, threads, outcome, output }) = failure
    else {
        say(&format!(
            "solutions: {solutions}, rounds: {rounds} at 1, 2 and 8 test threads, runs: {runs}; \
             no failure in {:.0} s\n",
            start.elapsed().as_secs_f64()
        ))?;
        return Ok(ExitCode::SUCCESS);
    };
    let (became, detail) = (outcome.name(), outcome.detail());
    say(&format!(
        "{}\n\nthe solution of {name} {became} in round {round} at {threads} test threads: {detail}\n",
        output.trim_end()
    ))?;
    Ok(ExitCode::FAILURE)
}

/// Dependencies are built once: those of the repository's set beside the
/// workspace's own.
fn compiler(set: &Set) -> Result<Compiler, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = if set.is_own() {
        own.join("../../target/exercises")
    } else {
        set.folder.join("target")
    };
    Ok(Compiler::new(&set.folder, &target)?)
}

/// A path as a shell reads it back.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// A bar on a terminal, nothing elsewhere.
fn bar(total: usize, what: &'static str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
    ProgressBar::with_draw_target(Some(total as u64), target)
        .with_style(style.expect("the template is right"))
        .with_message(what)
}

/// Prints to the standard output. A reader that has left is no error.
fn say(text: &str) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
