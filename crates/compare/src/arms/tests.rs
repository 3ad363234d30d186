use std::cell::RefCell;
use std::rc::Rc;

use super::*;

const ROUNDS: Limits =
    Limits { rounds: 3, each: witness::PATIENT, until: None };

fn says(name: &str, line: &'static str) -> Arm {
    Arm::new(name, Work::Function(Box::new(move || Ok(line.to_owned()))))
}

fn shell(name: &str, script: &str) -> Arm {
    Arm::new(
        name,
        Work::Command(["sh", "-c", script].map(OsString::from).to_vec()),
    )
}

fn reason(row: &Row) -> &str {
    match &row.outcome {
        Outcome::Ran(_) => panic!("{} ran", row.name),
        Outcome::Skipped(reason) | Outcome::Failed(reason) => reason,
    }
}

#[test]
fn the_arms_take_turns_and_the_first_is_the_control() {
    let log = Rc::new(RefCell::new(String::new()));
    let arm = |name: char| {
        let log = Rc::clone(&log);
        let work = move || {
            log.borrow_mut().push(name);
            Ok("result=1 seconds=1".to_owned())
        };
        Arm::new(name, Work::Function(Box::new(work)))
    };
    let groups = run(vec![arm('a'), arm('b').once(), arm('c')], ROUNDS, |_| ());
    assert_eq!(*log.borrow(), "abcaacaaca");
    let names: Vec<&str> =
        groups[0].rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "a, again"]);
    assert_eq!(groups[0].too_busy(), None);
}

#[test]
fn a_wrong_result_is_found() {
    let arms = vec![
        says("ours", "result=42"),
        says("theirs", "result=41"),
        says("x", "result=42"),
    ];
    let group = &run(arms, ROUNDS, |_| ())[0];
    assert_eq!(group.failed().count(), 1);
    assert_eq!(reason(&group.rows[1]), "computed \"41\", but ours \"42\"");
}

#[test]
fn a_result_that_changes_from_round_to_round_is_wrong() {
    let mut calls = 0;
    let work = move || {
        calls += 1;
        Ok(format!("result={calls}"))
    };
    let arms = vec![
        says("ours", "result=1"),
        Arm::new("theirs", Work::Function(Box::new(work))),
    ];
    let group = &run(arms, ROUNDS, |_| ())[0];
    assert_eq!(reason(&group.rows[1]), "computed \"2\", but ours \"1\"");
}

#[test]
fn groups_have_results_of_their_own() {
    let arms = vec![
        says("a", "result=1").group("small"),
        says("b", "result=2").group("large"),
        says("c", "result=1").group("small"),
    ];
    let groups = run(arms, ROUNDS, |_| ());
    assert!(groups.iter().all(|group| group.failed().count() == 0));
    assert_eq!(
        groups.iter().map(|group| group.rows.len()).collect::<Vec<_>>(),
        [3, 2]
    );
}

#[test]
fn a_missing_tool_is_one_line_and_no_run() {
    let missing = Arm::new(
        "Go",
        Work::Missing("needs go: just compare-tools".to_owned()),
    );
    let mut ran = Vec::new();
    let arms = vec![missing, says("ours", "result=1")];
    let group = &run(arms, ROUNDS, |name| ran.push(name.to_owned()))[0];
    assert_eq!(
        group.rows[0].outcome,
        Outcome::Skipped("needs go: just compare-tools".to_owned())
    );
    assert_eq!(group.rows[1].outcome.samples().len(), 3);
    assert_eq!(ran, ["ours"; 3]);
    assert_eq!(group.control(), None);
}

#[test]
fn two_equal_arms_that_differ_are_too_busy_to_tell() {
    let mut calls = 0;
    let work = move || {
        calls += 1;
        Ok(format!(
            "result=1 seconds={}",
            if calls % 2 == 1 { 1.0 } else { 1.2 }
        ))
    };
    let arms = vec![Arm::new("ours", Work::Function(Box::new(work)))];
    let group = &run(arms, ROUNDS, |_| ())[0];
    let reason = group.too_busy().expect("a fifth is more than 5 %");
    assert!(
        reason.starts_with("too busy to tell") && reason.contains("20 %"),
        "{reason}"
    );
}

#[test]
fn a_command_is_measured_from_outside_too() {
    witness::within(witness::PATIENT, || {
        let arms = vec![shell(
            "sh",
            "echo noise; echo seconds=0.25 result=ok tasks=7",
        )];
        let group = &run(arms, ROUNDS, |_| ())[0];
        let sample = &group.rows[0].outcome.samples()[0];
        assert_eq!(sample.time, Duration::from_millis(250));
        assert_eq!(sample.figures["tasks"], "7");
        assert!(
            sample.memory > Some(0) && sample.processor.is_some(),
            "{sample:?}"
        );
    });
}

#[test]
fn a_command_that_fails_says_why_and_the_others_go_on() {
    witness::within(witness::PATIENT, || {
        let arms = vec![
            shell("fails", "echo the disk is full >&2; exit 3"),
            shell("silent", "exit 0"),
            shell("chatty", "echo hello"),
            Arm::new("absent", Work::Command(vec!["/no/such/program".into()])),
            says("ours", "result=1"),
        ];
        let group = &run(arms, ROUNDS, |_| ())[0];
        assert_eq!(reason(&group.rows[0]), "exit status: 3: the disk is full");
        assert_eq!(reason(&group.rows[1]), "it printed nothing");
        assert!(
            reason(&group.rows[2]).contains("no figures"),
            "{:?}",
            group.rows[2]
        );
        assert!(
            reason(&group.rows[3]).contains("cannot be started"),
            "{:?}",
            group.rows[3]
        );
        assert_eq!(group.rows[4].outcome.samples().len(), 3);
    });
}

#[test]
fn a_command_that_hangs_is_ended() {
    witness::within(witness::PATIENT, || {
        // It waits for what nobody writes, without a child that could outlive
        // it.
        let limits = Limits { each: Duration::ZERO, ..ROUNDS };
        let group = &run(
            vec![shell("hangs", "exec tail -f /dev/null")],
            limits,
            |_| (),
        )[0];
        assert_eq!(reason(&group.rows[0]), "it was ended after 0 s");
    });
}

#[test]
fn after_its_deadline_no_further_round_begins() {
    let limits = Limits { until: Some(Instant::now()), ..ROUNDS };
    let group = &run(vec![says("ours", "result=1")], limits, |_| ())[0];
    assert_eq!(group.rows[0].outcome.samples().len(), 1);
}
