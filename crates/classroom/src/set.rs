//! The set of exercises: what `info.toml` says, and where the files stand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// Seconds an exercise's tests may take, unless its entry says otherwise.
const LIMIT: u64 = 90;

/// A set of exercises in rustlings' community format.
#[derive(Clone, Debug)]
pub struct Set {
    /// The folder with `info.toml`.
    pub folder: PathBuf,
    /// In the order in which they are to be solved.
    pub exercises: Vec<Exercise>,
}

/// One exercise, as `info.toml` describes it. rustlings ignores the keys that
/// are ours.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Exercise {
    /// Unique in the set.
    pub name: String,
    /// Its folder below `exercises`, such as `03_tokio`.
    pub dir: String,
    /// Three levels, a paragraph each; rustlings shows all.
    pub hint: String,
    /// The time that a learner is given for it.
    pub minutes: u32,
    /// The code of the error that it gives as it is handed out, if it is one to
    /// be repaired.
    pub error: Option<String>,
    /// The names of its milestones, if it is a project: its tests' names begin
    /// with `milestone_1_` and so on.
    #[serde(default)]
    pub milestones: Vec<String>,
    /// Seconds that its tests may take before they count as hung.
    limit: Option<u64>,
}

/// Why there is no set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A file cannot be read.
    #[error("cannot read '{}': {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// `info.toml` is not what it should be.
    #[error("'{}' cannot be understood: {source}", path.display())]
    Toml {
        /// Which.
        path: PathBuf,
        /// The parser's error.
        source: Box<toml::de::Error>,
    },
    /// Nothing has this name.
    #[error("there is no exercise '{0}'{1}")]
    Unknown(String, String),
}

#[derive(Deserialize)]
struct Info {
    exercises: Vec<Exercise>,
}

impl Set {
    /// The repository's own set.
    ///
    /// # Errors
    /// If it is not there, or `info.toml` is wrong.
    pub fn own() -> Result<Set, SetError> {
        Self::read(&Self::own_folder())
    }

    /// Whether this is the repository's own.
    pub fn is_own(&self) -> bool {
        self.folder == Self::own_folder()
    }

    fn own_folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../exercises")
    }

    /// The set in a folder.
    ///
    /// # Errors
    /// If it is not there, or `info.toml` is wrong.
    pub fn read(folder: &Path) -> Result<Set, SetError> {
        let path = folder.join("info.toml");
        let text = fs::read_to_string(&path)
            .map_err(|source| SetError::Io { path: path.clone(), source })?;
        let info: Info = toml::from_str(&text).map_err(|source| {
            SetError::Toml { path, source: Box::new(source) }
        })?;
        Ok(Set { folder: folder.to_owned(), exercises: info.exercises })
    }

    /// The exercise with this name.
    ///
    /// # Errors
    /// If there is none; the error names one that is spelled alike.
    pub fn exercise(&self, name: &str) -> Result<&Exercise, SetError> {
        self.exercises.iter().find(|exercise| exercise.name == name).ok_or_else(
            || {
                let names =
                    self.exercises.iter().map(|exercise| &exercise.name);
                let alike = names
                    .map(|other| (strsim::levenshtein(other, name), other));
                let nearest = alike
                    .filter(|(edits, _)| *edits <= 3)
                    .min()
                    .map(|(_, other)| other);
                let question =
                    nearest.map(|other| format!("; did you mean '{other}'?"));
                SetError::Unknown(name.to_owned(), question.unwrap_or_default())
            },
        )
    }

    /// Where the wrong answers to an exercise stand.
    pub fn wrong_folder(&self, exercise: &Exercise) -> PathBuf {
        self.answers_folder("wrong", exercise)
    }

    /// Where the right answers in other styles than the solution's stand.
    pub fn right_folder(&self, exercise: &Exercise) -> PathBuf {
        self.answers_folder("right", exercise)
    }

    /// The files of wrong answers to an exercise, each with the name of the
    /// mistake, in order.
    ///
    /// # Errors
    /// If their folder cannot be read. Having none is no error.
    pub fn wrong(
        &self,
        exercise: &Exercise,
    ) -> Result<Vec<(String, PathBuf)>, SetError> {
        answers(&self.wrong_folder(exercise))
    }

    /// The files of other right answers to an exercise, each with the name of
    /// its style, in order.
    ///
    /// # Errors
    /// If their folder cannot be read. Having none is no error.
    pub fn right(
        &self,
        exercise: &Exercise,
    ) -> Result<Vec<(String, PathBuf)>, SetError> {
        answers(&self.right_folder(exercise))
    }

    /// Where a teacher's notes on an exercise stand, if there are any. They are
    /// not handed out.
    pub fn notes(&self, exercise: &Exercise) -> PathBuf {
        exercise.path(&self.folder.join("notes")).with_extension("md")
    }

    fn answers_folder(&self, kind: &str, exercise: &Exercise) -> PathBuf {
        self.folder.join(kind).join(&exercise.dir).join(&exercise.name)
    }
}

/// The files of a folder with their names, in order; none where there is no
/// folder.
fn answers(folder: &Path) -> Result<Vec<(String, PathBuf)>, SetError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| SetError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name =
            path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        found.push((name.to_owned(), path));
    }
    found.sort();
    Ok(found)
}

impl Exercise {
    /// Its file below a folder of exercises or solutions.
    pub fn path(&self, below: &Path) -> PathBuf {
        below.join(&self.dir).join(&self.name).with_extension("rs")
    }

    /// Its chapter: `chapter-03` for what stands in `03_tokio`. Projects, which
    /// have milestones, belong to several chapters, and are called `projects`.
    pub fn chapter(&self) -> String {
        if !self.milestones.is_empty() {
            return "projects".to_owned();
        }
        format!("chapter-{}", self.dir.split('_').next().unwrap_or_default())
    }

    /// How long its tests may take.
    pub fn limit(&self) -> Duration {
        Duration::from_secs(self.limit.unwrap_or(LIMIT))
    }

    /// The levels of its hint, the gentlest first.
    pub fn hints(&self) -> Vec<&str> {
        self.hint
            .split("\n\n")
            .map(str::trim)
            .filter(|hint| !hint.is_empty())
            .collect()
    }
}
