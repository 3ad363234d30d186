//! What the book is made of: the chapters with their lessons, and where their pages stand.

mod measured;
mod refused;

use std::path::{Path, PathBuf};

use lessons::Lesson;

pub use measured::table;
pub use refused::{Refused, Verdict, refused};

/// A chapter as the book sees it.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its binary and its folder in the book: `chapter-03`.
    pub name: &'static str,
    /// Its lessons in reading order.
    pub lessons: &'static [Lesson],
}

/// The chapters in reading order.
pub const CHAPTERS: &[Chapter] = &[
    Chapter { name: "chapter-00", lessons: chapter_00_threads::LESSONS },
    Chapter { name: "chapter-01", lessons: chapter_01_futures::LESSONS },
    Chapter { name: "chapter-02", lessons: chapter_02_std_async::LESSONS },
    Chapter { name: "chapter-03", lessons: chapter_03_tokio::LESSONS },
    Chapter { name: "chapter-04", lessons: chapter_04_rayon::LESSONS },
    Chapter { name: "chapter-05", lessons: chapter_05_dashmap::LESSONS },
    Chapter { name: "chapter-06", lessons: chapter_06_pipeline::LESSONS },
];

/// The book's sources, `docs/src`.
pub fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

impl Chapter {
    /// The file beside a lesson's page with this extension: `md` the page itself, `txt` what the
    /// lesson printed, `svg` its timelines.
    pub fn file(&self, lesson: &Lesson, extension: &str) -> PathBuf {
        pages().join(self.name).join(lesson.name()).with_extension(extension)
    }
}
