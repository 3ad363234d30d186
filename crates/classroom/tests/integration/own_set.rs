//! The grader's problems with a set that is not what it should be.

use crate::fixture::{Fixture, file, text};

#[test]
fn each_thing_that_is_wrong_with_a_set_is_named() {
    let set = Fixture::new(&[
        ("good", 20),
        ("solved", 20),
        ("hopeless", 3),
        ("harmless", 20),
    ]);
    for name in ["good", "solved", "hopeless"] {
        set.notes_and_answers(name);
        set.wrong(name, "three", "// => failed it_is_two", "3");
        set.wrong(name, "four", "// => failed it_is_two", "4");
        set.wrong(name, "word", "// => did not compile E0308", "\"two\"");
    }
    // An error that has no code.
    let refused = "compile_error!(\"no answer\")";
    set.wrong("good", "words", "// => did not compile \"no answer\"", refused);
    // As a module beside others it does not compile.
    set.right("good", "by_its_path", "crate::main(); 2");
    let output = set.run(&["grade", "--self", "--only", "good"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(
        said.starts_with("handed out: 1, none passes; solutions: 1, all pass"),
        "{said}"
    );
    assert!(said.contains("; other right answers: 4, all pass; "), "{said}");
    assert!(
        said.ends_with("wrong answers: 9, each fails as stated\n"),
        "{said}"
    );
    let again = set.run(&["grade", "--self", "--only", "good"]);
    assert_eq!(
        text(&again.stdout),
        said,
        "also with the program that was kept"
    );

    set.write("set/exercises/00_all/solved.rs", &file("2"));
    set.write("set/solutions/00_all/hopeless.rs", &file("3"));
    let harmless = file("return 2;").replace("it_is_even", "odd");
    let harmless =
        harmless.replace("fn main() {}", "fn main() {\n    panic!()\n}");
    set.write("set/solutions/00_all/harmless.rs", &harmless);
    let endless = file("4")
        .replace("fn main() {}", "fn main() { loop { std::thread::park() } }");
    let endless = format!("// => failed it_is_two\n{endless}");
    set.write("set/wrong/00_all/hopeless/four.rs", &endless);
    set.wrong(
        "hopeless",
        "words",
        "// => did not compile \"other words\"",
        refused,
    );
    set.wrong("harmless", "right", "// => failed it_is_two", "2");
    set.wrong("harmless", "other", "// => did not compile E0308", "3");
    set.wrong("harmless", "mute", "// It says nothing.", "3");
    set.wrong("nobody", "stray", "// => failed it_is_two", "3");
    set.right("good", "refused", "3");
    set.right("somebody", "stray", "2");
    set.write("set/notes/00_all/someone.md", "What goes wrong.\n");
    let output = set.run(&["grade", "--self"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let strays = [
        "notes/00_all/someone.md",
        "right/00_all/somebody",
        "wrong/00_all/nobody",
    ];
    let [notes, right, wrong] =
        strays.map(|stray| set.path(&format!("set/{stray}")));
    let expected = [
        "harmless (solution) has other tests".to_owned(),
        "harmless has no teacher's notes".to_owned(),
        "harmless has 0 other right answers, not 3".to_owned(),
        "harmless has 3 wrong answers, not 8".to_owned(),
        "harmless/mute does not say what must come of it".to_owned(),
        "good (right/refused) is 'failed': it_is_two: assertion `left == right` failed: one and one"
            .to_owned(),
        "solved passes as it is handed out".to_owned(),
        "hopeless (solution) is 'failed': it_is_two: assertion `left == right` failed: one and one"
            .to_owned(),
        "hopeless/four: its main does not end".to_owned(),
        "hopeless/words must be 'did not compile \"other words\"', but is 'did not compile': error: \
         no answer"
            .to_owned(),
        "harmless (solution): its main fails: explicit panic".to_owned(),
        "harmless/other must be 'did not compile E0308', but is 'failed': it_is_two: assertion \
         `left == right` failed: one and one"
            .to_owned(),
        "harmless/right must be 'failed it_is_two', but is 'passed'".to_owned(),
        "harmless (solution): warning: unneeded `return` statement \
         (solutions/00_all/harmless.rs:2:5)"
            .to_owned(),
        format!("'{}' belongs to no exercise", notes.display()),
        format!("'{}' belongs to no exercise", right.display()),
        format!("'{}' belongs to no exercise", wrong.display()),
        "17 problems; handed out: 4, solutions: 4, other right answers: 11, wrong answers: 28"
            .to_owned(),
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn of_a_wrong_answer_the_stated_test_decides() {
    let set = Fixture::new(&[("half_hung", 5)]);
    set.notes_and_answers("half_hung");
    for name in ["three", "four", "fifth"] {
        set.wrong("half_hung", name, "// => failed it_is_two", "3");
    }
    let body =
        "if std::thread::current().name().is_some_and(|name| name.ends_with(\"it_is_even\")) {
        loop { std::thread::park() }
    }
    3";
    set.wrong("half_hung", "three", "// => failed it_is_two", body);
    let output = set.run(&["grade", "--self"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    set.wrong("half_hung", "four", "// => failed it_is_even", "2");
    let output = set.run(&["grade", "--self"]);
    let said = text(&output.stdout);
    assert!(
        said.starts_with("half_hung/four must be 'failed it_is_even', but is 'passed'\n1 problem"),
        "{said}{}",
        text(&output.stderr)
    );
}

#[test]
#[cfg(unix)]
fn what_the_compiler_has_said_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let set = Fixture::new(&[("good", 20)]);
    set.notes_and_answers("good");
    set.wrong("good", "word", "// => did not compile E0308", "\"two\"");
    set.wrong("good", "three", "// => failed it_is_two", "3");
    set.wrong("good", "four", "// => failed it_is_two", "4");
    // Refused as a module beside others, and then compiled alone.
    set.right("good", "by_its_path", "crate::main(); 2");
    let (rustc, calls) = (set.path("rustc"), set.path("calls"));
    let script = format!(
        "#!/bin/sh\n[ \"$1\" != --test ] || echo >> '{}'\nexec rustc \"$@\"\n",
        calls.display()
    );
    std::fs::write(&rustc, script).expect("there is room");
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&rustc, all).expect("it is ours");
    let grade = || {
        let mut command = set.command(&["grade", "--self"]);
        let output =
            command.env("RUSTC", &rustc).output().expect("the grader runs");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        std::fs::read_to_string(&calls).expect("it was called").lines().count()
    };
    // All together, without the one, that one, and the one that must not
    // compile.
    assert_eq!(grade(), 4);
    assert_eq!(grade(), 4, "the second time nothing is new");
    set.wrong("good", "word", "// => did not compile E0308", "\"too\"");
    assert_eq!(grade(), 5, "only what has changed is compiled");
}

#[test]
fn notes_are_one_paragraph_and_shown() {
    let set = classroom::set::Set::own().expect("the set is there");
    for exercise in &set.exercises {
        let name = &exercise.name;
        let notes = std::fs::read_to_string(set.notes(exercise));
        let notes = notes
            .unwrap_or_else(|error| panic!("the notes on {name}: {error}"));
        let words = notes.split_whitespace().count();
        assert!(
            (40..=160).contains(&words),
            "the notes on {name} have {words} words"
        );
        assert_eq!(
            notes.trim().lines().count(),
            1,
            "the notes on {name} are one paragraph"
        );
    }
    let fixture = Fixture::new(&[("with", 20), ("without", 20)]);
    fixture.write("set/notes/00_all/with.md", "What goes wrong.\n");
    let shown = fixture.run(&["notes", "with"]);
    assert_eq!(text(&shown.stdout), "What goes wrong.\n");
    let none = fixture.run(&["notes", "without"]);
    assert_eq!(none.status.code(), Some(2));
    assert_eq!(
        text(&none.stderr),
        "error: there are no notes on without yet\n"
    );
}

#[test]
fn what_survives_a_change_is_shown() {
    let set = Fixture::new(&[("compared", 20)]);
    set.write(
        "set/solutions/00_all/compared.rs",
        &file("if 1 < 3 { 2 } else { 3 }"),
    );
    let output = set.run(&["mutate"]);
    let said = text(&output.stdout);
    let line =
        "'if 1 <= 3 { 2 } else { 3 }' instead of 'if 1 < 3 { 2 } else { 3 }'";
    let expected = format!(
        "compared: line 2: {line}\nchanges: 1, and 0 that do not compile; all tests pass with 1\n"
    );
    assert_eq!(said, expected, "{}", text(&output.stderr));
}

#[test]
fn a_test_that_fails_now_and_then_is_found() {
    let set = Fixture::new(&[("steady", 20), ("sometimes", 20)]);
    // Fails from the twentieth call on, wherever that is.
    let calls = set.path("calls");
    let body = format!(
        "use std::io::Write;
    let mut calls = std::fs::OpenOptions::new().create(true).append(true).open({calls:?}).unwrap();
    calls.write_all(b\".\").unwrap();
    if calls.metadata().unwrap().len() < 20 {{ 2 }} else {{ 3 }}"
    );
    set.write("set/solutions/00_all/sometimes.rs", &file(&body));
    let output = set.run(&["flaky", "3", "--only", "steady", "--busy", "1"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    assert!(said.starts_with(
        "solutions: 1, rounds: 3 at 1, 2 and 8 test threads, runs: 9; "
    ));
    let output = set.run(&["flaky", "100"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(
        said.contains("panicked at sometimes.rs:"),
        "what it printed is shown: {said}"
    );
    let last = said.lines().last().expect("it says something");
    assert!(
        last.starts_with("the solution of sometimes failed in round "),
        "{last}"
    );
    assert!(
        last.ends_with("assertion `left == right` failed: one and one"),
        "{last}"
    );
}
