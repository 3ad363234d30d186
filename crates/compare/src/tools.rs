//! Other languages' tools: where they are, what they make of the programs in
//! `peers`, and how to get those that are missing.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arms::Work;

/// How to get what comes from PyPI, and x/net.
const GET: &str = "just compare-tools";

/// The folder `peers`, with one short program for each arm in another language.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The folder for all that is made or installed: `target/compare`.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/compare")
}

/// This program's own arm of that name, in a process of its own.
pub fn ours(name: &str, arguments: &[OsString]) -> Work {
    match std::env::current_exe() {
        Ok(program) => {
            let arm: [OsString; 2] = ["arm".into(), name.into()];
            command(program, &[&arm[..], arguments].concat())
        }
        Err(error) => {
            broken(format!("this program's own file is not known: {error}"))
        }
    }
}

/// A program in Go, compiled.
pub fn go(name: &str, arguments: &[OsString]) -> Work {
    let Some(go) = find("go") else { return missing("go", GET) };
    // Without modules there is nothing to download: packages stand below
    // GOPATH, as Debian has them.
    let packages = target().join("gocode");
    let installed = Path::new("/usr/share/gocode");
    let needs_net = fs::read_to_string(peers().join(name).with_extension("go"))
        .is_ok_and(|source| source.contains("golang.org/x/net"));
    let has_net = |root: &Path| root.join("src/golang.org/x/net/html").is_dir();
    let path = if has_net(&packages) { packages.as_path() } else { installed };
    if needs_net && !has_net(path) {
        return missing("golang.org/x/net", GET);
    }
    compiled(name, "go", arguments, |source, program| {
        let mut build = Command::new(&go);
        build.arg("build").arg("-o").arg(program).arg(source);
        build.env("GO111MODULE", "off").env("GOPATH", path).env("GOFLAGS", "");
        build.env("GOCACHE", target().join("go-build"));
        build
    })
}

/// A program in C++, compiled.
pub fn cpp(name: &str, arguments: &[OsString]) -> Work {
    let Some(compiler) = ["g++", "clang++"].into_iter().find_map(find) else {
        return missing("g++", "apt install g++");
    };
    compiled(name, "cpp", arguments, |source, program| {
        let mut build = Command::new(&compiler);
        build
            .args(["-std=c++20", "-O2", "-pthread", "-o"])
            .arg(program)
            .arg(source);
        build
    })
}

/// A program in Python, which needs these packages.
pub fn python(name: &str, packages: &[&str], arguments: &[OsString]) -> Work {
    let Some(python) = find("python3") else {
        return missing("python3", "apt install python3");
    };
    for package in packages {
        let import = Command::new(&python)
            .arg("-c")
            .arg(format!("import {package}"))
            .output();
        if !import.is_ok_and(|output| output.status.success()) {
            return missing(&format!("Python's {package}"), GET);
        }
    }
    script(python, name, "py", arguments)
}

/// A program in JavaScript.
pub fn node(name: &str, arguments: &[OsString]) -> Work {
    match find("node") {
        Some(node) => script(node, name, "js", arguments),
        None => missing("node", "apt install nodejs"),
    }
}

/// The program of a tool that is used as it is, or how to get it.
pub fn tool(name: &str, get: &str) -> Result<PathBuf, Work> {
    find(name).ok_or_else(|| missing(name, get))
}

/// A command line.
pub fn command(program: impl Into<OsString>, arguments: &[OsString]) -> Work {
    let mut line = vec![program.into()];
    line.extend_from_slice(arguments);
    Work::Command(line)
}

/// A row that says why there is nothing to run.
pub fn broken(reason: String) -> Work {
    Work::Function(Box::new(move || Err(io::Error::other(reason.clone()))))
}

fn missing(tool: &str, get: &str) -> Work {
    Work::Missing(format!("{tool} is missing; get it with: {get}"))
}

/// What a tool says of its version: the first line.
pub fn version(tool: &str, argument: &str) -> Option<String> {
    let output = Command::new(find(tool)?)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().next()?.trim().to_owned())
        .filter(|_| output.status.success())
}

/// A tool: first from the virtual environment below `target`, then as the shell
/// finds it.
fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(
        std::iter::once(target().join("venv/bin"))
            .chain(std::env::split_paths(&path)),
        tool,
    )
}

fn find_in(
    folders: impl IntoIterator<Item = PathBuf>,
    tool: &str,
) -> Option<PathBuf> {
    folders
        .into_iter()
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
}

fn script(
    interpreter: PathBuf,
    name: &str,
    ending: &str,
    arguments: &[OsString],
) -> Work {
    let source = peers().join(name).with_extension(ending).into_os_string();
    command(interpreter, &[&[source][..], arguments].concat())
}

/// A program that is compiled when it is older than its source.
fn compiled(
    name: &str,
    ending: &str,
    arguments: &[OsString],
    build: impl FnOnce(&Path, &Path) -> Command,
) -> Work {
    let source = peers().join(name).with_extension(ending);
    let program = target().join("bin").join(format!("{name}-{ending}"));
    match compile(&source, &program, build) {
        Ok(()) => command(program, arguments),
        // Without its folder, which is another one on each machine.
        Err(error) => broken(format!("{name}.{ending}: {error}")),
    }
}

fn compile(
    source: &Path,
    program: &Path,
    build: impl FnOnce(&Path, &Path) -> Command,
) -> io::Result<()> {
    let changed = fs::metadata(source)?.modified()?;
    if fs::metadata(program)
        .and_then(|it| it.modified())
        .is_ok_and(|made| made > changed)
    {
        return Ok(());
    }
    fs::create_dir_all(program.parent().unwrap_or(Path::new(".")))?;
    let output = build(source, program).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let first =
        said.lines().find(|line| line.contains("error") || line.contains(':'));
    Err(io::Error::other(first.unwrap_or("the compiler failed").to_owned()))
}

/// Arguments of a command.
pub fn arguments<T: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = T>,
) -> Vec<OsString> {
    arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_is_nowhere_is_one_line() {
        assert_eq!(find("no-such-tool"), None);
        let Err(Work::Missing(line)) = tool("no-such-tool", "apt install it")
        else {
            panic!("it was found");
        };
        assert_eq!(
            line,
            "no-such-tool is missing; get it with: apt install it"
        );
    }

    #[test]
    fn what_does_not_compile_says_so_when_it_is_run() {
        let work =
            compiled("no-such-source", "cpp", &[], |_, _| Command::new("true"));
        let Work::Function(mut run) = work else { panic!("it was compiled") };
        assert!(
            run()
                .expect_err("there is no source")
                .to_string()
                .contains("no-such-source.cpp")
        );
    }
}
