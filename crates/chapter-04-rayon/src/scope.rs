//! The tasks of a scope borrow what stands outside it, and spawn more tasks while they run.
//!
//! A task spawned without a scope may run on after this function has returned, when `total` is gone:
//!
//! ```compile_fail,E0373
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! pub fn count() -> u64 {
//!     let total = AtomicU64::new(0);
//!     rayon::spawn(|| _ = total.fetch_add(1, Relaxed));
//!     total.load(Relaxed)
//! }
//! ```

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;
use rayon::{Scope, ThreadPoolBuilder};
use tracing::info_span;

// ANCHOR: drive
/// Where folders are listed and files are read.
pub trait Drive: Sync {
    /// What is in a folder.
    fn list(&self, folder: &Path) -> io::Result<Listing>;

    /// The number of words in a file.
    fn words(&self, file: &Path) -> io::Result<u64>;
}

/// What is in a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The folders in it.
    pub folders: Vec<PathBuf>,
    /// The files in it.
    pub files: Vec<PathBuf>,
}
// ANCHOR_END: drive

// ANCHOR: words
/// The number of words in all files under a folder.
pub fn words(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let listing = drive.list(folder)?;
    let mut total = 0;
    for file in listing.files {
        total += drive.words(&file)?;
    }
    for folder in listing.folders {
        total += words(drive, &folder)?;
    }
    Ok(total)
}
// ANCHOR_END: words

// ANCHOR: par_words
/// [`words`], counted on the threads of the current pool. If there are several errors, it returns
/// the one that came first.
pub fn par_words(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let walk = Walk { drive, total: AtomicU64::new(0), failure: OnceLock::new() };
    rayon::scope(|scope| walk.visit(folder, scope));
    // All tasks have ended, so nobody borrows `walk` anymore.
    walk.failure.into_inner().map_or(Ok(walk.total.into_inner()), Err)
}

/// What the tasks of a walk share.
struct Walk<'a, D> {
    drive: &'a D,
    total: AtomicU64,
    failure: OnceLock<io::Error>,
}

impl<D: Drive> Walk<'_, D> {
    /// Spawns a task for everything in the folder. Each borrows this walk, which outlives the scope.
    fn visit<'scope>(&'scope self, folder: &Path, scope: &Scope<'scope>) {
        let Some(listing) = self.unless_failed(|| self.drive.list(folder)) else { return };
        for folder in listing.folders {
            scope.spawn(move |scope| self.visit(&folder, scope));
        }
        for file in listing.files {
            scope.spawn(move |_| {
                let words = self.unless_failed(|| self.drive.words(&file));
                self.total.fetch_add(words.unwrap_or(0), Relaxed);
            });
        }
    }

    /// Does a step of the walk, or nothing once a step has failed.
    fn unless_failed<T>(&self, step: impl FnOnce() -> io::Result<T>) -> Option<T> {
        if self.failure.get().is_some() {
            return None;
        }
        // `set` is refused if another step failed meanwhile: one error is told.
        step().map_err(|error| self.failure.set(error)).ok()
    }
}
// ANCHOR_END: par_words

// ANCHOR: collected
/// Wrong: nothing is counted before the last folder has been listed.
pub fn par_words_collected(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let mut files = Vec::new();
    collect(drive, folder, &mut files)?;
    files.par_iter().map(|file| drive.words(file)).sum()
}

fn collect(drive: &impl Drive, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let listing = drive.list(folder)?;
    files.extend(listing.files);
    listing.folders.iter().try_for_each(|folder| collect(drive, folder, files))
}
// ANCHOR_END: collected

// ANCHOR: slow_drive
/// The file system, with a pause before each listing, as on a drive far away.
#[derive(Clone, Copy, Debug)]
pub struct SlowDrive {
    /// How long each pause is.
    pub pause: Duration,
}

impl Drive for SlowDrive {
    fn list(&self, folder: &Path) -> io::Result<Listing> {
        info_span!("list", folder = name(folder)).in_scope(|| {
            thread::sleep(self.pause);
            let mut listing = Listing::default();
            for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
                let entry = entry?;
                let is_folder = entry.file_type()?.is_dir();
                if is_folder { &mut listing.folders } else { &mut listing.files }
                    .push(entry.path());
            }
            // The system has its own order.
            listing.folders.sort();
            listing.files.sort();
            Ok(listing)
        })
    }

    fn words(&self, file: &Path) -> io::Result<u64> {
        info_span!("count", file = name(file)).in_scope(|| {
            let text = fs::read_to_string(file).map_err(|error| at(file, &error))?;
            Ok(text.split_whitespace().count() as u64)
        })
    }
}
// ANCHOR_END: slow_drive

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("?")
}

/// The error with the path, which the standard library leaves out.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

/// Counts the words in a folder of letters: list by list, after collecting, and while listing.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new().thread_name(|index| format!("rayon {index}")).build()?;
    // Removed when it is dropped.
    let home = tempfile::tempdir()?;
    let letters = home.path().join("letters");
    write_letters(&letters)?;
    let drive = SlowDrive { pause: Duration::from_millis(4) };

    let timeline = lessons::timeline("collected first: nothing is counted before the last list");
    let found = pool.install(|| par_words_collected(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");

    let timeline = lessons::timeline("scope: each folder and each file is a task");
    let found = pool.install(|| par_words(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");
    println!("words, counted on one thread: {}", words(&drive, &letters)?);
    home.close()?;
    Ok(())
}

/// Four years of letters, two to a year.
fn write_letters(folder: &Path) -> io::Result<()> {
    for year in 1840..1844 {
        let folder = folder.join(year.to_string());
        fs::create_dir_all(&folder)?;
        for month in ["may", "june"] {
            let file = folder.join(format!("{month}-{year}.txt"));
            fs::write(file, "My dear Ada, the Engine is not finished. ".repeat(25_000))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
