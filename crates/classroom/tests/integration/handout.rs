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
    let hand_out = || {
        classroom(&["handout"]).arg(&copy).output().expect("the grader runs")
    };
    let output = hand_out();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("cargo build --lib && rustlings"));
    for file in files(&copy) {
        for word in ["solution", "wrong", "/right", "/notes"] {
            assert!(!file.contains(word), "{file}");
        }
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            !file.ends_with("README.md") || !text.contains("just "),
            "{file}"
        );
    }
    // Cargo finds every program that its manifest names, with no network and no
    // workspace.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version", "1"]);
    let output = cargo.current_dir(&copy).output().expect("cargo runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("it is JSON");
    let packages = metadata["packages"].as_array().expect("it is a list");
    let exercises = packages
        .iter()
        .find(|it| it["name"] == "exercises")
        .expect("it is there");
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
fn a_copy_that_was_not_finished_is_not_there() {
    // This set has no Cargo.lock, which is copied when much else has been.
    let fixture = crate::fixture::Fixture::new(&[("one", 20)]);
    fixture.write("room/.keep", "");
    let copy = fixture.path("room/copy");
    let copy = copy.to_str().expect("it is text");
    assert_eq!(
        fixture.run(&["exercise", "--only-make", copy]).status.code(),
        Some(2)
    );
    let left: Vec<_> = files(&fixture.path("room"));
    assert_eq!(left.len(), 1, "beside .keep there is {left:?}");
}

#[test]
fn a_copy_for_a_day_has_the_exercises_of_that_day() {
    let folder = tempfile::tempdir().expect("there is room");
    let (copy, build) =
        (folder.path().join("copy"), folder.path().join("it's shared"));
    let mut hand_out = classroom(&["handout", "--days", "1", "--build"]);
    assert!(
        hand_out.args([&build, &copy]).status().expect("it runs").success()
    );
    let plan = classroom(&["class", "--days", "1"]).output().expect("it runs");
    let plan = text(&plan.stdout);
    let set = classroom::set::Set::own().expect("the set is there");
    let handed_out = classroom::set::Set::read(&copy).expect("it is a set");
    assert!(handed_out.exercises.len() < set.exercises.len());
    for exercise in &set.exercises {
        let named =
            plan.split([' ', ':', '\n']).any(|word| word == exercise.name);
        assert_eq!(
            exercise.path(&copy.join("exercises")).exists(),
            named,
            "{}",
            exercise.name
        );
        let manifest =
            fs::read_to_string(copy.join("Cargo.toml")).expect("it is there");
        let bin = format!("{{ name = \"{}\",", exercise.name);
        assert_eq!(manifest.contains(&bin), named, "{bin}");
        assert_eq!(
            handed_out.exercise(&exercise.name).is_ok(),
            named,
            "{}",
            exercise.name
        );
    }
    let settings = fs::read_to_string(copy.join(".cargo/config.toml"))
        .expect("it is there");
    let settings: toml::Table = settings.parse().expect("it is TOML");
    assert_eq!(settings["build"]["build-dir"].as_str(), build.to_str());
}

#[test]
fn solutions_come_afterward_for_what_was_handed_out() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    let run = |arguments: &[&str]| {
        let output = classroom(arguments).arg(&copy).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    run(&["handout", "--days", "1"]);
    let said = run(&["solutions", "--only", "all_at_once"]);
    assert!(said.ends_with("solutions': 1\n"), "{said}");
    let solution = copy.join("solutions/00_threads/all_at_once.rs");
    fs::write(&solution, "with remarks").expect("it is there");
    let set = classroom::set::Set::own().expect("the set is there");
    run(&["solutions"]);
    for exercise in &set.exercises {
        let [exercise, solution] = ["exercises", "solutions"]
            .map(|kind| exercise.path(&copy.join(kind)).exists());
        assert_eq!(exercise, solution);
    }
    assert_eq!(
        fs::read_to_string(&solution).expect("it is there"),
        "with remarks"
    );
}

#[test]
fn inside_a_copy_hints_come_one_at_a_time_too() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    assert!(
        classroom(&["handout"]).arg(&copy).status().expect("it runs").success()
    );
    // As cargo does, without what the exercises use: this program needs nothing
    // of it.
    let program = copy.join(format!("hint{}", std::env::consts::EXE_SUFFIX));
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--edition", "2024", "-D", "warnings", "examples/hint.rs", "-o"])
        .arg(&program);
    let status =
        rustc.env("CARGO_MANIFEST_DIR", &copy).current_dir(&copy).status();
    assert!(status.expect("rustc runs").success());
    let run = |arguments: &[&str]| {
        Command::new(&program).args(arguments).output().expect("it runs")
    };
    let hint = |arguments: &[&str]| text(&run(arguments).stdout);
    let set = classroom::set::Set::own().expect("the set is there");
    let hints = set.exercise("all_at_once").expect("it is there").hints();
    assert_eq!(hint(&["all_at_once"]), format!("hint 1 of 3\n{}\n", hints[0]));
    assert_eq!(hint(&["all_at_once"]), format!("hint 2 of 3\n{}\n", hints[1]));
    assert_eq!(
        hint(&["all_at_once", "1"]),
        format!("hint 1 of 3\n{}\n", hints[0])
    );
    assert_eq!(hint(&["two_readers"]).lines().next(), Some("hint 1 of 3"));
    assert!(!run(&["all_at_once", "4"]).status.success());
    assert!(!run(&["all_at_first"]).status.success());
    let read = classroom::grade::hints(&copy);
    assert_eq!(
        (read["all_at_once"], read["two_readers"]),
        (2, 1),
        "the grader sees it"
    );
    // rustlings shows what is in here.
    let shown = classroom::set::Set::read(&copy).expect("it is a set");
    let shown = &shown.exercise("all_at_once").expect("it is there").hint;
    assert_eq!(
        *shown,
        format!("{}\n\nHint 2 of 3: cargo hint all_at_once 2", hints[0])
    );
}

#[test]
fn hints_come_one_by_one_and_an_answer_that_is_set_back_is_kept() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    assert!(
        classroom(&["handout"]).arg(&copy).status().expect("it runs").success()
    );
    let run = |arguments: &[&str]| {
        let mut command = classroom(arguments);
        text(
            &command
                .arg("--folder")
                .arg(&copy)
                .output()
                .expect("the grader runs")
                .stdout,
        )
    };
    assert!(run(&["hint", "all_at_once"]).starts_with("hint 1 of 3\n"));
    assert!(run(&["hint", "all_at_once"]).starts_with("hint 2 of 3\n"));
    assert!(run(&["hint", "all_at_once", "1"]).starts_with("hint 1 of 3\n"));

    for level in ["0", "4"] {
        assert_eq!(
            run(&["hint", "all_at_once", level]),
            "",
            "there is no such level"
        );
    }

    let file = copy.join("exercises/00_threads/all_at_once.rs");
    let original = fs::read_to_string(&file).expect("it was handed out");
    fs::write(&file, "mine").expect("it can be written");
    assert!(run(&["reset", "all_at_once"]).contains("all_at_once.rs.old"));
    assert_eq!(fs::read_to_string(&file).expect("it is back"), original);
    let kept =
        fs::read_to_string(file.with_extension("rs.old")).expect("it is kept");
    assert_eq!(kept, "mine");
    fs::write(&file, "mine, too").expect("it can be written");
    assert!(run(&["reset", "all_at_once"]).contains("all_at_once.rs.old.2"));
    // What nobody has changed is nobody's answer.
    let said = run(&["reset", "all_at_once"]);
    assert!(said.contains("there was no answer of yours"), "{said}");
    fs::remove_file(&file).expect("it is there");
    let said = run(&["reset", "all_at_once"]);
    assert!(said.contains("there was no answer of yours"), "{said}");
    assert!(file.is_file(), "it is back");
    let first =
        fs::read_to_string(file.with_extension("rs.old")).expect("it is kept");
    let second = fs::read_to_string(file.with_extension("rs.old.2"))
        .expect("it is kept");
    assert_eq!(
        (first.as_str(), second.as_str()),
        ("mine", "mine, too"),
        "every answer is kept"
    );
}

#[test]
#[cfg(unix)]
fn nothing_is_written_outside_of_the_folder_or_into_the_set() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("it's a copy");
    let output =
        classroom(&["handout"]).arg(&copy).output().expect("the grader runs");
    let shell = format!("cd '{}/it'\\''s a copy' &&", folder.path().display());
    assert!(text(&output.stdout).contains(&shell), "{}", text(&output.stdout));
    assert!(
        copy.join("rustfmt.toml").is_file(),
        "formatting must not change the tests"
    );
    // A link leads out of the folder.
    let outside = folder.path().join("outside.rs");
    fs::write(&outside, "somebody else's").expect("it can be written");
    let file = copy.join("exercises/00_threads/all_at_once.rs");
    fs::remove_file(&file).expect("it was handed out");
    std::os::unix::fs::symlink(&outside, &file).expect("it can be made");
    let reset = |folder: &Path| {
        classroom(&["reset", "all_at_once", "--folder"])
            .arg(folder)
            .output()
            .expect("it runs")
    };
    let output = reset(&copy);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is a link; nothing was changed"));
    assert_eq!(
        fs::read_to_string(&outside).expect("it is there"),
        "somebody else's"
    );
    // The set itself is nobody's folder.
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("../exercises");
    let before =
        fs::read_to_string(set.join("exercises/00_threads/all_at_once.rs"));
    let output = reset(&set);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("is the set itself"),
        "{}",
        text(&output.stderr)
    );
    let after =
        fs::read_to_string(set.join("exercises/00_threads/all_at_once.rs"));
    assert_eq!(before.expect("it is there"), after.expect("it is there"));
    assert!(!set.join(".hints.json").exists());
    // A folder without exercises gets no notes.
    let hint = classroom(&["hint", "all_at_once", "--folder"])
        .arg(folder.path())
        .output();
    assert_eq!(hint.expect("it runs").status.code(), Some(2));
    assert!(!folder.path().join(".hints.json").exists());
}

#[test]
fn the_folder_is_the_one_that_one_stands_in() {
    let folder = tempfile::tempdir().expect("there is room");
    let copy = folder.path().join("copy");
    let make = |arguments: &[&str]| {
        let output =
            classroom(arguments).arg(&copy).output().expect("the grader runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(
        make(&["exercise", "--only-make"])
            .starts_with("your exercises are in '")
    );
    assert_eq!(make(&["exercise", "--only-make"]), "", "it is made once");
    let inside = copy.join("exercises/00_threads");
    let output =
        classroom(&["hint", "all_at_once"]).current_dir(&inside).output();
    assert!(
        text(&output.expect("it runs").stdout).starts_with("hint 1 of 3\n")
    );
    assert!(copy.join(".hints.json").is_file());
}
