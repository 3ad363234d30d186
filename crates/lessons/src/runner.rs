//! A chapter's command line.

use std::error::Error;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use timeline::{Recording, Style, View, chrome, svg};

type Run = fn() -> Result<(), Box<dyn Error>>;

/// One lesson of a chapter: its name, what it shows, its `main`, and what a
/// plan for a class has to know. A lesson is registered here and nowhere else;
/// the book's lists are made from it.
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    name: &'static str,
    title: &'static str,
    main: Run,
    minutes: u32,
    after: &'static [&'static str],
    figures: Option<Run>,
    on_purpose: Option<fn(thread: &str, message: &str) -> bool>,
    exercises: &'static [&'static str],
    on_first_path: bool,
}

impl Lesson {
    /// A lesson that is run by `name`.
    pub const fn new(
        name: &'static str,
        title: &'static str,
        main: fn() -> Result<(), Box<dyn Error>>,
    ) -> Self {
        Lesson {
            name,
            title,
            main,
            minutes: 0,
            after: &[],
            figures: None,
            on_purpose: None,
            exercises: &[],
            on_first_path: false,
        }
    }

    /// The same, with how many minutes it takes in a class: to read its page,
    /// run it, change it.
    pub const fn minutes(self, minutes: u32) -> Self {
        Lesson { minutes, ..self }
    }

    /// The same, with the lessons that must come before it: by name for one of
    /// its own chapter, as `chapter-01/lazy` for one of another.
    pub const fn after(self, after: &'static [&'static str]) -> Self {
        Lesson { after, ..self }
    }

    /// The same, with a function that runs after its `main` and prints what was
    /// measured. So `main` is a whole program without it, and can be pasted
    /// into another project.
    pub const fn figures(self, figures: Run) -> Self {
        Lesson { figures: Some(figures), ..self }
    }

    /// The same, with the panics that it makes on purpose
    /// [hidden](crate::hide_panics): `expected` gets the panicking thread's
    /// name and the message.
    pub const fn panics_on_purpose(
        self,
        expected: fn(thread: &str, message: &str) -> bool,
    ) -> Self {
        Lesson { on_purpose: Some(expected), ..self }
    }

    /// The same, with the exercises that practice it.
    pub const fn exercises(self, exercises: &'static [&'static str]) -> Self {
        Lesson { exercises, ..self }
    }

    /// The same, on the first path: the lessons that somebody new to the
    /// subject reads in order.
    pub const fn on_first_path(self) -> Self {
        Lesson { on_first_path: true, ..self }
    }

    /// The name it is run by.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its title, in a few words: also the heading of its page, and its file's
    /// first line.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// How many minutes it takes in a class.
    pub const fn duration_minutes(&self) -> u32 {
        self.minutes
    }

    /// The lessons that must come before it, as [`after`](Self::after) was
    /// given them.
    pub const fn prerequisites(&self) -> &'static [&'static str] {
        self.after
    }

    /// The exercises that practice it.
    pub const fn practiced_by(&self) -> &'static [&'static str] {
        self.exercises
    }

    /// Whether it is on the first path.
    pub const fn is_on_first_path(&self) -> bool {
        self.on_first_path
    }

    /// The lesson's module: its name with underscores.
    pub fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    fn run(&self) -> Result<(), Box<dyn Error>> {
        let _hidden = self.on_purpose.map(crate::hide_panics);
        (self.main)()?;
        self.figures.map_or(Ok(()), |figures| figures())
    }
}

/// Runs a chapter: all its lessons in order, or those named on the command
/// line.
///
/// `package` is the chapter's package, as in `chapter-03-tokio`: its binary has
/// the first part as its name. `title` is what the chapter teaches. Returns 0
/// when every lesson succeeded; 1 when one failed, or when a picture cannot be
/// written, which is found out before the first lesson runs. A wrong argument
/// ends the process with 2.
pub fn main(
    package: &'static str,
    title: &'static str,
    lessons: &[Lesson],
) -> ExitCode {
    main_beside(&[], package, title, lessons)
}

/// The same as [`main`], for a binary that has `commands` beside its lessons.
/// It has handled these before; a word that is near to one of them is told so.
pub fn main_beside(
    commands: &[&'static str],
    package: &'static str,
    title: &'static str,
    lessons: &[Lesson],
) -> ExitCode {
    end_where_output_ends();
    let command = command(chapter(package), title, lessons, commands);
    run(&command.get_matches(), package, lessons)
}

/// The chapter of a package: `chapter-03` of `chapter-03-tokio`, and of an
/// appendix the first word, `beyond` of `beyond-one-machine`.
fn chapter(package: &'static str) -> &'static str {
    let words = if package.starts_with("chapter-") { 2 } else { 1 };
    package
        .match_indices('-')
        .nth(words - 1)
        .map_or(package, |(end, _)| &package[..end])
}

fn command(
    chapter: &'static str,
    title: &'static str,
    lessons: &[Lesson],
    commands: &[&'static str],
) -> Command {
    let names = lessons.iter().map(|lesson| lesson.name).collect();
    let names = LessonName { names, commands: commands.to_vec() };
    Command::new(chapter)
        .about(title)
        .after_help(format!("Lessons:\n{}", listing(lessons, "  ")))
        .arg(
            Arg::new("lesson")
                .value_parser(names)
                .num_args(0..)
                .hide_possible_values(true)
                .help("The lessons to run; all of them, in order, when none is named"),
        )
        .arg(
            Arg::new("list")
                .long("list")
                .action(ArgAction::SetTrue)
                .help("Print the lessons and their titles"),
        )
        .arg(
            Arg::new("view")
                .long("view")
                .value_parser(["auto", "tasks", "threads"])
                .default_value("auto")
                .help("Draw timelines with a row per task, or per stage and thread"),
        )
        .arg(
            Arg::new("svg")
                .long("svg")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write the timelines as an SVG picture"),
        )
        .arg(
            Arg::new("trace")
                .long("trace")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write the timelines as a Chrome trace, for ui.perfetto.dev"),
        )
}

/// The name of a lesson. A wrong one is refused as clap does it, but another is
/// suggested only if it is near: clap goes by a measure that finds "deadlock"
/// near to "helo".
#[derive(Clone)]
struct LessonName {
    names: Vec<&'static str>,
    /// What the binary can do beside.
    commands: Vec<&'static str>,
}

impl TypedValueParser for LessonName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        let names = PossibleValuesParser::new(&self.names);
        names.parse_ref(command, argument, value).map_err(|mut error| {
            error.remove(ContextKind::SuggestedValue);
            if let Some(near) = nearest(
                &value.to_string_lossy(),
                &[&self.names[..], &self.commands].concat(),
            ) {
                let near = ContextValue::String(near.to_owned());
                error.insert(ContextKind::SuggestedValue, near);
            }
            error
        })
    }
}

/// The name that was probably meant: one that begins with what was typed, or
/// the one with the fewest slips of the finger, at most one for three letters.
fn nearest<'a>(typed: &str, names: &[&'a str]) -> Option<&'a str> {
    let slips = |name: &str| strsim::damerau_levenshtein(typed, name);
    let begun =
        |name: &&str| typed.chars().count() >= 3 && name.starts_with(typed);
    let near = |name: &&str| slips(name) <= typed.chars().count().div_ceil(3);
    let names = names.iter().copied();
    names
        .clone()
        .find(begun)
        .or_else(|| names.filter(near).min_by_key(|name| slips(name)))
}

/// A line a lesson: its name and its title.
fn listing(lessons: &[Lesson], indent: &str) -> String {
    let width =
        lessons.iter().map(|lesson| lesson.name.len()).max().unwrap_or(0);
    let line = |lesson: &Lesson| {
        format!("{indent}{:width$}  {}\n", lesson.name, lesson.title)
    };
    lessons.iter().map(line).collect()
}

type Draw<'a> = &'a dyn Fn(&[Recording]) -> String;

fn run(
    matches: &ArgMatches,
    package: &'static str,
    lessons: &[Lesson],
) -> ExitCode {
    if matches.get_flag("list") {
        print!("{}", listing(lessons, ""));
        return ExitCode::SUCCESS;
    }
    let view = match matches.get_one::<String>("view").map(String::as_str) {
        Some("tasks") => View::Tasks,
        Some("threads") => View::Threads,
        _ => View::Auto,
    };
    let style = Style { view, ..timeline::style() };
    timeline::set_style(style.clone());
    timeline::install();

    let svg = |drawn: &[Recording]| svg::draw(drawn, &style);
    let pictures: [(&str, Draw<'_>); 2] =
        [("svg", &svg), ("trace", &chrome::draw)];
    let mut files = Vec::new();
    for (option, draw) in pictures {
        let Some(path) = matches.get_one::<PathBuf>(option) else { continue };
        match Target::open(path.clone()) {
            Ok(target) => files.push((target, draw)),
            Err(error) => {
                eprintln!("error: cannot write '{}': {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    let drawn = Arc::new(Mutex::new(Vec::new()));
    if !files.is_empty() {
        let drawn = Arc::clone(&drawn);
        timeline::on_draw(move |recording| {
            drawn
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(recording);
        });
    }

    let named: Vec<&String> =
        matches.get_many("lesson").into_iter().flatten().collect();
    let chosen = lessons.iter().filter(|lesson| {
        named.is_empty() || named.iter().any(|name| *name == lesson.name)
    });
    let mut failed = false;
    for (index, lesson) in chosen.enumerate() {
        if index > 0 {
            println!();
        }
        let bold = anstyle::Style::new().bold();
        anstream::println!("{bold}{}: {}{bold:#}\n", lesson.name, lesson.title);
        if let Err(error) = lesson.run() {
            eprintln!(
                "error: the lesson '{}' failed: {}",
                lesson.name,
                chain(error.as_ref())
            );
            failed = true;
        }
        let dim = anstyle::Style::new().dimmed();
        anstream::println!(
            "\n{dim}{}{dim:#}",
            signpost(package, lesson, lessons)
        );
    }

    let drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
    for (target, draw) in files {
        let path = target.path.clone();
        let written = if drawn.is_empty() {
            eprintln!(
                "note: no timeline was drawn: '{}' is not written",
                path.display()
            );
            target.leave()
        } else {
            target.write(&draw(&drawn))
        };
        if let Err(error) = written {
            eprintln!("error: cannot write '{}': {error}", path.display());
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The first words of the last line that a lesson prints.
pub const SIGNPOST: &str = "The file: ";

/// Where a lesson goes on: its file, its page, its exercises, the next lesson.
/// One line, the last that a lesson prints.
fn signpost(
    package: &'static str,
    lesson: &Lesson,
    lessons: &[Lesson],
) -> String {
    let (chapter, name, module) =
        (chapter(package), lesson.name, lesson.module());
    let mut text = format!(
        "{SIGNPOST}crates/{package}/src/{module}.rs. The page: docs/src/{chapter}/{name}.md."
    );
    if !lesson.exercises.is_empty() {
        text.push_str(&format!(
            " Now try: {} (just exercise).",
            lesson.exercises.join(", ")
        ));
    }
    let next = lessons.iter().skip_while(|one| one.name != name).nth(1);
    if let Some(next) = next {
        text.push_str(&format!(" Next: just run {chapter} {}.", next.name));
    }
    text
}

/// A file that will be written when the lessons have run. It is opened before:
/// who has mistyped a path shall not wait for the lessons to be told.
struct Target {
    path: PathBuf,
    file: File,
    is_new: bool,
}

impl Target {
    /// Opens the file and makes it if there is none. What it holds stays until
    /// [`write`](Self::write).
    fn open(path: PathBuf) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        Ok(Target { path, file, is_new })
    }

    fn write(mut self, content: &str) -> io::Result<()> {
        // A pipe or a device has no length to set.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(content.as_bytes())
    }

    /// Leaves things as they were.
    fn leave(self) -> io::Result<()> {
        if self.is_new { fs::remove_file(&self.path) } else { Ok(()) }
    }
}

/// An error with all its causes, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// `println!` panics when it cannot print. `chapter-01 | head` closes the pipe
/// early: then there is nobody to print for, and nothing wrong. A full disk is
/// an error, and no panic either.
fn end_where_output_ends() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        let Some(reason) = message.strip_prefix("failed printing to stdout: ")
        else {
            return default(panic);
        };
        if reason.contains("Broken pipe") {
            std::process::exit(0);
        }
        let _ = writeln!(
            io::stderr(),
            "error: cannot write to the standard output: {reason}"
        );
        std::process::exit(1);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static RUNS: AtomicUsize = AtomicUsize::new(0);

    const LESSONS: &[Lesson] = &[
        Lesson::new("spawn", "Tasks run on their own", || {
            RUNS.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }),
        Lesson::new("timeout", "Too slow is dropped", || Err("no luck".into())),
        Lesson::new("select", "The first one wins", || {
            let timeline = timeline::timeline("select");
            tracing::info_span!("wait").in_scope(|| {});
            timeline.draw();
            Ok(())
        }),
        Lesson::new("must-not-run", "A bad path is told before", || {
            unreachable!("it ran")
        }),
    ];

    fn parse(arguments: &[&str]) -> Result<ArgMatches, clap::Error> {
        let arguments =
            std::iter::once("chapter-03").chain(arguments.iter().copied());
        command("chapter-03", "Tokio", LESSONS, &["index"])
            .try_get_matches_from(arguments)
    }

    #[test]
    fn an_unknown_lesson_is_refused_with_the_nearest_name() {
        let error = parse(&["timout"]).expect_err("there is no such lesson");
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(
            text.contains("'timout'") && text.contains("'timeout'"),
            "{text}"
        );
    }

    #[test]
    fn a_suggestion_is_near_or_there_is_none() {
        let names = [
            "overlap",
            "threads",
            "deadlock",
            "hello",
            "shared-state",
            "search",
            "join",
        ];
        for (typed, meant) in [
            ("helo", Some("hello")),
            ("serach", Some("search")),
            ("overlpa", Some("overlap")),
            ("shared", Some("shared-state")),
            ("jion", Some("join")),
            ("rayon", None),
            ("", None),
            ("xx", None),
        ] {
            assert_eq!(nearest(typed, &names), meant, "{typed}");
        }
        assert_eq!(nearest("helo", &["overlap", "deadlock", "threads"]), None);
        let text =
            parse(&["idnex"]).expect_err("there is no such lesson").to_string();
        assert!(text.contains("'index'"), "a command is near as well: {text}");
        let text =
            parse(&["helo"]).expect_err("there is no such lesson").to_string();
        assert!(text.contains("'helo'") && !text.contains("similar"), "{text}");
    }

    #[test]
    fn a_named_lesson_runs_alone_and_a_failure_is_an_exit_code() {
        let matches = parse(&["spawn"]).expect("the lesson exists");
        assert_eq!(
            run(&matches, "chapter-03-tokio", LESSONS),
            ExitCode::SUCCESS
        );
        assert_eq!(RUNS.load(Ordering::Relaxed), 1);
        let matches = parse(&["timeout"]).expect("the lesson exists");
        assert_eq!(
            run(&matches, "chapter-03-tokio", LESSONS),
            ExitCode::FAILURE
        );
    }

    fn run_with(arguments: &[&str]) -> ExitCode {
        run(
            &parse(arguments).expect("the arguments are right"),
            "chapter-03-tokio",
            LESSONS,
        )
    }

    #[test]
    fn pictures_are_written_where_a_timeline_was_drawn() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (svg, trace, old) =
            (path("a.svg"), path("a.json"), path("old.svg"));
        let read =
            |path: &str| fs::read_to_string(path).expect("it was written");
        fs::write(&old, "x".repeat(100_000))
            .expect("the folder can be written");

        assert_eq!(
            run_with(&["select", "--svg", &svg, "--trace", &trace]),
            ExitCode::SUCCESS
        );
        assert!(
            read(&svg).starts_with("<svg") && read(&trace).starts_with('{')
        );
        assert_eq!(run_with(&["select", "--svg", &old]), ExitCode::SUCCESS);
        assert!(
            read(&old).ends_with("</svg>\n"),
            "nothing of the old file is left"
        );

        // Without a timeline there is no file, and no file is touched.
        let (none, before) = (path("none.svg"), read(&old));
        assert_eq!(
            run_with(&["spawn", "--svg", &none, "--trace", &old]),
            ExitCode::SUCCESS
        );
        assert!(!PathBuf::from(&none).exists());
        assert_eq!(read(&old), before);
    }

    #[test]
    fn a_bad_path_is_told_before_any_lesson_runs() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let bad = folder.path().join("missing/a.svg").display().to_string();
        assert_eq!(
            run_with(&["must-not-run", "--trace", &bad]),
            ExitCode::FAILURE
        );
    }

    #[test]
    fn the_last_line_tells_the_file_the_page_the_exercises_and_the_next_lesson()
    {
        const PRACTICED: &[Lesson] = &[
            Lesson::new("async-io", "Bytes come in pieces", || Ok(()))
                .exercises(&["two_pipes"]),
            Lesson::new("fetch", "Every wait is bounded", || Ok(())),
        ];
        assert_eq!(
            signpost("chapter-03-tokio", &PRACTICED[0], PRACTICED),
            "The file: crates/chapter-03-tokio/src/async_io.rs. The page: \
             docs/src/chapter-03/async-io.md. Now try: two_pipes (just exercise). \
             Next: just run chapter-03 fetch."
        );
        assert!(
            !signpost("chapter-03-tokio", &PRACTICED[1], PRACTICED)
                .contains("Next")
        );
    }

    #[test]
    fn a_chapter_has_its_number_and_an_appendix_has_none() {
        assert_eq!(chapter("chapter-03-tokio"), "chapter-03");
        assert_eq!(chapter("beyond-one-machine"), "beyond");
        assert_eq!(chapter("beyond"), "beyond");
    }

    #[test]
    fn figures_come_after_main_and_only_if_it_succeeded() {
        static FIGURES: AtomicUsize = AtomicUsize::new(0);
        fn figures() -> Result<(), Box<dyn Error>> {
            FIGURES.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        let lesson =
            Lesson::new("good", "It works", || Ok(())).figures(figures);
        assert!(lesson.run().is_ok());
        assert_eq!(FIGURES.load(Ordering::Relaxed), 1);
        let lesson = Lesson::new("bad", "It fails", || Err("no luck".into()))
            .figures(figures);
        assert!(lesson.run().is_err());
        assert_eq!(FIGURES.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn help_lists_every_lesson() {
        let help = command("chapter-03", "Tokio", LESSONS, &["index"])
            .render_help()
            .to_string();
        for lesson in LESSONS {
            assert!(help.contains(lesson.title), "{help}");
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let outer = io::Error::other(io::Error::other("the disk is full"));
        assert!(chain(&outer).contains("the disk is full"));
    }
}
