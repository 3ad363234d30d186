//! `classroom`: plans a course, hands out copies, grades them, and checks the set itself.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use classroom::check::{Checked, check, strays};
use classroom::compiler::Compiler;
use classroom::course::{self, Class};
use classroom::flaky::{Failure, THREADS, flaky};
use classroom::grade::grade;
use classroom::learner::{folder_of, hand_out, hint, own_folder, reset};
use classroom::process;
use classroom::report::{Format, all_passed, print};
use classroom::set::{Exercise, Set};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Exercises that no sequential answer can pass
#[derive(Parser)]
#[command(name = "classroom", version)]
struct Arguments {
    /// Another set of exercises in the same format; the repository's own if none is given
    #[arg(long, global = true, value_name = "FOLDER")]
    set: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plan a class: lessons and exercises with their minutes, a course of one day and one of three
    Class {
        /// Only the course of this many days: 1 or 3
        #[arg(long)]
        days: Option<usize>,
        /// How to print the plan
        #[arg(long, value_enum, default_value_t = course::Format::Table)]
        format: course::Format,
    },
    /// Grade a learner's folder
    ///
    /// The tests that judge are the original ones, whatever the folder holds. Exit codes: 0 all
    /// exercises asked for pass, 1 some do not, 2 nothing could be graded.
    Grade {
        /// The folder; if none is given, the one you stand in, or the one of `just exercise`
        folder: Option<PathBuf>,
        /// Check the set itself: what is handed out fails, solutions and other right answers pass, wrong answers fail
        #[arg(long = "self", conflicts_with_all = ["folder", "format"])]
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
    /// Exit codes: 0 no failure, 1 a failure, which is shown, 2 nothing could be run.
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
    /// Make a learner's copy: exercises and hints, no solutions
    Handout {
        /// A new folder
        folder: PathBuf,
    },
    /// Solve the exercises: makes a folder of your own, once, and opens it with rustlings
    Exercise {
        /// The folder; `my-exercises` in the repository, which git ignores, if none is given
        folder: Option<PathBuf>,
        /// Make it and say where, and do not open it
        #[arg(long)]
        only_make: bool,
    },
    /// Set an exercise back to what was handed out; the answers are kept as NAME.rs.old, NAME.rs.old.2 …
    Reset {
        /// The exercise
        name: String,
        /// The learner's folder; if none is given, the one you stand in, or the one of `just exercise`
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Show the next hint for an exercise
    Hint {
        /// The exercise
        name: String,
        /// 1 is the gentlest
        level: Option<usize>,
        /// The learner's folder, where it is noted which hints were read; as for `reset`
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
}

impl Which {
    fn is_all(&self) -> bool {
        self.only.is_empty() && self.chapter.is_none()
    }

    fn of<'a>(&self, set: &'a Set) -> Result<Vec<&'a Exercise>, Box<dyn Error>> {
        for name in &self.only {
            set.exercise(name)?;
        }
        let named = |exercise: &&Exercise| {
            (self.only.is_empty() || self.only.contains(&exercise.name))
                && self.chapter.as_ref().is_none_or(|chapter| *chapter == exercise.chapter())
        };
        let chosen: Vec<&Exercise> = set.exercises.iter().filter(named).collect();
        if chosen.is_empty() {
            let mut chapters: Vec<String> = set.exercises.iter().map(Exercise::chapter).collect();
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

/// A shell's exit code for a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What is being compiled and tested is in process groups of its own, out of Ctrl-C's reach.
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
        Command::Class { days, format } => {
            let plan = Class::own(&set)?.print(*days, *format);
            say(&plan
                .ok_or("there is a course of 1 day and one of 3; choose --days 1 or --days 3")?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Grade { own: true, which, timings, .. } => check_set(&set, which, *timings),
        Command::Grade { folder, which, format, .. } => {
            let folder = folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let chosen = which.of(&set)?;
            let compiler = compiler(&set)?;
            let bar = bar(chosen.len(), "exercises");
            let grades = grade(&set, &compiler, &chosen, &folder, || bar.inc(1))?;
            bar.finish_and_clear();
            say(&print(&grades, *format))?;
            Ok(if all_passed(&grades) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Flaky { rounds, which, busy } => run_again(&set, which, *rounds, *busy),
        Command::Handout { folder } => {
            hand_out(&set, folder)?;
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
                hand_out(&set, &folder)?;
                say(&format!("your exercises are in '{}'\n", folder.display()))?;
            }
            let folder = folder_of(&set, Some(&folder), &folder)?;
            if *only_make {
                return Ok(ExitCode::SUCCESS);
            }
            let rustlings = std::process::Command::new("rustlings").current_dir(&folder).status();
            let status = rustlings.map_err(|error| {
                format!("cannot run rustlings: {error}; cargo install rustlings --version 6.5.0 --locked")
            })?;
            Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Reset { name, folder } => {
            let folder = folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let kept = reset(&set, set.exercise(name)?, &folder)?;
            say(&format!("{name} is as it was handed out; your answer is '{}'\n", kept.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Hint { name, level, folder } => {
            let folder = folder_of(&set, folder.as_deref(), &std::env::current_dir()?)?;
            let (level, of, text) = hint(set.exercise(name)?, *level, &folder)?;
            say(&format!("hint {level} of {of}\n{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check_set(set: &Set, which: &Which, timings: bool) -> Result<ExitCode, Box<dyn Error>> {
    let chosen = which.of(set)?;
    let compiler = compiler(set)?;
    let bar = bar(0, "programs");
    let checked = check(set, &compiler, &chosen, |total| {
        bar.set_length(total as u64);
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    let Checked { exercises, solutions, right, wrong, mut problems, times } = checked;
    if which.is_all() {
        let stray = |folder: PathBuf| format!("'{}' belongs to no exercise", folder.display());
        problems.extend(strays(set)?.into_iter().map(stray));
    }
    if timings {
        for took in &times {
            let (compiling, running) = (took.compiling.as_secs_f64(), took.running.as_secs_f64());
            say(&format!("{compiling:6.2} s  {running:6.2} s  {}\n", took.program))?;
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
    let Some(Failure { name, round, threads, outcome, output }) = failure else {
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

/// Dependencies are built once: those of the repository's set beside the workspace's own.
fn compiler(set: &Set) -> Result<Compiler, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target =
        if set.is_own() { own.join("../../target/exercises") } else { set.folder.join("target") };
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
