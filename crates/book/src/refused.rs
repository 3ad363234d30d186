//! Programs that must not compile, and the compiler's messages about them.
//!
//! A lesson keeps such a program in its documentation, in a fence
//! `compile_fail,E0xxx`. A stable `rustdoc` only checks that it does not
//! compile, whatever the reason; this module asks for the code.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{CHAPTERS, pages};

/// A program that must not compile.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The chapter it stands in: `chapter-00`.
    pub chapter: &'static str,
    /// The lesson it stands in, as its page is named: `shared-state`.
    pub lesson: String,
    /// The code of the one error it must give, `E0277`; `None` where a lint set
    /// to `deny` refuses it, which has a name and no code.
    pub code: Option<String>,
    /// The program, without the comment's slashes.
    pub program: String,
}

/// The compiler's answer to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The code of each error, or the lint's name. Empty if the program
    /// compiles.
    pub codes: Vec<String>,
    /// The errors as a terminal shows them, without colors.
    pub message: String,
}

impl Refused {
    /// The file beside the lesson's page that keeps the compiler's message.
    pub fn file(&self) -> PathBuf {
        let code = self.code.as_deref().unwrap_or("denied");
        pages().join(self.chapter).join(format!("{}-{code}.txt", self.lesson))
    }

    /// Whether this is what the program was written for: one error, and that
    /// one.
    pub fn expects(&self, verdict: &Verdict) -> bool {
        match (&self.code, verdict.codes.as_slice()) {
            (Some(code), [only]) => code == only,
            (None, [only]) => !is_code(only),
            _ => false,
        }
    }

    /// Compiles the program.
    ///
    /// # Errors
    ///
    /// If the compiler cannot be run, or says something this cannot read.
    pub fn compile(&self) -> Result<Verdict, Box<dyn Error>> {
        compile(&self.lesson, &self.program)
    }
}

/// Every program of the chapters' lessons that must not compile, in the order
/// of the chapters.
///
/// # Errors
///
/// If a lesson cannot be read, or a fence is not closed.
pub fn refused() -> Result<Vec<Refused>, Box<dyn Error>> {
    let mut all = Vec::new();
    for chapter in CHAPTERS {
        for lesson in chapter.lessons {
            let path = chapter.source(lesson);
            let text = fs::read_to_string(&path)?;
            let fences = fences(&text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            all.extend(fences.into_iter().map(|(code, program)| Refused {
                chapter: chapter.name,
                lesson: lesson.name().to_owned(),
                code,
                program,
            }));
        }
    }
    Ok(all)
}

/// The `compile_fail` fences of a source text: code and program.
fn fences(text: &str) -> Result<Vec<(Option<String>, String)>, String> {
    let mut found = Vec::new();
    let mut lines = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
    });
    while let Some(line) = lines.next() {
        let Some(words) = line.trim().strip_prefix("```compile_fail") else {
            continue;
        };
        let code = words
            .split(',')
            .map(str::trim)
            .find(|word| is_code(word))
            .map(str::to_owned);
        let mut program = String::new();
        loop {
            let line =
                lines.next().ok_or("a compile_fail fence is not closed")?;
            if line.trim() == "```" {
                break;
            }
            // `# ` hides a line from the documentation, not from the compiler.
            let line = line.strip_prefix(' ').unwrap_or(line);
            program.push_str(line.strip_prefix("# ").unwrap_or(line));
            program.push('\n');
        }
        found.push((code, program));
    }
    Ok(found)
}

fn is_code(word: &str) -> bool {
    word.strip_prefix('E').is_some_and(|digits| {
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn compile(name: &str, program: &str) -> Result<Verdict, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = format!("{name}.rs");
    fs::write(folder.path().join(&file), program)?;
    let mut rustc =
        Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .current_dir(folder.path())
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--crate-name",
            "program",
        ])
        .args(["--emit", "metadata", "--error-format", "json", &file]);
    let libraries = libraries()?;
    rustc.arg("-L").arg(format!("dependency={}", libraries.display()));
    for (name, path) in newest(&libraries)? {
        if program.contains(&format!("{name}::")) {
            rustc.arg("--extern").arg(format!("{name}={}", path.display()));
        }
    }
    let output =
        rustc.output().map_err(|error| format!("cannot run rustc: {error}"))?;
    let mut verdict = Verdict { codes: Vec::new(), message: String::new() };
    for line in String::from_utf8(output.stderr)?.lines() {
        let said: Value = serde_json::from_str(line)
            .map_err(|error| format!("rustc said {line:?}: {error}"))?;
        // The last error only counts the others.
        if said["level"] == "error"
            && !said["spans"].as_array().is_none_or(Vec::is_empty)
        {
            verdict.codes.push(
                said["code"]["code"].as_str().unwrap_or("none").to_owned(),
            );
            verdict
                .message
                .push_str(said["rendered"].as_str().unwrap_or_default());
        }
    }
    verdict.message = without_folders(verdict.message.trim_end()) + "\n";
    if verdict.codes.is_empty() != output.status.success() {
        return Err(
            format!("rustc ended with {} and no error", output.status).into()
        );
    }
    Ok(verdict)
}

/// Where the standard library is quoted, rustc names the folder that its
/// sources were built in, or stand in on this machine. Neither says anything to
/// a reader.
fn without_folders(message: &str) -> String {
    let line = |line: &str| match line
        .split_once("--> ")
        .or_else(|| line.split_once("::: "))
    {
        Some((_, path)) if Path::new(path).is_absolute() => {
            let library = path.find("/library/").map(|at| &path[at + 1..]);
            // A package stands in a folder named after its registry.
            let package = path
                .split_once("/registry/src/")
                .and_then(|(_, rest)| rest.split_once('/'));
            let within =
                library.or(package.map(|(_, rest)| rest)).unwrap_or(path);
            line.replace(path, within)
        }
        _ => line.to_owned(),
    };
    message.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Where cargo put what this program was linked from.
fn libraries() -> Result<PathBuf, Box<dyn Error>> {
    let program = env::current_exe()?;
    let folder = program.parent().ok_or("this program stands in no folder")?;
    // A binary stands beside `deps`, a test in it.
    Ok(if folder.ends_with("deps") {
        folder.to_owned()
    } else {
        folder.join("deps")
    })
}

/// The crates of a folder by name. Of several builds of one crate, the newest.
fn newest(folder: &Path) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut builds = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let library = path
            .extension()
            .is_some_and(|it| it == "rlib" || it == env::consts::DLL_EXTENSION);
        let stem =
            path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if let Some((name, _)) =
            stem.strip_prefix("lib").and_then(|stem| stem.rsplit_once('-'))
            && library
        {
            builds.push((name.to_owned(), path.metadata()?.modified()?, path));
        }
    }
    builds.sort();
    builds.reverse();
    builds.dedup_by(|one, other| one.0 == other.0);
    Ok(builds.into_iter().map(|(name, _, path)| (name, path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(code: Option<&str>, program: &str) -> Refused {
        Refused {
            chapter: "chapter-00",
            lesson: "test".to_owned(),
            code: code.map(str::to_owned),
            program: program.to_owned(),
        }
    }

    #[test]
    fn a_fence_is_read_without_slashes_and_hidden_marks() {
        let text = "//! Text.\n//!\n//! ```compile_fail,E0382\n//! # use std::thread;\n//! fn a() {\n//!     b\n//! }\n//! ```\n\
                    /// ```\n/// fine\n/// ```\n    /// ```compile_fail\n    /// c\n    /// ```\n";
        let found = fences(text).expect("both fences are closed");
        assert_eq!(
            found,
            [
                (
                    Some("E0382".to_owned()),
                    "use std::thread;\nfn a() {\n    b\n}\n".to_owned()
                ),
                (None, "c\n".to_owned()),
            ]
        );
        assert!(fences("//! ```compile_fail,E0382\n//! fn a() {}\n").is_err());
    }

    #[test]
    fn only_the_one_expected_error_will_do() {
        let moved = "pub fn twice(name: String) -> [String; 2] {\n    [name, name]\n}\n";
        let verdict = program(None, moved).compile().expect("rustc runs");
        assert_eq!(verdict.codes, ["E0382"]);
        assert!(
            verdict
                .message
                .starts_with("error[E0382]: use of moved value: `name`")
        );
        assert!(verdict.message.contains("test.rs:2:"), "{}", verdict.message);
        assert!(program(Some("E0382"), moved).expects(&verdict));
        assert!(!program(Some("E0499"), moved).expects(&verdict));
        assert!(!program(None, moved).expects(&verdict));

        let both = program(
            Some("E0382"),
            &format!("{moved}pub fn missing() -> Absent {{}}\n"),
        );
        let verdict = both.compile().expect("rustc runs");
        assert!(!both.expects(&verdict), "{verdict:?}");

        let fine = program(Some("E0382"), "pub fn fine() {}\n");
        let verdict = fine.compile().expect("rustc runs");
        assert_eq!(verdict.codes, [""; 0]);
        assert!(!fine.expects(&verdict));
    }

    #[test]
    fn the_standard_library_is_quoted_without_its_folder() {
        let package = "  --> /home/ada/.cargo/registry/src/index-1/tokio-1.2.3/src/task.rs:4:5";
        assert_eq!(
            without_folders(package),
            "  --> tokio-1.2.3/src/task.rs:4:5"
        );
        let local = "lent\n  --> /rustc/59807616/library/std/src/thread.rs:1:2\n   ::: a.rs:1:2";
        assert_eq!(
            without_folders(local),
            "lent\n  --> library/std/src/thread.rs:1:2\n   ::: a.rs:1:2"
        );
    }

    #[test]
    fn a_lint_has_a_name_and_no_code() {
        let denied = program(
            None,
            "#![deny(unused_must_use)]\npub fn f() {\n    async {};\n}\n",
        );
        let verdict = denied.compile().expect("rustc runs");
        assert_eq!(verdict.codes, ["unused_must_use"]);
        assert!(denied.expects(&verdict));
    }

    #[test]
    fn a_program_may_use_what_the_lessons_use() {
        let spawned = "pub fn f() -> dashmap::DashMap<u8, u8> {\n    dashmap::DashMap::new()\n}\n";
        assert_eq!(
            program(None, spawned).compile().expect("rustc runs").codes,
            [""; 0]
        );
    }
}
