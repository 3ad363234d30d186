//! A learner's copy of the repository's own set.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{classroom, text};

/// All files below a folder, but for git's.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() && !path.ends_with(".git") {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_copy_is_whole_and_holds_no_answer() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    let hand_out = || classroom(&["handout"]).arg(&copy).output().expect("the grader runs");
    let output = hand_out();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("cargo build --lib && rustlings"));
    for file in files(&copy) {
        for word in ["solution", "wrong", "/right"] {
            assert!(!file.contains(word), "{file}");
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(!file.ends_with("README.md") || !text.contains("just "), "{file}");
    }
    // Cargo finds every program that its manifest names, with no network and no workspace.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    let output = cargo.current_dir(&copy).output().expect("cargo runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("it is a list");
    let exercises = packages.iter().find(|it| it["name"] == "exercises").expect("it is there");
    let mut programs = 0;
    for target in exercises["targets"].as_array().expect("it is a list") {
        let path = target["src_path"].as_str().expect("a target has a file");
        assert!(Path::new(path).is_file(), "{path}");
        programs += 1;
    }
    assert!(programs > 12, "{programs}");

    let output = hand_out();
    assert_eq!(output.status.code(), Some(2), "a copy is never overwritten");
    assert!(text(&output.stderr).contains("is not empty; nothing was changed"));
}

#[test]
fn hints_come_one_by_one_and_an_answer_that_is_set_back_is_kept() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    assert!(classroom(&["handout"]).arg(&copy).status().expect("it runs").success());
    let run = |arguments: &[&str]| {
        let mut command = classroom(arguments);
        text(&command.arg("--folder").arg(&copy).output().expect("the grader runs").stdout)
    };
    assert!(run(&["hint", "all_at_once"]).starts_with("hint 1 of 3\n"));
    assert!(run(&["hint", "all_at_once"]).starts_with("hint 2 of 3\n"));
    assert!(run(&["hint", "all_at_once", "1"]).starts_with("hint 1 of 3\n"));

    for level in ["0", "4"] {
        assert_eq!(run(&["hint", "all_at_once", level]), "", "there is no such level");
    }

    let file = copy.join("exercises/00_threads/all_at_once.rs");
    let original = fs::read_to_string(&file).expect("it was handed out");
    fs::write(&file, "mine").expect("it can be written");
    assert!(run(&["reset", "all_at_once"]).contains("all_at_once.rs.old"));
    assert_eq!(fs::read_to_string(&file).expect("it is back"), original);
    let kept = fs::read_to_string(file.with_extension("rs.old")).expect("it is kept");
    assert_eq!(kept, "mine");
    fs::write(&file, "mine, too").expect("it can be written");
    assert!(run(&["reset", "all_at_once"]).contains("all_at_once.rs.old.2"));
    let first = fs::read_to_string(file.with_extension("rs.old")).expect("it is kept");
    let second = fs::read_to_string(file.with_extension("rs.old.2")).expect("it is kept");
    assert_eq!((first.as_str(), second.as_str()), ("mine", "mine, too"), "every answer is kept");
}

#[test]
#[cfg(unix)]
fn nothing_is_written_outside_of_the_folder_or_into_the_set() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("it's a copy");
    let output = classroom(&["handout"]).arg(&copy).output().expect("the grader runs");
    let shell = format!("cd '{}/it'\\''s a copy' &&", folder.path().display());
    assert!(text(&output.stdout).contains(&shell), "{}", text(&output.stdout));
    assert!(copy.join("rustfmt.toml").is_file(), "formatting must not change the tests");
    // A link leads out of the folder.
    let outside = folder.path().join("outside.rs");
    fs::write(&outside, "somebody else's").expect("it can be written");
    let file = copy.join("exercises/00_threads/all_at_once.rs");
    fs::remove_file(&file).expect("it was handed out");
    std::os::unix::fs::symlink(&outside, &file).expect("it can be made");
    let reset = |folder: &Path| {
        classroom(&["reset", "all_at_once", "--folder"]).arg(folder).output().expect("it runs")
    };
    let output = reset(&copy);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is a link; nothing was changed"));
    assert_eq!(fs::read_to_string(&outside).expect("it is there"), "somebody else's");
    // The set itself is nobody's folder.
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exercises");
    let before = fs::read_to_string(set.join("exercises/00_threads/all_at_once.rs"));
    let output = reset(&set);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is the set itself"), "{}", text(&output.stderr));
    let after = fs::read_to_string(set.join("exercises/00_threads/all_at_once.rs"));
    assert_eq!(before.expect("it is there"), after.expect("it is there"));
    assert!(!set.join(".hints.json").exists());
    // A folder without exercises gets no notes.
    let hint = classroom(&["hint", "all_at_once", "--folder"]).arg(folder.path()).output();
    assert_eq!(hint.expect("it runs").status.code(), Some(2));
    assert!(!folder.path().join(".hints.json").exists());
}

#[test]
fn the_folder_is_the_one_that_one_stands_in() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    let make = |arguments: &[&str]| {
        let output = classroom(arguments).arg(&copy).output().expect("the grader runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(make(&["exercise", "--only-make"]).starts_with("your exercises are in '"));
    assert_eq!(make(&["exercise", "--only-make"]), "", "it is made once");
    let inside = copy.join("exercises/00_threads");
    let output = classroom(&["hint", "all_at_once"]).current_dir(&inside).output();
    assert!(text(&output.expect("it runs").stdout).starts_with("hint 1 of 3\n"));
    assert!(copy.join(".hints.json").is_file());
}
