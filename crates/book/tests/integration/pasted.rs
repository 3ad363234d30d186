//! A lesson pasted into a new project, with `timeline` and `tracing` beside it, draws its picture
//! there; and so do the timeline's examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use book::pages;

/// One lesson a chapter: its package, its module, the output that its page shows. Each draws the
/// same rows in every run.
const LESSONS: [(&str, &str, &str); 6] = [
    ("chapter-00-threads", "overlap", "chapter-00/overlap.txt"),
    ("chapter-01-futures", "lazy", "chapter-01/lazy.txt"),
    ("chapter-02-std-async", "async_fn", "chapter-02/async-fn.txt"),
    ("chapter-03-tokio", "select", "chapter-03/select.txt"),
    ("chapter-04-rayon", "scope", "chapter-04/scope.txt"),
    ("chapter-05-dashmap", "one_lock", "chapter-05/one-lock.txt"),
];

const EXAMPLES: [&str; 4] = ["with_tokio", "with_rayon", "with_threads", "all_three"];

/// The new project's dependencies.
const DEPENDENCIES: &str = r#"
[dependencies]
timeline.workspace = true
tracing.workspace = true

# What the chapters teach, and where a lesson puts its files.
dashmap.workspace = true
futures.workspace = true
rayon.workspace = true
tempfile.workspace = true
tokio = { workspace = true, features = ["macros", "rt-multi-thread", "sync", "time"] }

[profile.dev]
debug = false
"#;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes only what is new, so that nothing is built again without a reason.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("it can be made");
        fs::write(path, text).expect("the new project can be written");
    }
}

/// The new project's manifest: a workspace of its own, with this workspace's versions.
fn manifest(root: &Path) -> String {
    let ours = read(&root.join("Cargo.toml"));
    let versions: Vec<&str> = ours
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .collect();
    let mut text = String::from("[workspace]\n\n[workspace.dependencies]\n");
    for line in versions {
        let line = line.replace("path = \"", &format!("path = \"{}/", root.display()));
        let _ = writeln!(text, "{line}");
    }
    text.push_str("\n[package]\nname = \"pasted\"\nedition = \"2024\"\npublish = false\n");
    text + DEPENDENCIES
}

/// A picture's heading, and the labels of its rows in order of the alphabet: what is the same in
/// every run. The lengths are not, nor is the order in which threads begin.
fn pictures(output: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut before = "";
    for line in output.lines() {
        if let Some((label, _)) = line.split_once('│') {
            if !before.contains('│') {
                found.push((before.to_owned(), Vec::new()));
            }
            found.last_mut().expect("a picture has begun").1.push(label.trim().to_owned());
        }
        before = line;
    }
    for (_, labels) in &mut found {
        labels.sort_unstable();
    }
    found
}

#[test]
fn a_lesson_pasted_into_a_new_project_draws_its_picture_there() {
    let root = pages().join("../..").canonicalize().expect("the workspace has a path");
    let project = root.join("target/pasted");
    let bins = project.join("src/bin");
    write(&project.join("Cargo.toml"), &manifest(&root));
    fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).expect("it can be copied");
    let mut expected: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
    for (package, module, output) in LESSONS {
        let from = root.join(format!("crates/{package}/src"));
        let lesson = read(&from.join(format!("{module}.rs")));
        for ours in ["lessons::", "witness::", "origin::", "crate::"] {
            assert!(!lesson.contains(ours), "{package} {module} needs {ours}: choose another");
        }
        write(&bins.join(module).join("main.rs"), &lesson);
        if lesson.contains("mod stage;") {
            let stage = read(&from.join(module).join("stage.rs"));
            write(&bins.join(module).join("stage.rs"), &stage);
        }
        expected.insert(module, Some(pages().join(output)));
    }
    for example in EXAMPLES {
        let source = read(&root.join(format!("crates/timeline/examples/{example}.rs")));
        write(&bins.join(format!("{example}.rs")), &source);
        expected.insert(example, None);
    }

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--offline", "--quiet", "--bins"])
        .env("CARGO_TARGET_DIR", project.join("target"))
        .current_dir(&project)
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    for (name, page) in expected {
        let program = project.join("target/debug").join(name);
        let ran = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION))
            .env("COLUMNS", "76")
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = String::from_utf8(ran.stdout).expect("an output is UTF-8");
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && !told.contains("timeline: "), "{name}: {told}");
        let drawn = pictures(&text);
        match page {
            Some(page) => assert_eq!(drawn, pictures(&read(&page)), "{name}"),
            None => assert!(drawn.len() == 1 && drawn[0].1.len() >= 2, "{name}: {text}"),
        }
    }
}
