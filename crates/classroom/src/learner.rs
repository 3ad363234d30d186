//! A learner's folder: handed out, hinted at, and set back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::grade::{HINTS, hints};
use crate::set::{Exercise, Set};

/// Why a folder cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum LearnerError {
    /// It is there already, with something in it.
    #[error("'{}' is there already and is not empty; nothing was changed", .0.display())]
    NotEmpty(PathBuf),
    /// It is not a learner's folder.
    #[error("'{}' has no exercises; make a folder with: just handout DIR", .0.display())]
    NotALearner(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot write '{}': {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Makes a learner's copy of the set: exercises, hints and what they need to be built. No
/// solutions and no wrong answers. Where there is git and the folder is in no repository, it
/// becomes one: rustlings sets an exercise back with git.
///
/// # Errors
/// If the folder is there and not empty, or cannot be written.
pub fn hand_out(set: &Set, folder: &Path) -> Result<(), LearnerError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LearnerError::Io { path, source }
    };
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(LearnerError::NotEmpty(folder.to_owned()));
    }
    copy(&set.folder.join("exercises"), &folder.join("exercises"))?;
    copy(&set.folder.join("src"), &folder.join("src"))?;
    // What the exercises' tests are made of comes along: the copy stands anywhere.
    let witness = set.folder.join("../witness");
    copy(&witness.join("src"), &folder.join("witness/src"))?;
    fs::write(folder.join("witness/Cargo.toml"), WITNESS).map_err(failed(folder))?;
    for name in ["info.toml", "Cargo.lock", ".gitignore"] {
        let from = set.folder.join(name);
        fs::copy(&from, folder.join(name)).map_err(failed(&from))?;
    }
    let manifest = set.folder.join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).map_err(failed(&manifest))?;
    let lines = manifest.lines().filter(|line| !line.contains("\"solutions/"));
    let manifest: Vec<String> =
        lines.map(|line| line.replace("\"../witness\"", "\"witness\"")).collect();
    // Of no workspace, wherever it stands.
    let manifest = manifest.join("\n") + "\n\n[workspace]\n";
    for (name, text) in [("Cargo.toml", manifest.as_str()), ("README.md", README)] {
        let to = folder.join(name);
        fs::write(&to, text).map_err(failed(&to))?;
    }
    commit(folder);
    Ok(())
}

/// The page that a learner reads first.
const README: &str = include_str!("handout.md");

/// Makes a repository of the folder, with one commit. What fails is left out: only setting back
/// needs it, and says so.
fn commit(folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args([
            "-c",
            "user.name=handout",
            "-c",
            "user.email=handout@localhost",
        ]);
        git.args(["-c", "commit.gpgSign=false"]).args(arguments);
        git.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
    };
    if !git(&["rev-parse", "--is-inside-work-tree"]) {
        let _ = git(&["init", "--quiet"])
            && git(&["add", "--all"])
            && git(&[
                "commit",
                "--quiet",
                "--no-verify",
                "--message",
                "The exercises as handed out",
            ]);
    }
}

/// The manifest of `witness` outside of the workspace.
const WITNESS: &str = "\
[package]
name = \"witness\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

# Its features, which need Tokio, are left out of this copy.
[lints.rust]
unexpected_cfgs = \"allow\"
";

fn copy(from: &Path, to: &Path) -> Result<(), LearnerError> {
    let failed = |source| LearnerError::Io { path: to.to_owned(), source };
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to).map_err(failed)?;
        }
    }
    Ok(())
}

/// Sets one exercise back to what was handed out. The learner's answer is kept beside it, as
/// `NAME.rs.old`; returns where.
///
/// # Errors
/// If the folder is none of a learner, or cannot be written.
pub fn reset(set: &Set, exercise: &Exercise, folder: &Path) -> Result<PathBuf, LearnerError> {
    let path = exercise.path(&folder.join("exercises"));
    if !folder.join("exercises").is_dir() {
        return Err(LearnerError::NotALearner(folder.to_owned()));
    }
    let failed = |source| LearnerError::Io { path: path.clone(), source };
    let kept = path.with_extension("rs.old");
    if path.exists() {
        fs::copy(&path, &kept).map_err(failed)?;
    }
    fs::copy(exercise.path(&set.folder.join("exercises")), &path).map_err(failed)?;
    Ok(kept)
}

/// The next hint, or the given level, counted from 1; and how many there are. Notes in the
/// learner's folder how many were read.
///
/// # Errors
/// If the note cannot be written.
pub fn hint<'a>(
    exercise: &'a Exercise,
    level: Option<usize>,
    folder: &Path,
) -> Result<(usize, usize, &'a str), LearnerError> {
    let levels = exercise.hints();
    let mut read = hints(folder);
    let before = read.get(&exercise.name).copied().unwrap_or(0);
    let level = level.unwrap_or(before + 1).clamp(1, levels.len().max(1));
    read.insert(exercise.name.clone(), before.max(level));
    let path = folder.join(HINTS);
    let text = serde_json::to_string_pretty(&read).expect("names and numbers are plain data");
    fs::write(&path, text + "\n").map_err(|source| LearnerError::Io { path, source })?;
    Ok((level, levels.len(), levels.get(level - 1).copied().unwrap_or_default()))
}
