//! What the book is made of: the chapters with their lessons, and where their pages stand.

use std::path::{Path, PathBuf};

use lessons::Lesson;

/// A chapter as the book sees it.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its binary and its folder in the book: `chapter-03`.
    pub name: &'static str,
    /// Its lessons in reading order.
    pub lessons: &'static [Lesson],
}

/// The chapters in reading order.
pub const CHAPTERS: &[Chapter] = &[Chapter {
    name: "chapter-00",
    lessons: chapter_00_threads::LESSONS,
}];

/// The book's sources, `docs/src`.
pub fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

impl Chapter {
    /// The file beside a lesson's page with this extension: `md` the page itself, `txt` what the
    /// lesson printed, `svg` its timelines.
    pub fn file(&self, lesson: &Lesson, extension: &str) -> PathBuf {
        pages()
            .join(self.name)
            .join(lesson.name())
            .with_extension(extension)
    }
}
