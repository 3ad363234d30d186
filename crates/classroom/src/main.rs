//! `classroom`: grades a learner's folder, hands out copies, and checks the set itself.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser};
use classroom::check::{Checked, check};
use classroom::compiler::Compiler;
use classroom::grade::grade;
use classroom::learner::{hand_out, hint, reset};
use classroom::report::{Format, all_passed, print};
use classroom::set::{Exercise, Set};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Exercises that no sequential answer can pass
#[derive(Parser)]
#[command(name = "classroom", version)]
enum Command {
    /// Grade a learner's folder
    ///
    /// The tests that judge are the original ones, whatever the folder holds. Exit codes: 0 all
    /// exercises asked for pass, 1 some do not, 2 nothing could be graded.
    Grade {
        /// The folder; the repository's own exercises if none is given
        folder: Option<PathBuf>,
        /// Check the set itself: what is handed out fails, solutions pass, wrong answers fail
        #[arg(long = "self", conflicts_with_all = ["folder", "format"])]
        own: bool,
        #[command(flatten)]
        which: Which,
        /// How to print the grades
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Make a learner's copy: exercises and hints, no solutions
    Handout {
        /// A new folder
        folder: PathBuf,
    },
    /// Set an exercise back to what was handed out; the answer is kept as NAME.rs.old
    Reset {
        /// The exercise
        name: String,
        /// The learner's folder
        #[arg(long, default_value = ".")]
        folder: PathBuf,
    },
    /// Show the next hint for an exercise
    Hint {
        /// The exercise
        name: String,
        /// 1 is the gentlest
        level: Option<usize>,
        /// The learner's folder, where it is noted which hints were read
        #[arg(long, default_value = ".")]
        folder: PathBuf,
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
            let chapter = self.chapter.as_deref().unwrap_or("the set");
            return Err(format!("there are no such exercises in {chapter}").into());
        }
        Ok(chosen)
    }
}

fn main() -> ExitCode {
    match run(&Command::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    let set = Set::own()?;
    match command {
        Command::Grade { own: true, which, .. } => check_set(&set, which),
        Command::Grade { folder, which, format, .. } => {
            let folder = folder.as_deref().unwrap_or(&set.folder);
            if !folder.join("exercises").is_dir() {
                let folder = folder.display();
                return Err(format!("'{folder}' has no folder 'exercises' to grade").into());
            }
            let chosen = which.of(&set)?;
            let compiler = compiler(&set)?;
            let bar = bar(chosen.len());
            let grades = grade(&set, &compiler, &chosen, folder, |_| bar.inc(1))?;
            bar.finish_and_clear();
            say(&print(&grades, *format))?;
            Ok(if all_passed(&grades) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Handout { folder } => {
            hand_out(&set, folder)?;
            let folder = folder.display();
            say(&format!(
                "the exercises are in '{folder}'; begin with: cd '{folder}' && rustlings\n"
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Reset { name, folder } => {
            let kept = reset(&set, set.exercise(name)?, folder)?;
            say(&format!("{name} is as it was handed out; your answer is '{}'\n", kept.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Hint { name, level, folder } => {
            let (level, of, text) = hint(set.exercise(name)?, *level, folder)?;
            say(&format!("hint {level} of {of}\n{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check_set(set: &Set, which: &Which) -> Result<ExitCode, Box<dyn Error>> {
    let chosen = which.of(set)?;
    let compiler = compiler(set)?;
    let bar = bar(chosen.len());
    let checked = check(set, &compiler, &chosen, |_| bar.inc(1))?;
    bar.finish_and_clear();
    for problem in &checked.problems {
        say(&format!("{problem}\n"))?;
    }
    let Checked { exercises, solutions, wrong, problems } = checked;
    say(&format!(
        "handed out: {exercises}, none passes; solutions: {solutions}, all pass; \
         wrong answers: {wrong}, each fails as stated\n"
    ))?;
    if problems.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("but for the {} problems above\n", problems.len()))?;
    Ok(ExitCode::FAILURE)
}

/// Dependencies are built once, beside the workspace's own.
fn compiler(set: &Set) -> Result<Compiler, Box<dyn Error>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/exercises");
    Ok(Compiler::new(&set.folder, &target)?)
}

/// A bar on a terminal, nothing elsewhere.
fn bar(total: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} exercises");
    ProgressBar::with_draw_target(Some(total as u64), target)
        .with_style(style.expect("the template is right"))
}

/// Prints to the standard output. A reader that has left is no error.
fn say(text: &str) -> io::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
