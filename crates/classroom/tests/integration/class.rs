//! The plan, and its copy in the book.

use std::fs;
use std::path::Path;

use crate::fixture::{classroom, text};

fn plan(arguments: &[&str]) -> String {
    let output = classroom(&[&["class"], arguments].concat())
        .output()
        .expect("the grader runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_book_has_the_plan_of_today() {
    for days in ["1", "3"] {
        let command = format!("class --days {days} --format markdown");
        let file = format!("docs/src/class-{days}.txt");
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&file);
        let kept = fs::read_to_string(path).unwrap_or_default();
        let plan = plan(&command.split(' ').skip(1).collect::<Vec<_>>());
        assert!(
            plan == kept,
            "{file} is not the plan of today; write it anew with: just lists"
        );
    }
}

#[test]
fn the_book_shows_grades_of_exercises_that_there_are() {
    let set = classroom::set::Set::own().expect("the set is there");
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/grade.txt");
    let table = fs::read_to_string(path).expect("the capture is there");
    let mut seen = 0;
    for line in table.lines().filter(|line| line.starts_with("  ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let exercise = set
            .exercise(words[0])
            .unwrap_or_else(|error| panic!("grade.txt: {error}"));
        assert_eq!(words[1], exercise.minutes.to_string(), "grade.txt: {line}");
        seen += 1;
    }
    assert!(seen > 0, "grade.txt shows no exercise");
}

#[test]
fn the_first_pages_count_the_exercises() {
    let set = classroom::set::Set::own().expect("the set is there");
    let count = format!("{} exercises", set.exercises.len());
    for page in ["README.md", "docs/src/index.md"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let text = fs::read_to_string(path).expect("the page is there");
        assert!(
            text.contains(&count),
            "{page} does not say that there are {count}"
        );
        let projects = set
            .exercises
            .iter()
            .filter(|exercise| !exercise.milestones.is_empty());
        assert_eq!(
            projects.count(),
            3,
            "{page} says that there are three projects"
        );
    }
    let chapters = (0..=6).map(|nth| format!("chapter-{nth:02}"));
    for chapter in chapters {
        let own = set
            .exercises
            .iter()
            .filter(|exercise| exercise.chapter() == chapter)
            .count();
        assert!(
            own >= 10,
            "the pages say ten or more for each chapter; {chapter} has {own}"
        );
    }
}

#[test]
fn each_exercise_names_its_lesson_and_they_come_in_the_books_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let course = fs::read_to_string(root.join("crates/classroom/course.toml"))
        .expect("it is there");
    let course: toml::Table = course.parse().expect("it is TOML");
    let lessons = fs::read_to_string(root.join("docs/lessons.txt"))
        .expect("the list is there");
    let mut chapter = "";
    let mut order = Vec::new();
    for line in lessons.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("  ") {
            None => chapter = line,
            Some(lesson) => {
                let lesson =
                    lesson.split_whitespace().next().unwrap_or_default();
                order.push(format!("{chapter}/{lesson}"));
            }
        }
    }
    let set = classroom::set::Set::own().expect("the set is there");
    let mut last = 0;
    for exercise in &set.exercises {
        let name = &exercise.name;
        let lesson = course["practices"][name]
            .as_str()
            .expect("an exercise has a lesson");
        for kind in ["exercises", "solutions"] {
            let path = exercise.path(&set.folder.join(kind));
            let text = fs::read_to_string(path).expect("the file is there");
            let line = format!("\n// Lesson: {}\n", lesson.replace('/', " "));
            assert!(
                text.contains(&line),
                "{name} in {kind} does not say {line:?}"
            );
        }
        // The projects come last, whatever their lessons.
        let place = match exercise.dir.as_str() {
            "07_projects" => order.len(),
            _ => order
                .iter()
                .position(|known| known == lesson)
                .expect("the lesson is there"),
        };
        assert!(
            place >= last,
            "{name} stands behind exercises to later lessons"
        );
        last = place;
    }
}

#[test]
fn the_sums_are_those_of_what_is_listed() {
    let plan: serde_json::Value =
        serde_json::from_str(&plan(&["--format", "json"])).expect("it is JSON");
    let list = |value: &serde_json::Value| {
        value.as_array().expect("it is a list").clone()
    };
    let minutes =
        |value: &serde_json::Value| value.as_u64().expect("it is a number");
    let courses = list(&plan["courses"]);
    assert_eq!(courses.len(), 2);
    for course in courses {
        let halves = list(&course["half_days"]);
        assert_eq!(halves.len() as u64, 2 * minutes(&course["days"]));
        for half in halves {
            let mut now = 0;
            let mut without_a_break = 0;
            for item in list(&half["items"]) {
                assert_eq!(minutes(&item["from"]), now, "{item}");
                now += minutes(&item["minutes"]);
                without_a_break += minutes(&item["minutes"]);
                if item["kind"] == "break" {
                    without_a_break = 0;
                }
                assert!(
                    without_a_break <= 90,
                    "{} minutes before {item}",
                    without_a_break
                );
            }
            let sums = &half["minutes"];
            let all = ["lessons", "exercises", "breaks"]
                .map(|kind| minutes(&sums[kind]));
            assert_eq!(all.iter().sum::<u64>(), now);
            assert_eq!(
                now + minutes(&sums["questions"]),
                minutes(&sums["total"])
            );
            assert!(minutes(&sums["questions"]) >= 20, "{half}");
        }
    }
}

#[test]
fn there_is_a_course_of_one_day_and_one_of_three() {
    let output =
        classroom(&["class", "--days", "2"]).output().expect("the grader runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("choose --days 1 or --days 3"));
    let table = plan(&["--days", "1"]);
    assert!(table.starts_with("a course of 1 day\n\nmorning: "), "{table}");
    assert!(!table.contains('\u{1b}'), "no colors in a pipe");
}
