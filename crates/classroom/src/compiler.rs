//! The compiler, asked for one test program at a time.
//!
//! Cargo builds the dependencies once. Then rustc alone compiles each answer,
//! which takes less than half the time, and can be done to many at once and
//! anywhere on the disk.
//!
//! Programs of the set's own answers are kept below the target folder, and used
//! again while their text, the compiler, its flags and the dependencies are the
//! same: then the compiler would make the same program. So are the errors that
//! the compiler finds in an answer. What the tests of a program said is never
//! kept, for threads may meet otherwise.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{self, Ended};
use crate::workshop::Workshop;

/// Settings for all test programs: nobody debugs them.
const FLAGS: [&str; 6] =
    ["-A", "warnings", "-C", "debuginfo=0", "-C", "strip=debuginfo"];

/// No answer takes the compiler longer.
const LIMIT: Duration = Duration::from_secs(120);

/// Nor do many that are compiled together, each of which has its copy of the
/// tests.
const LIMIT_TOGETHER: Duration = Duration::from_secs(600);

/// A compiler with the set's dependencies at hand.
#[derive(Debug)]
pub struct Compiler {
    rustc: OsString,
    /// What must be the same for a program to be the same, but for its text.
    key: String,
    workshop: Workshop,
    edition: String,
    /// `--extern` and `-L` for all that the exercises may use, and what they
    /// must not do.
    dependencies: Vec<OsString>,
    manifest: PathBuf,
    target: PathBuf,
}

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum CompilerError {
    /// A program cannot be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// Which.
        program: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The dependencies cannot be built; cargo has said why.
    #[error("what the exercises use cannot be built; cargo has said why above")]
    Dependencies,
    /// There is no room for temporary files.
    #[error("cannot make a temporary folder: {0}")]
    Folder(io::Error),
}

/// Why a file was not compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The first error as a terminal shows it, without colors.
    pub error: String,
    /// The names of the files in which errors stand.
    pub files: BTreeSet<String>,
}

impl Compiler {
    /// Builds the dependencies of a set, below `target`. The first time, cargo
    /// shows its progress.
    ///
    /// # Errors
    /// If cargo fails.
    pub fn new(set: &Path, target: &Path) -> Result<Self, CompilerError> {
        let manifest = set.join("Cargo.toml");
        let mut command = cargo("build", &manifest, target);
        command.args(["--lib", "--message-format", "json-render-diagnostics"]);
        if target.join("debug").exists() {
            command.arg("--quiet");
        } else {
            eprintln!("building what the exercises use, once");
        }
        let (status, stdout) =
            process::run_in_sight(&mut command).map_err(|source| {
                CompilerError::Run { program: "cargo", source }
            })?;
        if !status.success() {
            return Err(CompilerError::Dependencies);
        }
        let own = manifest.canonicalize().ok();
        let manifest_text =
            std::fs::read_to_string(&manifest).unwrap_or_default();
        let settings: toml::Table = manifest_text.parse().unwrap_or_default();
        let built =
            built(&stdout, own.as_deref(), &direct_dependencies(&settings));
        let Built { edition, mut dependencies, mut key } = built;
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        if denies_unsafe_code(&settings) {
            dependencies.extend(["-F".into(), "unsafe_code".into()]);
        }
        let version = Command::new(&rustc).arg("-vV").output();
        let version = version.map_err(|source| CompilerError::Run {
            program: "rustc",
            source,
        })?;
        key += &String::from_utf8_lossy(&version.stdout);
        let _ = writeln!(key, "{edition} {FLAGS:?} {dependencies:?}");
        let workshop = Workshop::new().map_err(CompilerError::Folder)?;
        let target = target.to_owned();
        Ok(Compiler {
            rustc,
            key,
            workshop,
            edition,
            dependencies,
            manifest,
            target,
        })
    }

    /// A new folder, which is removed with what is returned; at the latest when
    /// a later grader begins.
    ///
    /// # Errors
    /// If there is no room.
    pub fn folder(&self) -> io::Result<TempDir> {
        self.workshop.folder()
    }

    /// The place where what the compiler makes of these files is kept, of which
    /// each name has one.
    pub(crate) fn kept(&self, name: &str, files: &[(String, String)]) -> Kept {
        let mut key = self.key.clone();
        for (name, text) in files {
            let _ = writeln!(key, "== {name} {}\n{text}", text.len());
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let all = self.target.join("programs");
        let prefix = format!("{name}-");
        let folder = all.join(format!("{prefix}{:016x}", hasher.finish()));
        Kept { all, prefix, folder, key }
    }

    /// Compiles a file into a test program beside it, with the modules that it
    /// may have. Returns the program, or why there is none.
    ///
    /// # Errors
    /// If the compiler cannot be run.
    pub(crate) fn test_program(
        &self,
        file: &Path,
        modules: usize,
    ) -> Result<Result<PathBuf, Refused>, CompilerError> {
        let limit = if modules == 0 { LIMIT } else { LIMIT_TOGETHER };
        let program = file.with_extension(std::env::consts::EXE_EXTENSION);
        let mut rustc = Command::new(&self.rustc);
        rustc
            .args([
                "--test",
                "--edition",
                &self.edition,
                "--error-format",
                "json",
            ])
            .args(FLAGS)
            .args(&self.dependencies)
            .arg("-o")
            .arg(&program)
            .arg(file.file_name().expect("an exercise is a file"))
            .current_dir(file.parent().expect("a file has a folder"));
        let (ended, _, stderr) =
            process::run(&mut rustc, limit).map_err(|source| {
                CompilerError::Run { program: "rustc", source }
            })?;
        match ended {
            Ended::Killed => {
                let error =
                    format!("rustc did not end within {} s", limit.as_secs());
                Ok(Err(Refused { error, files: BTreeSet::new() }))
            }
            Ended::Exit(status) if status.success() => Ok(Ok(program)),
            Ended::Exit(_) => Ok(Err(refused(&stderr))),
        }
    }

    /// Clippy's warnings about programs of the set, tests included: for each
    /// the program's name, the first line, and where.
    ///
    /// # Errors
    /// If clippy cannot be run.
    pub fn warnings(
        &self,
        programs: &[String],
    ) -> Result<Vec<(String, String)>, CompilerError> {
        let mut command = cargo("clippy", &self.manifest, &self.target);
        command.args([
            "--quiet",
            "--profile",
            "test",
            "--keep-going",
            "--message-format",
            "json",
        ]);
        for program in programs {
            command.args(["--bin", program]);
        }
        let (status, stdout) =
            process::run_in_sight(&mut command).map_err(|source| {
                CompilerError::Run { program: "cargo", source }
            })?;
        let mut found = Vec::new();
        for message in messages(&stdout) {
            let (text, name) =
                (&message["message"], message["target"]["name"].as_str());
            let Some(rendered) = text["rendered"].as_str() else { continue };
            // The last only counts the others, and stands nowhere.
            if let Some(place) = rendered
                .lines()
                .find_map(|line| line.trim().strip_prefix("--> "))
            {
                let first = rendered.lines().next().unwrap_or_default();
                found.push((
                    name.unwrap_or_default().to_owned(),
                    format!("{first} ({place})"),
                ));
            }
        }
        if !status.success() && found.is_empty() {
            let source = io::Error::other(
                "is clippy there? rustup component add clippy",
            );
            return Err(CompilerError::Run { program: "cargo clippy", source });
        }
        Ok(found)
    }
}

/// What cargo has built, in an order that is always the same: cargo reports in
/// the order in which it happens to be ready.
#[derive(Debug, PartialEq, Eq)]
struct Built {
    edition: String,
    /// `--extern` and `-L`.
    dependencies: Vec<OsString>,
    /// What must be the same for a program to be the same.
    key: String,
}

/// What cargo has built, from its messages.
fn built(stdout: &str, own: Option<&Path>, direct: &[String]) -> Built {
    let mut options: BTreeSet<[OsString; 2]> = BTreeSet::new();
    let mut key: BTreeSet<String> = BTreeSet::new();
    let mut edition = "2024".to_owned();
    for message in messages(stdout) {
        let target = &message["target"];
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let own = own.is_some()
            && message["manifest_path"].as_str().map(Path::new) == own;
        if own {
            edition = target["edition"].as_str().unwrap_or(&edition).to_owned();
        }
        let name =
            target["name"].as_str().unwrap_or_default().replace('-', "_");
        let files = message["filenames"].as_array().into_iter().flatten();
        for file in files.filter_map(Value::as_str) {
            // A dependency that is built anew is written anew.
            let written = fs::metadata(file)
                .and_then(|file| Ok((file.len(), file.modified()?)));
            key.insert(format!("{file} {:?}\n", written.ok()));
            let folder = Path::new(file).parent().unwrap_or(Path::new("."));
            let is_library = file.ends_with(".rlib")
                || file.ends_with(std::env::consts::DLL_SUFFIX);
            if is_library && (own || direct.contains(&name)) {
                options.insert([
                    "--extern".into(),
                    format!("{name}={file}").into(),
                ]);
                options.insert([
                    "-L".into(),
                    format!("dependency={}", folder.display()).into(),
                ]);
            }
        }
    }
    let dependencies = options.into_iter().flatten().collect();
    Built { edition, dependencies, key: key.into_iter().collect() }
}

/// A cargo command for the set.
fn cargo(command: &str, manifest: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
    );
    cargo
        .arg(command)
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(target);
    // Flags for our own build are not meant for the exercises.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}

/// A program's messages as JSON: one on each line.
fn messages(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// The names of the crates that an exercise may use. Their own dependencies may
/// be there in two versions, and rustc finds them by itself.
fn direct_dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    table
        .into_iter()
        .flat_map(|table| table.keys())
        .map(|name| name.replace('-', "_"))
        .collect()
}

/// Whether a set denies unsafe code: then it denies it to every answer,
/// whatever the answer allows itself.
fn denies_unsafe_code(manifest: &toml::Table) -> bool {
    let lint = || manifest.get("lints")?.get("rust")?.get("unsafe_code");
    // `unsafe_code = "deny"`, or `{ level = "deny", priority = 1 }`.
    let level = lint().map(|lint| lint.get("level").unwrap_or(lint));
    level
        .and_then(toml::Value::as_str)
        .is_some_and(|level| matches!(level, "deny" | "forbid"))
}

fn refused(stderr: &str) -> Refused {
    let errors: Vec<Value> = messages(stderr)
        .filter(|message| message["level"] == "error")
        .collect();
    let first = errors
        .iter()
        .find_map(|error| error["rendered"].as_str().map(str::to_owned));
    let mut files = BTreeSet::new();
    for span in errors
        .iter()
        .flat_map(|error| error["spans"].as_array().into_iter().flatten())
    {
        // An error in a macro stands where the macro is called, too.
        let mut place = Some(span);
        while let Some(span) = place {
            files.extend(span["file_name"].as_str().map(str::to_owned));
            place = span.get("expansion").and_then(|it| it.get("span"));
        }
    }
    let error =
        first.unwrap_or_else(|| "rustc failed and did not say why".to_owned());
    Refused { error, files }
}

/// The place of a program, or of the compiler's errors, kept from one grading
/// to the next.
pub(crate) struct Kept {
    all: PathBuf,
    prefix: String,
    folder: PathBuf,
    key: String,
}

/// The files of that place.
const KEY: &str = "key";
const PROGRAM: &str = "program";
const REFUSED: &str = "refused.json";

impl Kept {
    /// Puts the program into a folder, or returns the errors, if they are there
    /// and were made of the same.
    pub(crate) fn get(&self, into: &Path) -> Option<Result<PathBuf, Refused>> {
        if fs::read_to_string(self.folder.join(KEY)).ok()? != self.key {
            return None;
        }
        if let Ok(refused) = fs::read(self.folder.join(REFUSED)) {
            return serde_json::from_slice(&refused).ok().map(Err);
        }
        let (from, to) = (self.folder.join(PROGRAM), into.join(PROGRAM));
        // A link lasts, even if somebody else keeps another one now.
        let there =
            fs::hard_link(&from, &to).is_ok() || fs::copy(&from, &to).is_ok();
        there.then_some(Ok(to))
    }

    /// Keeps what the compiler has made, and nothing older of the same name.
    /// Without it, the next grading takes longer: errors are no reason to stop.
    pub(crate) fn keep(&self, made: &Result<PathBuf, Refused>) {
        // Where no file is to blame, it is the machine: it may have no room
        // now, and some later.
        if made.as_ref().is_err_and(|refused| refused.files.is_empty()) {
            return;
        }
        let keep = || {
            fs::create_dir_all(&self.all)?;
            for entry in fs::read_dir(&self.all)?.flatten() {
                let name = entry.file_name();
                let hash = name
                    .to_str()
                    .and_then(|name| name.strip_prefix(&self.prefix));
                if hash.is_some_and(|hash| !hash.contains('-')) {
                    let _ = fs::remove_dir_all(entry.path());
                }
            }
            // As a whole or not at all.
            let new = tempfile::Builder::new()
                .prefix("new-")
                .tempdir_in(&self.all)?;
            match made {
                Ok(program) => {
                    fs::copy(program, new.path().join(PROGRAM)).map(drop)?
                }
                Err(refused) => {
                    fs::write(
                        new.path().join(REFUSED),
                        serde_json::to_vec(refused)?,
                    )?;
                }
            }
            fs::write(new.path().join(KEY), &self.key)?;
            fs::rename(new.path(), &self.folder)
        };
        let _: io::Result<()> = keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_which_order_cargo_reports_does_not_matter() {
        let artifact = |name: &str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\"manifest_path\":\"/{name}/Cargo.toml\",\
                 \"target\":{{\"name\":\"{name}\",\"edition\":\"2021\"}},\
                 \"filenames\":[\"/deps/lib{name}.rlib\"]}}\n"
            )
        };
        let own = Path::new("/set/Cargo.toml");
        let direct = ["tokio", "rayon"].map(str::to_owned);
        let [set, tokio, rayon, log] =
            ["set", "tokio", "rayon", "log"].map(artifact);
        let one =
            built(&format!("{set}{tokio}{rayon}{log}"), Some(own), &direct);
        let other =
            built(&format!("{log}{rayon}{set}{tokio}"), Some(own), &direct);
        assert_eq!(one, other);
        assert_eq!(one.edition, "2021");
        let all = "--extern rayon=/deps/librayon.rlib --extern set=/deps/libset.rlib \
            --extern tokio=/deps/libtokio.rlib -L dependency=/deps";
        assert_eq!(one.dependencies.join(std::ffi::OsStr::new(" ")), all);
        assert_eq!(one.key.lines().count(), 4, "{}", one.key);
    }
}
