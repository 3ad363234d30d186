//! The compiler, asked for one test program at a time.
//!
//! Cargo builds the dependencies once. Then rustc alone compiles each answer, which takes less than
//! half the time, and can be done to many at once and anywhere on the disk.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::process::{self, Ended};

/// No answer takes the compiler longer.
const LIMIT: Duration = Duration::from_secs(120);

/// A compiler with the set's dependencies at hand.
#[derive(Clone, Debug)]
pub struct Compiler {
    rustc: OsString,
    edition: String,
    /// `--extern` and `-L` for all that the exercises may use, and what they must not do.
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
}

impl Compiler {
    /// Builds the dependencies of a set, below `target`. The first time, cargo shows its progress.
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
        let (status, stdout) = process::run_in_sight(&mut command)
            .map_err(|source| CompilerError::Run { program: "cargo", source })?;
        if !status.success() {
            return Err(CompilerError::Dependencies);
        }
        let own = manifest.canonicalize().ok();
        let manifest_text = std::fs::read_to_string(&manifest).unwrap_or_default();
        let settings: toml::Table = manifest_text.parse().unwrap_or_default();
        let direct = direct_dependencies(&settings);
        let mut dependencies: Vec<OsString> = Vec::new();
        let mut edition = "2024".to_owned();
        for message in messages(&stdout) {
            let target = &message["target"];
            if message["reason"] != "compiler-artifact" {
                continue;
            }
            let own = message["manifest_path"].as_str().map(PathBuf::from) == own;
            if own {
                edition = target["edition"].as_str().unwrap_or(&edition).to_owned();
            }
            let name = target["name"].as_str().unwrap_or_default().replace('-', "_");
            if !own && !direct.contains(&name) {
                continue;
            }
            let files = message["filenames"].as_array().into_iter().flatten();
            for file in files.filter_map(Value::as_str) {
                let folder = Path::new(file).parent().unwrap_or(Path::new("."));
                let is_library =
                    file.ends_with(".rlib") || file.ends_with(std::env::consts::DLL_SUFFIX);
                if is_library {
                    dependencies.extend(["--extern".into(), format!("{name}={file}").into()]);
                    let search = OsString::from(format!("dependency={}", folder.display()));
                    if !dependencies.contains(&search) {
                        dependencies.extend(["-L".into(), search]);
                    }
                }
            }
        }
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        // A set that denies unsafe code denies it to every answer, whatever the answer allows itself.
        let safe = settings.get("lints").and_then(|lints| lints.get("rust"));
        if safe.is_some_and(|lints| lints.get("unsafe_code").is_some()) {
            dependencies.extend(["-F".into(), "unsafe_code".into()]);
        }
        Ok(Compiler { rustc, edition, dependencies, manifest, target: target.to_owned() })
    }

    /// Compiles a file into a test program beside it. Returns the program, or the first error as
    /// a terminal shows it, without colors.
    ///
    /// # Errors
    /// If the compiler cannot be run.
    pub fn test_program(&self, file: &Path) -> Result<Result<PathBuf, String>, CompilerError> {
        let program = file.with_extension(std::env::consts::EXE_EXTENSION);
        let mut rustc = Command::new(&self.rustc);
        rustc
            .args(["--test", "--edition", &self.edition, "--error-format", "json"])
            .args(["-A", "warnings", "-C", "debuginfo=0", "-C", "strip=debuginfo"])
            .args(&self.dependencies)
            .arg("-o")
            .arg(&program)
            .arg(file.file_name().expect("an exercise is a file"))
            .current_dir(file.parent().expect("a file has a folder"));
        let (ended, _, stderr) = process::run(&mut rustc, LIMIT)
            .map_err(|source| CompilerError::Run { program: "rustc", source })?;
        match ended {
            Ended::Killed => Ok(Err(format!("rustc did not end within {} s", LIMIT.as_secs()))),
            Ended::Exit(status) if status.success() => Ok(Ok(program)),
            Ended::Exit(_) => Ok(Err(first_error(&stderr))),
        }
    }

    /// Clippy's warnings about programs of the set, tests included: for each the program's name, the
    /// first line, and where.
    ///
    /// # Errors
    /// If clippy cannot be run.
    pub fn warnings(&self, programs: &[String]) -> Result<Vec<(String, String)>, CompilerError> {
        let mut command = cargo("clippy", &self.manifest, &self.target);
        command.args(["--quiet", "--profile", "test", "--keep-going", "--message-format", "json"]);
        for program in programs {
            command.args(["--bin", program]);
        }
        let (status, stdout) = process::run_in_sight(&mut command)
            .map_err(|source| CompilerError::Run { program: "cargo", source })?;
        let mut found = Vec::new();
        for message in messages(&stdout) {
            let (text, name) = (&message["message"], message["target"]["name"].as_str());
            let Some(rendered) = text["rendered"].as_str() else { continue };
            // The last only counts the others, and stands nowhere.
            if let Some(place) = rendered.lines().find_map(|line| line.trim().strip_prefix("--> "))
            {
                let first = rendered.lines().next().unwrap_or_default();
                found.push((name.unwrap_or_default().to_owned(), format!("{first} ({place})")));
            }
        }
        if !status.success() && found.is_empty() {
            let source = io::Error::other("is clippy there? rustup component add clippy");
            return Err(CompilerError::Run { program: "cargo clippy", source });
        }
        Ok(found)
    }
}

/// A cargo command for the set.
fn cargo(command: &str, manifest: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command).arg("--manifest-path").arg(manifest).arg("--target-dir").arg(target);
    // Flags for our own build are not meant for the exercises.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo
}

/// A program's messages as JSON: one on each line.
fn messages(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// The names of the crates that an exercise may use. Their own dependencies may be there in two
/// versions, and rustc finds them by itself.
fn direct_dependencies(manifest: &toml::Table) -> Vec<String> {
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    table.into_iter().flat_map(|table| table.keys()).map(|name| name.replace('-', "_")).collect()
}

fn first_error(stderr: &str) -> String {
    let mut errors = messages(stderr).filter(|message| message["level"] == "error");
    let first = errors.find_map(|error| error["rendered"].as_str().map(str::to_owned));
    first.unwrap_or_else(|| "rustc failed and did not say why".to_owned())
}
