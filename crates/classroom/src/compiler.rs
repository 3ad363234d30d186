//! The compiler, asked for one test program at a time.
//!
//! Cargo builds the dependencies once. Then rustc alone compiles each answer, which takes less than
//! half the time, and can be done to many at once and anywhere on the disk.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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
    /// `--extern` and `-L` for all that the exercises may use.
    dependencies: Vec<OsString>,
}

/// Why there is no compiler.
#[derive(Debug, thiserror::Error)]
pub enum CompilerError {
    /// A program cannot be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// Which.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The dependencies cannot be built; cargo has said why.
    #[error("the dependencies of the exercises cannot be built")]
    Dependencies,
    /// The compiler did not come to an end.
    #[error("rustc did not end within {} s", LIMIT.as_secs())]
    Hung,
}

impl Compiler {
    /// Builds the dependencies of a set, below `target`.
    ///
    /// # Errors
    /// If cargo fails.
    pub fn new(set: &Path, target: &Path) -> Result<Self, CompilerError> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--lib", "--quiet", "--message-format", "json-render-diagnostics"])
            .arg("--manifest-path")
            .arg(set.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target)
            // Flags for our own build are not meant for the exercises.
            .env_remove("RUSTFLAGS")
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| CompilerError::Run { program: "cargo", source })?;
        if !output.status.success() {
            return Err(CompilerError::Dependencies);
        }
        let direct = direct_dependencies(set);
        let mut dependencies: Vec<OsString> = Vec::new();
        let mut edition = "2024".to_owned();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            let target = &message["target"];
            if message["reason"] != "compiler-artifact" {
                continue;
            }
            if target["name"] == "exercises" {
                edition = target["edition"].as_str().unwrap_or(&edition).to_owned();
                continue;
            }
            let name = target["name"].as_str().unwrap_or_default().replace('-', "_");
            if !direct.contains(&name) {
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
        Ok(Compiler { rustc, edition, dependencies })
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
            .args(["-A", "warnings", "-C", "debuginfo=0"])
            .args(&self.dependencies)
            .arg("-o")
            .arg(&program)
            .arg(file.file_name().expect("an exercise is a file"))
            .current_dir(file.parent().expect("a file has a folder"));
        let (ended, _, stderr) = process::run(&mut rustc, LIMIT)
            .map_err(|source| CompilerError::Run { program: "rustc", source })?;
        match ended {
            Ended::Killed => Err(CompilerError::Hung),
            Ended::Exit(status) if status.success() => Ok(Ok(program)),
            Ended::Exit(_) => Ok(Err(first_error(&stderr))),
        }
    }
}

/// The names of the crates that an exercise may use. Of what those use in turn there may be two
/// versions, which rustc finds by itself.
fn direct_dependencies(set: &Path) -> Vec<String> {
    let manifest = std::fs::read_to_string(set.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = manifest.parse().unwrap_or_default();
    let table = manifest.get("dependencies").and_then(|table| table.as_table());
    table.into_iter().flat_map(|table| table.keys()).map(|name| name.replace('-', "_")).collect()
}

fn first_error(messages: &str) -> String {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut errors = messages.filter(|message| message["level"] == "error");
    let first = errors.find_map(|error| error["rendered"].as_str().map(str::to_owned));
    first.unwrap_or_else(|| "rustc failed and did not say why".to_owned())
}
