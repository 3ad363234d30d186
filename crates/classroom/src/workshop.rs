//! Temporary folders that are gone when their grader is, even if it was killed.
//!
//! All of them stand in one, which holds a file that its grader keeps locked.
//! The system unlocks it when the grader ends, however it ends; then the next
//! grader may remove the folder. A name or a process's number would not tell:
//! either may be somebody else's by then.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempDir;

/// How the folders' names begin.
const PREFIX: &str = "classroom-";

/// The file that says that a folder is a grader's, and is locked while that
/// grader lives.
const OWNER: &str = "grader";

/// What is in that file.
const TEXT: &str = "The folder of a grader of exercises. It may be removed when nobody locks this file.\n";

/// A folder for all that a grader makes on its way.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: TempDir,
    _lock: File,
}

impl Workshop {
    /// Makes one, and removes those of graders that were killed.
    pub(crate) fn new() -> io::Result<Self> {
        tidy_up(&std::env::temp_dir());
        Self::below(&std::env::temp_dir())
    }

    fn below(parent: &Path) -> io::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Locked before it has its name: nobody sees it unlocked while we live.
        let (new, owner) =
            (folder.path().join("new"), folder.path().join(OWNER));
        fs::write(&new, TEXT)?;
        let lock = File::open(&new)?;
        lock.lock()?;
        fs::rename(&new, &owner)?;
        Ok(Workshop { folder, _lock: lock })
    }

    /// A new folder in it.
    pub(crate) fn folder(&self) -> io::Result<TempDir> {
        tempfile::Builder::new().prefix("").tempdir_in(self.folder.path())
    }
}

/// Removes the folders of graders that are no more.
fn tidy_up(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
            // Of the entry itself: a link is no folder.
            && entry.file_type().is_ok_and(|found| found.is_dir())
            && is_mine(&entry.path());
        let owner = entry.path().join(OWNER);
        let is_file =
            fs::symlink_metadata(&owner).is_ok_and(|found| found.is_file());
        if !ours
            || !is_file
            || !fs::read_to_string(&owner).is_ok_and(|text| text == TEXT)
        {
            continue;
        }
        let Ok(file) = File::open(&owner) else { continue };
        match file.try_lock() {
            Ok(()) => {
                let _ = fs::remove_dir_all(entry.path());
            }
            // Its grader lives, or this system has no locks.
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// Whether a folder belongs to whoever runs this.
#[cfg(unix)]
fn is_mine(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(folder).is_ok_and(|found| found.uid() == me)
}

/// Temporary folders are a user's own there.
#[cfg(not(unix))]
fn is_mine(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_graders_folder_whose_grader_is_gone_is_removed() {
        let parent = tempfile::tempdir().expect("there is room");
        let folder = |name: &str| {
            let folder = parent.path().join(name);
            fs::create_dir(&folder).expect("there is room");
            folder
        };
        let alive = Workshop::below(parent.path()).expect("there is room");
        let dead = folder("classroom-dead");
        fs::write(dead.join(OWNER), TEXT).expect("there is room");
        fs::create_dir(dead.join("inside")).expect("there is room");
        let not_ours = folder("classroom-photos");
        let other_text = folder("classroom-novel");
        fs::write(other_text.join(OWNER), "Once upon a time")
            .expect("there is room");
        let other_name = folder("photos");
        fs::write(other_name.join(OWNER), TEXT).expect("there is room");
        tidy_up(parent.path());
        assert!(!dead.exists(), "its grader is gone");
        for kept in [alive.folder.path(), &not_ours, &other_text, &other_name] {
            assert!(kept.exists(), "{} is gone", kept.display());
        }
        let inside = alive.folder().expect("there is room");
        assert!(inside.path().starts_with(alive.folder.path()));
        let path = alive.folder.path().to_owned();
        drop((inside, alive));
        assert!(!path.exists());
    }
}
