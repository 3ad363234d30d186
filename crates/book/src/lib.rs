//! The book's parts: the chapters with their lessons, and where their pages
//! stand.

mod lengths;
mod lists;
mod measured;
mod programs;
mod refused;

use std::path::{Path, PathBuf};

use lessons::Lesson;

pub use lengths::{LONGEST, Length, MEDIAN, length_table, lengths, median};
pub use lists::{List, lists};
pub use measured::table;
pub use programs::{HEADING, Program, Shown, WIDTH, program, shown};
pub use refused::{Refused, Verdict, refused};

/// A chapter as the book sees it.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its binary and its folder in the book: `chapter-03`, or `beyond` of the
    /// appendix.
    pub name: &'static str,
    /// Its package, which is its folder in `crates`: `chapter-03-tokio`.
    pub package: &'static str,
    /// Its lessons in reading order.
    pub lessons: &'static [Lesson],
}

/// The chapters in reading order, and the appendix.
pub const CHAPTERS: &[Chapter] = &[
    Chapter {
        name: "chapter-00",
        package: "chapter-00-threads",
        lessons: chapter_00_threads::LESSONS,
    },
    Chapter {
        name: "chapter-01",
        package: "chapter-01-futures",
        lessons: chapter_01_futures::LESSONS,
    },
    Chapter {
        name: "chapter-02",
        package: "chapter-02-std-async",
        lessons: chapter_02_std_async::LESSONS,
    },
    Chapter {
        name: "chapter-03",
        package: "chapter-03-tokio",
        lessons: chapter_03_tokio::LESSONS,
    },
    Chapter {
        name: "chapter-04",
        package: "chapter-04-rayon",
        lessons: chapter_04_rayon::LESSONS,
    },
    Chapter {
        name: "chapter-05",
        package: "chapter-05-dashmap",
        lessons: chapter_05_dashmap::LESSONS,
    },
    Chapter {
        name: "chapter-06",
        package: "chapter-06-pipeline",
        lessons: chapter_06_pipeline::LESSONS,
    },
    // The appendix.
    Chapter {
        name: "beyond",
        package: "beyond-one-machine",
        lessons: beyond_one_machine::LESSONS,
    },
];

/// The book's sources, `docs/src`.
pub fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

/// The folder of all packages, `crates`.
pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Chapter {
    /// The file beside a lesson's page with this extension: `md` the page
    /// itself, `txt` what the lesson printed, `svg` its timelines.
    pub fn file(&self, lesson: &Lesson, extension: &str) -> PathBuf {
        pages().join(self.name).join(lesson.name()).with_extension(extension)
    }

    /// The file that a lesson is written in.
    pub fn source(&self, lesson: &Lesson) -> PathBuf {
        sources()
            .join(self.package)
            .join("src")
            .join(lesson.module())
            .with_extension("rs")
    }
}
