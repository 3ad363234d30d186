//! `book` writes what the book's pages include: captured outputs, measured
//! tables, lists of lessons.

use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode, Stdio};

use book::{
    CHAPTERS, Chapter, length_table, lengths, lists, pages, refused, table,
};
use clap::Parser;
use lessons::Lesson;

/// Captures the outputs that the book shows.
#[derive(Parser)]
#[command(name = "book")]
enum Arguments {
    /// Run lessons and write what they print (`.txt`) and draw (`.svg`) beside
    /// their pages, and what the compiler says of the programs it must refuse
    /// (`-E0xxx.txt`).
    Capture {
        /// A chapter, as in `chapter-03`. All chapters if none is named.
        chapter: Option<String>,
        /// Lessons of that chapter. All its lessons if none is named.
        lessons: Vec<String>,
    },
    /// Write the table of a chapter's benchmarks beside its pages
    /// (`measured.txt`), as they last ran with `just bench`.
    Measured {
        /// A chapter with benchmarks of criterion: `chapter-04` or
        /// `chapter-05`.
        chapter: String,
    },
    /// Write the lists of lessons: the tables on the chapters' first pages, the
    /// table of contents, and what `just lessons` prints.
    Lists,
    /// Print how many lines each lesson has, their median and the longest.
    Lengths,
}

/// Columns of a captured output: what fits the book's page.
const WIDTH: &str = "76";

fn main() -> ExitCode {
    let done = match Arguments::parse() {
        Arguments::Capture { chapter, lessons } => {
            capture(chapter.as_deref(), &lessons)
        }
        Arguments::Measured { chapter } => measured(&chapter),
        Arguments::Lists => write_lists(),
        Arguments::Lengths => {
            lengths().map(|lengths| print!("{}", length_table(&lengths)))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn capture(
    chapter: Option<&str>,
    names: &[String],
) -> Result<(), Box<dyn Error>> {
    let chosen: Vec<&Chapter> = CHAPTERS
        .iter()
        .filter(|known| chapter.is_none_or(|name| name == known.name))
        .collect();
    if chosen.is_empty() {
        return Err(format!(
            "there is no chapter '{}'",
            chapter.unwrap_or_default()
        )
        .into());
    }
    for name in names {
        if !chosen.iter().any(|chapter| {
            chapter.lessons.iter().any(|lesson| lesson.name() == name)
        }) {
            return Err(
                format!("there is no lesson '{name}' in that chapter").into()
            );
        }
    }
    for chapter in chosen {
        for lesson in chapter.lessons {
            if names.is_empty()
                || names.iter().any(|name| name == lesson.name())
            {
                eprintln!("{} {}", chapter.name, lesson.name());
                capture_lesson(chapter, lesson)?;
            }
        }
        for (file, arguments) in OTHERS {
            if names.is_empty() && file.starts_with(chapter.name) {
                eprintln!("{file}");
                fs::write(pages().join(file), run(chapter.name, arguments)?)?;
            }
        }
    }
    Ok(())
}

/// Outputs on pages that are no lesson's: where they are kept, and the
/// arguments that give them.
const OTHERS: [(&str, &[&str]); 3] = [
    ("chapter-06/index-help.txt", &["index", "--help"]),
    ("chapter-06/search-help.txt", &["search", "--help"]),
    ("chapter-06/serve-help.txt", &["serve", "--help"]),
];

fn capture_lesson(
    chapter: &Chapter,
    lesson: &Lesson,
) -> Result<(), Box<dyn Error>> {
    let svg = chapter.file(lesson, "svg");
    let path = svg.to_str().ok_or("the repository's path is not Unicode")?;
    // A lesson without a timeline writes none, and must not keep that of an
    // earlier time.
    if svg.exists() {
        fs::remove_file(&svg)?;
    }
    let text = run(chapter.name, &[lesson.name(), "--svg", path])?;
    // The first line is the lesson's title, which the page has as its heading.
    let body = text.split_once("\n\n").map_or(text.as_str(), |(_, body)| body);
    // The last line says where the lesson and its page stand, which a reader of
    // the page knows.
    let body = body
        .rsplit_once("\n\n")
        .filter(|(_, last)| last.starts_with(lessons::SIGNPOST));
    let body =
        body.ok_or("the lesson's last line does not say where it stands")?.0;
    fs::write(chapter.file(lesson, "txt"), format!("{}\n", body.trim_end()))?;
    for program in refused()? {
        if program.chapter == chapter.name && program.lesson == lesson.name() {
            fs::write(program.file(), program.compile()?.message)?;
        }
    }
    Ok(())
}

fn measured(chapter: &str) -> Result<(), Box<dyn Error>> {
    let known = CHAPTERS.iter().find(|known| known.name == chapter);
    let Some(known) = known.filter(|known| MEASURED.contains(&known.name))
    else {
        return Err(format!(
            "'{chapter}' has no benchmarks of criterion alone"
        )
        .into());
    };
    fs::write(
        pages().join(chapter).join("measured.txt"),
        table(known.package)?,
    )?;
    Ok(())
}

/// The chapters whose benchmarks are all of criterion.
const MEASURED: [&str; 2] = ["chapter-04", "chapter-05"];

fn write_lists() -> Result<(), Box<dyn Error>> {
    for list in lists()? {
        if list.present != list.wanted {
            fs::write(&list.path, list.wanted)?;
            eprintln!("wrote {}", list.path.canonicalize()?.display());
        }
    }
    Ok(())
}

/// The output of a chapter's binary, printed to a pipe as wide as a page.
fn run(binary: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--bin", binary, "--"])
        .args(arguments)
        .env("COLUMNS", WIDTH)
        .env("NO_COLOR", "1")
        // A path that says the same on every machine, since the lesson prints
        // it.
        .env("OVERLAP_PICTURES", format!("docs/src/{binary}"))
        .current_dir(pages().join("../.."))
        // To find out where a panic was takes milliseconds, which a timeline
        // would show.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "{binary} {}: {}",
            arguments.join(" "),
            output.status
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
