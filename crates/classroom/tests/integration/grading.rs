//! A learner's folder with one of each outcome, graded in each format.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use crate::fixture::{Fixture, TESTS, file, text};

/// The exercises, and what the learner has done with each.
fn one_of_each() -> Fixture {
    let fixture = Fixture::new(&[
        ("right", 20),
        ("off_by_one", 20),
        ("no_number", 20),
        ("endless", 3),
        ("softened", 20),
        ("extended", 20),
        ("leaves", 20),
        ("deaf", 20),
        ("a_folder", 20),
        ("untouched", 20),
        ("gone", 20),
    ]);
    fixture.answer("right", &file("1 + 1"));
    fixture.answer("off_by_one", &file("1"));
    fixture.answer("no_number", &file("\"two\""));
    #[cfg(unix)]
    fixture.answer("endless", &crate::fixture::hangs(&fixture.path("pids")));
    #[cfg(not(unix))]
    fixture.answer("endless", &file("loop { std::thread::park() }"));
    // Its own tests pass; the original ones do not.
    fixture.answer(
        "softened",
        &file("1").replace("answer(), 2", "answer(), 1").replace("[0", "[1"),
    );
    fixture.answer(
        "extended",
        &format!("{}\n#[cfg(test)]\nmod mine {{\n    #[test]\n    fn one() {{}}\n}}\n", file("2")),
    );
    fixture.answer("leaves", &file("std::process::exit(0)"));
    let deaf = "macro_rules! assert_eq { ($($any:tt)*) => {} }\n\
                macro_rules! assert { ($($any:tt)*) => {} }\n";
    fixture.answer("deaf", &format!("{deaf}{}", file("1")));
    std::fs::create_dir(fixture.path("learner/exercises/00_all/a_folder.rs"))
        .expect("there is room");
    fixture.answer("untouched", &file("todo!()").replace('\n', "\r\n"));
    fixture.write("learner/.hints.json", "{\"off_by_one\": 2}");
    fixture
}

const TABLE: &str = "\
chapter-00
  right        10 min  passed
  off_by_one   10 min  failed           (2 hints)  it_is_two: assertion `left == right` failed: one and one
  no_number    10 min  did not compile  error[E0308]: mismatched types
  endless      10 min  hung             it_is_two did not end within 3 s
  softened     10 min  tampered         with the original tests it fails: it_is_two: assertion `left == right` failed: one and one
  extended     10 min  tampered         with the original tests it passes
  leaves       10 min  failed           it_is_two: the program ended before its tests did
  deaf         10 min  did not compile  error[E0659]: `assert_eq` is ambiguous
  a_folder     10 min  did not compile  error: it is not a file
  untouched    10 min  not started
  gone         10 min  missing

1 of 11 passed: 10 of 110 minutes
";

#[test]
fn every_outcome_is_printed_in_every_format() {
    let fixture = one_of_each();
    let grade = |format: &str| {
        let output = fixture.run(&["grade", "learner", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        #[cfg(target_os = "linux")]
        crate::fixture::are_gone(&fixture.path("pids"));
        #[cfg(unix)]
        std::fs::remove_file(fixture.path("pids"))
            .expect("the hung answer has written it");
        text(&output.stdout)
    };
    assert_eq!(grade("table"), TABLE);

    let json = grade("json");
    let parsed: Value = serde_json::from_str(&json).expect("it is JSON");
    check_json(&parsed);
    let without_times = |json: &Value| {
        let mut json = json.clone();
        for grade in json["exercises"].as_array_mut().expect("it is a list") {
            assert!(
                grade["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0),
                "{grade}"
            );
            grade["seconds"] = Value::Null;
        }
        serde_json::to_string(&json).expect("it was JSON")
    };
    let again = serde_json::from_str(&grade("json")).expect("it is JSON");
    assert_eq!(without_times(&parsed), without_times(&again));

    let junit = grade("junit");
    check_junit(&junit);
    assert_eq!(untimed(&junit), untimed(&grade("junit")));
}

fn check_json(json: &Value) {
    assert_eq!((&json["passed"], &json["total"]), (&1.into(), &11.into()));
    let all = json["exercises"].as_array().expect("it is a list");
    let get = |name: &str| {
        all.iter().find(|it| it["name"] == name).expect("it is there")
    };
    let reason =
        "assertion `left == right` failed: one and one\n  left: 1\n right: 2";
    let off = get("off_by_one");
    assert_eq!(
        (&off["outcome"], &off["test"]),
        (&"failed".into(), &"it_is_two".into())
    );
    assert_eq!(
        (&off["reason"], &off["others"][0]),
        (&reason.into(), &"it_is_even".into())
    );
    assert_eq!(
        (&off["chapter"], &off["hints"]),
        (&"chapter-00".into(), &2.into())
    );
    let error = get("no_number")["error"].as_str().expect("it has one");
    assert!(
        error.starts_with(
            "error[E0308]: mismatched types\n --> no_number.rs:2:5\n"
        ),
        "{error}"
    );
    assert_eq!(
        (&get("endless")["test"], &get("endless")["limit"]),
        (&"it_is_two".into(), &3.into())
    );
    assert_eq!(get("softened")["originally"]["outcome"], "failed");
    assert_eq!(get("extended")["originally"]["outcome"], "passed");
    assert_eq!(get("gone")["outcome"], "missing");
}

/// A JUnit report without the values of its times.
fn untimed(junit: &str) -> String {
    let parts =
        junit.split(" time=\"").enumerate().map(|(nth, part)| match nth {
            0 => part.to_owned(),
            _ => part.split_once('"').expect("a value is quoted").1.to_owned(),
        });
    parts.collect()
}

/// An element's attributes. Fails if one is missing or is there twice.
fn attributes(
    tag: &BytesStart<'_>,
    wanted: &[&str],
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for attribute in tag.attributes() {
        let attribute = attribute.expect("it is well formed, and there once");
        let key = attribute.key.as_ref().to_owned();
        let value =
            attribute.normalized_value(quick_xml::XmlVersion::default());
        found.insert(key, value.expect("it can be read").into_owned());
    }
    let keys: Vec<&str> = found.keys().map(String::as_str).collect();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(keys, wanted);
    found
}

/// The structure that the commonly used schema wants: `testsuites` of
/// `testsuite` of `testcase`, each with its attributes, a case with at most one
/// of `failure`, `error` and `skipped`, and sums that are those of what
/// follows.
fn check_junit(junit: &str) {
    let mut reader = Reader::from_str(junit);
    let mut open: Vec<String> = Vec::new();
    let mut stated = BTreeMap::new();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut verdicts = 0;
    loop {
        let event = reader.read_event().expect("it is well formed");
        let (tag, closed) = match &event {
            Event::Decl(_) => continue,
            Event::Start(tag) => (tag, false),
            Event::Empty(tag) => (tag, true),
            Event::End(tag) => {
                assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref()));
                continue;
            }
            Event::Text(said) => {
                let inside = open
                    .last()
                    .is_some_and(|tag| tag == "failure" || tag == "error");
                assert!(
                    inside || said.trim_ascii().is_empty(),
                    "{said:?} in {open:?}"
                );
                continue;
            }
            Event::GeneralRef(_) => continue,
            Event::Eof => break,
            other => panic!("{other:?}"),
        };
        let name = tag.name().as_ref().to_owned();
        let parent = open.last().map(String::as_str);
        match name.as_str() {
            "testsuites" => {
                assert_eq!(parent, None);
                attributes(tag, &["name"]);
            }
            "testsuite" => {
                assert_eq!(parent, Some("testsuites"));
                let wanted =
                    ["name", "tests", "failures", "errors", "skipped", "time"];
                stated = attributes(tag, &wanted);
                assert!(stated["time"].parse::<f64>().is_ok());
            }
            "testcase" => {
                assert_eq!(parent, Some("testsuite"));
                let case = attributes(tag, &["classname", "name", "time"]);
                assert_eq!(case["classname"], "chapter-00");
                assert!(case["time"].parse::<f64>().is_ok());
                *seen.entry("tests").or_default() += 1;
                verdicts = 0;
            }
            verdict @ ("failure" | "error" | "skipped") => {
                assert_eq!(parent, Some("testcase"));
                assert!(!attributes(tag, &["message"])["message"].is_empty());
                verdicts += 1;
                assert_eq!(verdicts, 1, "a case ends in one way");
                let sum = match verdict {
                    "failure" => "failures",
                    "error" => "errors",
                    _ => "skipped",
                };
                *seen.entry(sum).or_default() += 1;
            }
            other => panic!("the schema has no <{other}>"),
        }
        if !closed {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for sum in ["tests", "failures", "errors", "skipped"] {
        assert_eq!(stated[sum], seen[sum].to_string(), "{sum}");
    }
    assert_eq!(
        seen,
        [("errors", 6), ("failures", 2), ("skipped", 2), ("tests", 11)].into()
    );
}

#[test]
fn the_exit_code_says_whether_all_passed() {
    let fixture = Fixture::new(&[("right", 20), ("off_by_one", 20)]);
    fixture.answer("right", &file("2"));
    fixture.answer("off_by_one", &file("1"));
    let code = |arguments: &[&str]| {
        let output = fixture.run(arguments);
        (output.status.code(), text(&output.stderr))
    };
    assert_eq!(code(&["grade", "learner", "--only", "right"]).0, Some(0));
    assert_eq!(code(&["grade", "learner"]).0, Some(1));
    let (status, said) = code(&["grade", "learner", "--only", "rigth"]);
    assert_eq!(
        (status, said.as_str()),
        (
            Some(2),
            "error: there is no exercise 'rigth'; did you mean 'right'?\n"
        )
    );
    let (status, said) = code(&["grade", "nowhere"]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains(
            "'nowhere' has no exercises; make a folder with: just handout DIR"
        ),
        "{said}"
    );
    let (status, said) = code(&["grade", "learner", "--chapter", "chapter-07"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("there are some in chapter-00"), "{said}");
}

#[test]
fn nothing_of_an_answer_is_read_before_its_tests() {
    // The learner's file without any tests: the original ones are put behind
    // it.
    let fixture = Fixture::new(&[("bare", 20)]);
    fixture.answer("bare", &file("2").replace(TESTS, ""));
    let said = text(&fixture.run(&["grade", "learner"]).stdout);
    assert!(
        said.contains("tampered  with the original tests it passes\n"),
        "{said}"
    );
}

#[test]
fn a_set_that_changed_since_it_was_handed_out_makes_nobody_a_cheat() {
    let fixture =
        Fixture::new(&[("done", 20), ("untouched", 20), ("softened", 20)]);
    let older = |body: &str| file(body).replace("one and one", "a sum");
    for name in ["done", "untouched", "softened"] {
        let path = format!("learner/.handed-out/exercises/00_all/{name}.rs");
        fixture.write(&path, &older("todo!()"));
    }
    fixture.answer("done", &older("2"));
    fixture.answer("untouched", &older("todo!()"));
    fixture.answer("softened", &older("2").replace("[0, 2, 4]", "[2]"));
    let said = text(&fixture.run(&["grade", "learner"]).stdout);
    for line in [
        "  done        10 min  passed\n",
        "  untouched   10 min  not started\n",
        "  softened    10 min  tampered     with the original tests it passes\n",
    ] {
        assert!(said.contains(line), "{line:?} is not in\n{said}");
    }
}

#[test]
fn what_a_learner_adds_above_the_tests_is_theirs() {
    let fixture =
        Fixture::new(&[("own_tests", 20), ("marked", 20), ("helped", 20)]);
    let own = "#[cfg(test)]\nmod mine {\n    #[test]\n    fn it_is_three() {\n        \
               assert_eq!(super::answer(), 3);\n    }\n}\n\n#[cfg(test)]\nmod tests {";
    fixture.answer(
        "own_tests",
        &file("2").replace("#[cfg(test)]\nmod tests {", own),
    );
    fixture.answer("marked", &format!("\u{feff}{}", file("2")));
    fixture.answer(
        "helped",
        &format!("#[cfg(test)]\nuse std::thread;\n\n{}", file("2")),
    );
    let output = fixture.run(&["grade", "learner"]);
    let said = text(&output.stdout);
    assert!(
        output.status.success(),
        "a test of one's own may fail, and a mark is no change: {said}"
    );
}

#[test]
fn the_reason_helps() {
    let fixture = Fixture::new(&[
        ("on_purpose", 20),
        ("deadlock", 20),
        ("chatty", 20),
        ("on_a_thread", 20),
    ]);
    let panics =
        "let _ = std::thread::spawn(|| panic!(\"burnt on purpose\")).join(); 1";
    fixture.answer("on_purpose", &file(panics));
    // As loom does: it panics, and again while it unwinds.
    let deadlock = "std::thread::spawn(|| { \
        let hook = std::panic::catch_unwind(|| panic!(\"deadlock; threads = [(Id(0), Blocked)]\")); \
        drop(hook); std::process::abort() }).join().unwrap(); 1";
    fixture.answer("deadlock", &file(deadlock));
    let chatty = "let line = \"-\".repeat(1000); for _ in 0..3000 { println!(\"{line}\"); } 1";
    fixture.answer("chatty", &file(chatty));
    let aborts = "std::thread::spawn(|| { let _ = std::panic::catch_unwind(|| panic!(\"no more eggs\")); \
        std::process::abort() }).join().unwrap(); 1";
    fixture.answer("on_a_thread", &file(aborts));
    let json =
        text(&fixture.run(&["grade", "learner", "--format", "json"]).stdout);
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    let reason = |nth: usize| {
        json["exercises"][nth]["reason"].as_str().unwrap_or_default()
    };
    let assertion =
        "assertion `left == right` failed: one and one\n  left: 1\n right: 2";
    assert_eq!(reason(0), assertion, "not the panic that was meant");
    assert!(
        reason(1).starts_with("deadlock: in one of the orders"),
        "{}",
        reason(1)
    );
    assert_eq!(reason(2), assertion, "behind three million bytes");
    assert!(
        reason(3).starts_with("no more eggs\nthe program ended with"),
        "{}",
        reason(3)
    );
}

#[test]
fn a_main_that_does_not_end_hangs() {
    let fixture = Fixture::new(&[("endless", 3)]);
    fixture.answer(
        "endless",
        &file("2").replace("fn main() {}", "fn main() { loop {} }"),
    );
    let said = text(&fixture.run(&["grade", "learner"]).stdout);
    assert!(said.contains("hung  main did not end within 3 s\n"), "{said}");
}

#[test]
fn a_main_that_fails_is_no_pass() {
    let fixture = Fixture::new(&[("panics", 20), ("errs", 20), ("well", 20)]);
    let main = |main: &str| file("2").replace("fn main() {}", main);
    fixture
        .answer("panics", &main("fn main() { panic!(\"no boat is left\") }"));
    fixture.answer(
        "errs",
        &main("fn main() -> Result<(), &'static str> { Err(\"none\") }"),
    );
    fixture.answer(
        "well",
        &main("fn main() -> Result<(), &'static str> { Ok(()) }"),
    );
    let said = text(&fixture.run(&["grade", "learner"]).stdout);
    assert!(
        said.contains("panics   10 min  failed  main: no boat is left\n"),
        "{said}"
    );
    assert!(
        said.contains("errs     10 min  failed  main: it returned an error\n"),
        "{said}"
    );
    assert!(said.contains("well     10 min  passed\n"), "{said}");
}

#[test]
fn unsafe_code_is_denied_where_the_set_denies_it() {
    let fixture = Fixture::new(&[("forged", 20)]);
    let forged = "#[allow(unsafe_code)]\n    unsafe { std::mem::transmute::<i32, u32>(2) }";
    fixture.answer("forged", &file(forged));
    let manifest = fixture.path("set/Cargo.toml");
    let before = std::fs::read_to_string(&manifest).expect("it is there");
    for (lint, passes) in [
        ("\"allow\"", true),
        ("\"warn\"", true),
        ("\"deny\"", false),
        ("{ level = \"forbid\", priority = 1 }", false),
    ] {
        let lints = format!("{before}\n[lints.rust]\nunsafe_code = {lint}\n");
        fixture.write("set/Cargo.toml", &lints);
        let output = fixture.run(&["grade", "learner"]);
        assert_eq!(
            output.status.success(),
            passes,
            "{lint}: {}",
            text(&output.stdout)
        );
    }
}

#[test]
fn flags_for_other_builds_are_left_out() {
    let fixture = Fixture::new(&[("right", 20)]);
    fixture.answer("right", &file("2"));
    let mut grade = fixture.command(&["grade", "learner"]);
    let output =
        grade.env("CARGO_ENCODED_RUSTFLAGS", "--no-such-flag").output();
    let output = output.expect("the grader runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
#[cfg(unix)]
fn notes_on_hints_that_are_no_notes_hold_nobody_up() {
    let fixture = Fixture::new(&[("right", 20), ("other", 20)]);
    fixture.answer("right", &file("2"));
    fixture.answer("other", &file("2"));
    fixture.write("learner/.hints.json", r#"{"right": 2, "other": "many"}"#);
    let said = text(&fixture.run(&["grade", "learner"]).stdout);
    assert!(
        said.contains("(2 hints)"),
        "one wrong count loses no other: {said}"
    );
    let notes = fixture.path("learner/.hints.json");
    std::fs::remove_file(&notes).expect("it is there");
    let made = std::process::Command::new("mkfifo")
        .arg(&notes)
        .status()
        .expect("it runs");
    assert!(made.success());
    assert!(
        fixture.run(&["grade", "learner"]).status.success(),
        "nobody writes into it"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_c_leaves_nobody_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let fixture = Fixture::new(&[("endless", 600)]);
    let pids = fixture.path("pids");
    fixture.answer("endless", &crate::fixture::hangs(&pids));
    let mut grader = fixture.command(&["grade", "learner"]);
    let grader = grader.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let grader = grader.expect("the grader runs");
    let start = Instant::now();
    while !pids.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "the answer has not begun"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = i32::try_from(grader.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("it has a number");
    kill_process(pid, Signal::INT).expect("it is there");
    let output = grader.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(
        text(&output.stderr).ends_with("stopped; nothing is left running\n")
    );
    crate::fixture::are_gone(&pids);
}
