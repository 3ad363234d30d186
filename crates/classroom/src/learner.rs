//! A learner's folder: handed out, hinted at, and set back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::grade::{HINTS, hints};
use crate::process::run_own;
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
    /// It is the set itself.
    #[error("'{}' is the set itself, which nobody solves; make a folder with: just exercise", .0.display())]
    TheSet(PathBuf),
    /// A file is a link, so that writing it changes something elsewhere.
    #[error("'{}' is a link; nothing was changed", .0.display())]
    Link(PathBuf),
    /// It holds no learner's folder.
    #[error("no folder below '{}' has exercises", .0.display())]
    NoClass(PathBuf),
    /// No folder was named, and there is none to be found.
    #[error("no folder with exercises is here; make one with: just exercise")]
    NoFolder,
    /// There is no such level of hints.
    #[error("there are hints 1 to {0}")]
    Level(usize),
    /// A file cannot be read or written.
    #[error("cannot write '{}': {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// What a copy of the set holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Content<'a> {
    /// The names of the exercises; all if there are none.
    pub only: Option<&'a BTreeSet<String>>,
    /// A folder in which cargo keeps what it builds for all who share it.
    pub build: Option<&'a Path>,
}

/// Makes a learner's copy of the set: exercises, hints and what they need to be
/// built. No solutions and no wrong answers. Where there is git and the folder
/// is in no repository, it becomes one: rustlings sets an exercise back with
/// git.
///
/// The folder is there as a whole or not at all, also if this is stopped
/// halfway.
///
/// # Errors
/// If the folder is there and not empty, or cannot be written.
pub fn hand_out(
    set: &Set,
    folder: &Path,
    content: Content<'_>,
) -> Result<(), LearnerError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LearnerError::Io { path, source }
    };
    let folder = &std::path::absolute(folder).map_err(failed(folder))?;
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(LearnerError::NotEmpty(folder.to_owned()));
    }
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(failed(parent))?;
    let unfinished =
        tempfile::Builder::new().prefix(".handout-").tempdir_in(parent);
    let unfinished = unfinished.map_err(failed(parent))?;
    // In a folder of its own: a temporary one is for its owner's eyes only.
    let copy = unfinished.path().join("copy");
    fill(set, &copy, content)?;
    commit(&copy);
    if folder.exists() {
        fs::remove_dir(folder).map_err(failed(folder))?;
    }
    fs::rename(&copy, folder).map_err(failed(folder))
}

/// Writes a learner's copy into a new folder.
fn fill(
    set: &Set,
    folder: &Path,
    content: Content<'_>,
) -> Result<(), LearnerError> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        let below = path.parent().unwrap_or(folder);
        fs::create_dir_all(below)
            .and_then(|()| fs::write(&path, text))
            .map_err(|source| LearnerError::Io { path: path.clone(), source })
    };
    let read = |name: &str| {
        let path = set.folder.join(name);
        fs::read_to_string(&path)
            .map_err(|source| LearnerError::Io { path, source })
    };
    let is_chosen =
        |name: &str| content.only.is_none_or(|only| only.contains(name));
    let chosen: Vec<&Exercise> = set
        .exercises
        .iter()
        .filter(|exercise| is_chosen(&exercise.name))
        .collect();
    for exercise in &chosen {
        let path = exercise.path(Path::new("exercises")).display().to_string();
        let text = read(&path)?;
        write(&path, &text)?;
        write(&format!("{HANDED_OUT}/{path}"), &text)?;
        write(
            &format!("hints/{}.txt", exercise.name),
            &exercise.hints().join("\n\n"),
        )?;
    }
    copy(&set.folder.join("src"), &folder.join("src"))?;
    // What the exercises' tests are made of comes along: the copy stands
    // anywhere.
    copy(&set.folder.join("../witness/src"), &folder.join("witness/src"))?;
    write("witness/Cargo.toml", WITNESS)?;
    write("Cargo.lock", &read("Cargo.lock")?)?;
    write(".gitignore", &read(".gitignore")?)?;
    write("README.md", README)?;
    write("rustfmt.toml", RUSTFMT)?;
    // Formatting all of a copy is to change nothing in it.
    write("witness/rustfmt.toml", RUSTFMT_OF_WITNESS)?;
    write("examples/hint.rs", HINT)?;
    write(".cargo/config.toml", &settings(content.build)?)?;
    write("info.toml", &info(&read("info.toml")?, &chosen))?;
    let manifest = read("Cargo.toml")?;
    let is_kept = |line: &&str| match line.split_once("path = \"exercises/") {
        Some(_) => {
            chosen.iter().any(|it| line.contains(&format!("/{}.rs\"", it.name)))
        }
        None => !line.contains("\"solutions/"),
    };
    let lines = manifest.lines().filter(is_kept);
    let lines = lines.map(|line| line.replace("\"../witness\"", "\"witness\""));
    // Of no workspace, wherever it stands.
    write(
        "Cargo.toml",
        &(lines.collect::<Vec<_>>().join("\n") + "\n\n[workspace]\n"),
    )
}

/// `info.toml` for a copy: with the chosen exercises, and of each hint the
/// gentlest level, for rustlings shows all that is there at once.
fn info(info: &str, chosen: &[&Exercise]) -> String {
    let mut info: toml::Table = info.parse().expect("the set was read from it");
    let is_chosen = |exercise: &toml::Value| {
        chosen
            .iter()
            .any(|it| exercise["name"].as_str() == Some(it.name.as_str()))
    };
    if let Some(exercises) =
        info.get_mut("exercises").and_then(toml::Value::as_array_mut)
    {
        exercises.retain(is_chosen);
        for (exercise, chosen) in exercises.iter_mut().zip(chosen) {
            let hints = chosen.hints();
            let first = hints.first().copied().unwrap_or_default();
            let next = format!(
                "Hint 2 of {}: cargo hint {} 2",
                hints.len(),
                chosen.name
            );
            let text = if hints.len() > 1 {
                format!("{first}\n\n{next}")
            } else {
                first.to_owned()
            };
            if let Some(table) = exercise.as_table_mut() {
                table.insert("hint".to_owned(), text.into());
            }
        }
    }
    toml::to_string(&info).expect("it was TOML")
}

/// Cargo's settings for a copy.
fn settings(build: Option<&Path>) -> Result<String, LearnerError> {
    let mut settings =
        "[alias]\nhint = \"run --quiet --example hint --\"\n".to_owned();
    if let Some(build) = build {
        let failed =
            |source| LearnerError::Io { path: build.to_owned(), source };
        let build = std::path::absolute(build).map_err(failed)?;
        // Not the target folder: the programs of all learners have the same
        // names.
        let build = toml::Value::from(build.display().to_string());
        settings += &format!("\n[build]\nbuild-dir = {build}\n");
    }
    Ok(settings)
}

/// The program that shows one hint at a time.
const HINT: &str = include_str!("../handout/hint.rs");

/// Puts the solutions of these exercises into a learner's folder, for whoever
/// has the exercise. A file that is there already stays. Returns how many were
/// written.
///
/// # Errors
/// If the folder is none of a learner, or cannot be written.
pub fn hand_out_solutions(
    set: &Set,
    exercises: &[&Exercise],
    folder: &Path,
) -> Result<usize, LearnerError> {
    let mut written = 0;
    for exercise in exercises {
        let to = exercise.path(&folder.join("solutions"));
        let has_it = exercise.path(&folder.join("exercises")).exists();
        if !has_it || fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        for below in [
            folder.join("solutions"),
            folder.join("solutions").join(&exercise.dir),
        ] {
            if fs::symlink_metadata(&below)
                .is_ok_and(|found| found.is_symlink())
            {
                return Err(LearnerError::Link(below));
            }
            fs::create_dir_all(&below).map_err(|source| LearnerError::Io {
                path: below.clone(),
                source,
            })?;
        }
        let from = exercise.path(&set.folder.join("solutions"));
        fs::copy(from, &to)
            .map_err(|source| LearnerError::Io { path: to, source })?;
        written += 1;
    }
    Ok(written)
}

/// How this repository is formatted: with another width, formatting changes the
/// tests.
const RUSTFMT: &str = include_str!("../../exercises/rustfmt.toml");
const RUSTFMT_OF_WITNESS: &str = include_str!("../../../rustfmt.toml");

/// The page that a learner reads first.
const README: &str = include_str!("../handout/README.md");

/// Makes a repository of the folder, with one commit. What fails is left out:
/// only setting back needs it, and says so.
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
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        run_own(&mut git).is_ok_and(|output| output.status.success())
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

/// The folder that is meant: the one that was named, or the one that `here`
/// lies in, or the repository's own (see [`OWN_FOLDER`]).
///
/// # Errors
/// If it has no exercises, or is the set itself.
pub fn folder_of(
    set: &Set,
    named: Option<&Path>,
    here: &Path,
) -> Result<PathBuf, LearnerError> {
    let is_one = |folder: &Path| folder.join("exercises").is_dir();
    let is_set = |folder: &Path| same(folder, &set.folder);
    if let Some(named) = named {
        return match () {
            () if is_set(named) => Err(LearnerError::TheSet(named.to_owned())),
            () if !is_one(named) => {
                Err(LearnerError::NotALearner(named.to_owned()))
            }
            () => Ok(named.to_owned()),
        };
    }
    let around = here
        .ancestors()
        .find(|folder| is_one(folder) && folder.join("info.toml").is_file());
    match around {
        Some(folder) if is_set(folder) => {
            Err(LearnerError::TheSet(folder.to_owned()))
        }
        Some(folder) => Ok(folder.to_owned()),
        None if is_one(&own_folder()) => Ok(own_folder()),
        None => Err(LearnerError::NoFolder),
    }
}

/// Whether two paths are one folder.
fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The name of the folder in the repository, ignored by git, in which whoever
/// has cloned it solves the exercises.
pub const OWN_FOLDER: &str = "my-exercises";

/// Where that folder is, or would be.
pub fn own_folder() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    repository.canonicalize().unwrap_or(repository).join(OWN_FOLDER)
}

/// Sets one exercise back to what the set hands out today. The learner's answer
/// is kept beside it, as `NAME.rs.old`, or `NAME.rs.old.2` and so on if there is
/// one already; returns where. Nothing is kept, and nothing returned, if there
/// was no file or nobody had changed it.
///
/// # Errors
/// If the folder is none of a learner, or cannot be written, or a link would
/// lead out of it.
pub fn reset(
    set: &Set,
    exercise: &Exercise,
    folder: &Path,
) -> Result<Option<PathBuf>, LearnerError> {
    let path = exercise.path(&folder.join("exercises"));
    if !folder.join("exercises").is_dir() {
        return Err(LearnerError::NotALearner(folder.to_owned()));
    }
    if same(folder, &set.folder) {
        return Err(LearnerError::TheSet(folder.to_owned()));
    }
    let failed = |source| LearnerError::Io { path: path.clone(), source };
    let is_link = |path: &&Path| {
        fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
    };
    let way = [
        folder.join("exercises"),
        folder.join("exercises").join(&exercise.dir),
        path.clone(),
    ];
    if let Some(link) = way.iter().map(PathBuf::as_path).find(is_link) {
        return Err(LearnerError::Link(link.to_owned()));
    }
    let original = exercise.path(&set.folder.join("exercises"));
    let handed_out = handed_out(exercise, folder);
    let is_own = match (fs::read(&path), fs::read(&handed_out)) {
        (Ok(found), Ok(handed_out)) if found == handed_out => false,
        (Err(error), _) => error.kind() != io::ErrorKind::NotFound,
        (Ok(found), _) => {
            fs::read(&original).ok().is_none_or(|original| found != original)
        }
    };
    let kept = is_own.then(|| free_name(&path));
    if let Some(kept) = &kept {
        fs::rename(&path, kept).map_err(failed)?;
    }
    fs::copy(&original, &path).map_err(failed)?;
    // From now on this is what was handed out. A folder of an earlier version
    // has no such file.
    if fs::symlink_metadata(&handed_out).is_ok_and(|found| found.is_file()) {
        let failed =
            |source| LearnerError::Io { path: handed_out.clone(), source };
        fs::copy(&original, &handed_out).map_err(failed)?;
    }
    Ok(kept)
}

/// The folder of a learner in which everything stays as it was handed out: the
/// set may change afterward.
const HANDED_OUT: &str = ".handed-out";

/// Where an exercise stands as it was handed out.
pub(crate) fn handed_out(exercise: &Exercise, folder: &Path) -> PathBuf {
    exercise.path(&folder.join(HANDED_OUT).join("exercises"))
}

/// The first of `NAME.rs.old`, `NAME.rs.old.2`, … that nobody has.
fn free_name(path: &Path) -> PathBuf {
    let old = path.with_extension("rs.old");
    let numbered =
        (2..).map(|number| path.with_extension(format!("rs.old.{number}")));
    let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    std::iter::once(old)
        .chain(numbered)
        .find(is_free)
        .expect("there are numbers enough")
}

/// The next hint, or the given level, counted from 1; and how many there are.
/// Notes in the learner's folder how many were read.
///
/// # Errors
/// If the folder is none of a learner, there is no such level, or the note
/// cannot be written.
pub fn hint<'a>(
    exercise: &'a Exercise,
    level: Option<usize>,
    folder: &Path,
) -> Result<(usize, usize, &'a str), LearnerError> {
    if !folder.join("exercises").is_dir() {
        return Err(LearnerError::NotALearner(folder.to_owned()));
    }
    let levels = exercise.hints();
    let mut read = hints(folder);
    let before =
        read.get(&exercise.name).copied().unwrap_or(0).min(levels.len());
    if level.is_some_and(|level| level == 0 || level > levels.len()) {
        return Err(LearnerError::Level(levels.len()));
    }
    let level = level.unwrap_or(before + 1).clamp(1, levels.len().max(1));
    read.insert(exercise.name.clone(), before.max(level));
    let path = folder.join(HINTS);
    if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
        return Err(LearnerError::Link(path));
    }
    let text = serde_json::to_string_pretty(&read)
        .expect("names and numbers are plain data");
    fs::write(&path, text + "\n")
        .map_err(|source| LearnerError::Io { path, source })?;
    Ok((
        level,
        levels.len(),
        levels.get(level - 1).copied().unwrap_or_default(),
    ))
}
