//! A class of three, graded at one go.

use serde_json::Value;

use crate::fixture::{Fixture, file, text};

fn class_of_three() -> Fixture {
    let set = Fixture::new(&[("one", 20), ("two", 20)]);
    set.wrong("two", "three", "// => failed it_is_two", "3");
    set.wrong("two", "word", "// => did not compile E0308", "\"two\"");
    for (learner, bodies) in
        [("ada", ["2", "3"]), ("ben", ["1 + 1", "3"]), ("cy", ["todo!()", "4"])]
    {
        for (name, body) in ["one", "two"].into_iter().zip(bodies) {
            set.write(
                &format!("class/{learner}/exercises/00_all/{name}.rs"),
                &file(body),
            );
        }
    }
    set.write("class/ben/.hints.json", "{\"two\": 2}");
    set.write("class/list of names.txt", "no learner");
    set
}

#[test]
fn three_learners_are_one_table() {
    let set = class_of_three();
    let output = set.run(&["grade", "--class", "class"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let expected = "       1 2 3
chapter-00
  one  ● ● ·
  two  f f f

● passed, f failed, c did not compile, h hung, t tampered, · not started, blank missing

1  ada  ███████████████░░░░░░░░░░░░░░░  1 of 2 passed, 10 min
2  ben  ███████████████░░░░░░░░░░░░░░░  1 of 2 passed, 10 min
3  cy   ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 2 passed, 0 min

most are stuck at: two (3 of 3)
";
    assert_eq!(text(&output.stdout), expected);
    let json = text(
        &set.run(&["grade", "--class", "class", "--format", "json"]).stdout,
    );
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(
        (&json["learners"][1]["name"], &json["learners"][1]["passed"]),
        (&"ben".into(), &1.into())
    );
    assert_eq!(json["learners"][1]["exercises"][1]["hints"], 2);
    let csv = text(
        &set.run(&["grade", "--class", "class", "--format", "csv"]).stdout,
    );
    assert_eq!(csv.lines().count(), 7, "{csv}");
    assert!(
        csv.contains("\ncy,chapter-00,one,10,not started,,0,,,\n"),
        "{csv}"
    );
    let junit = set.run(&["grade", "--class", "class", "--format", "junit"]);
    assert_eq!(junit.status.code(), Some(2));
    let nobody = set.run(&["grade", "--class", "set"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", text(&nobody.stdout));
}

#[test]
fn a_project_is_graded_by_its_milestones() {
    let set = Fixture::new(&[("inn", 20)]);
    let named = |body: &str| {
        let file = file(body).replace("it_is_even", "milestone_1_even");
        file.replace("it_is_two", "milestone_2_two")
    };
    let info = std::fs::read_to_string(set.path("set/info.toml"))
        .expect("it is there");
    set.write(
        "set/info.toml",
        &format!("{info}\nmilestones = [\"the door\", \"the beds\"]\n"),
    );
    set.write("set/exercises/00_all/inn.rs", &named("todo!()"));
    set.answer("inn", &named("4"));
    let table = text(&set.run(&["grade", "learner"]).stdout);
    let line = "  inn   10 min  failed  milestone 1 of 2, next: the beds  milestone_2_two: assertion";
    assert!(table.contains(line), "{table}");
    let json = text(&set.run(&["grade", "learner", "--format", "json"]).stdout);
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["exercises"][0]["milestones"]["passed"], 1);
    let csv = text(&set.run(&["grade", "learner", "--format", "csv"]).stdout);
    assert!(csv.ends_with(",1 of 2,the beds\n"), "{csv}");
    set.write("class/ada/exercises/00_all/inn.rs", &named("4"));
    set.write("class/ben/exercises/00_all/inn.rs", &named("todo!()"));
    let class = text(&set.run(&["grade", "--class", "class"]).stdout);
    assert!(class.contains("\n  inn  1 ·\n"), "{class}");
}

#[test]
fn a_summary_of_a_class_names_mistakes_and_nobody() {
    let set = class_of_three();
    let output = set.run(&["grade", "--class", "class", "--anonymous"]);
    let expected = "\
chapter-00
  one  ████████████████████░░░░░░░░░░  2 of 3 passed; 1 not started
  two  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 3 passed; 3 failed

3 of 3 failed two, 2 as in `three`
";
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}
