//! Tasks in a scope borrow, and spawn more tasks.
//!
//! A task spawned without a scope may run on after this function has returned,
//! when `total` is gone:
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

// ANCHOR: program
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rayon::prelude::*;
use rayon::{Scope, ThreadPoolBuilder};

use stage::{SlowDrive, write_letters};

// ANCHOR: drive
/// Where folders are listed and files are read.
pub trait Drive: Sync {
    /// The entries of a folder.
    fn list(&self, folder: &Path) -> io::Result<Listing>;

    /// The number of words in a file.
    fn words(&self, file: &Path) -> io::Result<u64>;
}

/// The entries of a folder.
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
/// [`words`], counted on the threads of the current pool. If there are several
/// errors, it returns the one that came first.
pub fn par_words(drive: &impl Drive, folder: &Path) -> io::Result<u64> {
    let walk =
        Walk { drive, total: AtomicU64::new(0), failure: OnceLock::new() };
    rayon::scope(|scope| walk.visit(folder, scope));
    // All tasks have ended, so nobody borrows `walk` anymore.
    walk.failure.into_inner().map_or(Ok(walk.total.into_inner()), Err)
}

/// A walk, shared by its tasks.
struct Walk<'a, D> {
    drive: &'a D,
    total: AtomicU64,
    failure: OnceLock<io::Error>,
}

impl<D: Drive> Walk<'_, D> {
    /// Spawns a task for everything in the folder. Each borrows this walk,
    /// which outlives the scope.
    fn visit<'scope>(&'scope self, folder: &Path, scope: &Scope<'scope>) {
        let Some(listing) = self.unless_failed(|| self.drive.list(folder))
        else {
            return;
        };
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
    fn unless_failed<T>(
        &self,
        step: impl FnOnce() -> io::Result<T>,
    ) -> Option<T> {
        if self.failure.get().is_some() {
            return None;
        }
        // `set` is refused if another step failed meanwhile: the first error is
        // kept.
        step().map_err(|error| self.failure.set(error)).ok()
    }
}
// ANCHOR_END: par_words

// ANCHOR: collected
/// Wrong: nothing is counted before the last folder has been listed.
pub fn par_words_collected(
    drive: &impl Drive,
    folder: &Path,
) -> io::Result<u64> {
    let mut files = Vec::new();
    collect(drive, folder, &mut files)?;
    files.par_iter().map(|file| drive.words(file)).sum()
}

fn collect(
    drive: &impl Drive,
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let listing = drive.list(folder)?;
    files.extend(listing.files);
    listing.folders.iter().try_for_each(|folder| collect(drive, folder, files))
}
// ANCHOR_END: collected

/// Counts the words in a folder of letters: list by list, after collecting, and
/// while listing.
pub fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("rayon {index}"))
        .build()?;
    // Removed when it is dropped.
    let home = tempfile::tempdir()?;
    let letters = home.path().join("letters");
    write_letters(&letters)?;
    let drive = SlowDrive { pause: Duration::from_millis(4) };

    let timeline = timeline::timeline(
        "collected first: nothing is counted before the last list",
    );
    let found = pool.install(|| par_words_collected(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");

    let timeline =
        timeline::timeline("scope: each folder and each file is a task");
    let found = pool.install(|| par_words(&drive, &letters))?;
    timeline.draw();
    println!("words: {found}\n");
    println!("words, counted on one thread: {}", words(&drive, &letters)?);
    home.close()?;
    Ok(())
}

mod stage;
// ANCHOR_END: program

#[cfg(test)]
mod tests;
