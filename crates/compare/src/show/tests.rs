use std::time::Duration;

use super::*;
use crate::arms::{Arm, Limits, Work, run};

fn says(name: &str, line: &str) -> Arm {
    let line = line.to_owned();
    Arm::new(name, Work::Function(Box::new(move || Ok(line.clone()))))
}

fn groups(arms: Vec<Arm>) -> Vec<Group> {
    run(
        arms,
        Limits { rounds: 2, each: Duration::from_secs(60), until: None },
        |_| (),
    )
}

const TIMES: [Column; 2] = [Column::Time, Column::Beside];

#[test]
fn a_table_has_ratios_and_the_control() {
    let text = table(
        &groups(vec![
            says("ours", "result=1 seconds=0.1"),
            says("theirs", "result=1 seconds=0.12"),
            says("slow", "result=1 seconds=4"),
        ]),
        &TIMES,
    );
    let expected = "               time  slowest  beside the first
ours         100 ms   100 ms
theirs       120 ms   120 ms      1.20× slower
slow         4.00 s   4.00 s        40× slower
ours, again  100 ms   100 ms       about equal
the least of 2 rounds; the two equal arms differ by 0.0 %
";
    assert_eq!(text, expected);
}

#[test]
fn what_is_missing_or_wrong_is_one_line_below_the_table() {
    let missing = Arm::new(
        "Go",
        Work::Missing("go is missing; get it with: x".to_owned()),
    );
    let text = table(
        &groups(vec![
            says("ours", "result=1 seconds=1"),
            missing,
            says("theirs", "result=2"),
        ]),
        &TIMES,
    );
    assert!(
        text.contains("\nGo: left out, go is missing; get it with: x\n"),
        "{text}"
    );
    assert!(
        text.contains("\ntheirs: FAILED, computed \"2\", but ours \"1\"\n"),
        "{text}"
    );
}

#[test]
fn a_busy_machine_gets_no_ratios() {
    let mut calls = 0;
    let work = move || {
        calls += 1;
        Ok(format!(
            "result=1 seconds={}",
            if calls % 2 == 1 { 1.0 } else { 2.0 }
        ))
    };
    let arms = vec![
        Arm::new("ours", Work::Function(Box::new(work))),
        says("b", "result=1 seconds=9"),
    ];
    let groups = groups(arms);
    let text = table(&groups, &TIMES);
    assert!(
        text.contains("too busy to tell") && !text.contains("slower"),
        "{text}"
    );
    assert!(json("x", &groups)["groups"][0]["too_busy"].is_string());
}

#[test]
fn events_are_shown_in_order_and_without_a_control() {
    let columns = [Column::Events("events", "in this order")];
    let groups = groups(vec![
        says("future", "result=1 events=call,begins"),
        says("b", "result=1 events=x"),
    ]);
    let text = table(&groups, &columns);
    assert_eq!(
        text,
        "        in this order\nfuture  call → begins\nb       x\n"
    );
    let svg = chart("who", &groups, &columns);
    assert_eq!(svg.matches("class=\"f\"").count(), 1);
}

#[test]
fn a_chart_is_one_piece_of_html_whose_text_is_escaped() {
    let svg = chart(
        "a < b",
        &groups(vec![says("f<T>", "result=1 seconds=1")]),
        &TIMES,
    );
    assert!(svg.contains("a &lt; b") && svg.contains("f&lt;T&gt;"), "{svg}");
    // An empty line would end it, in a page.
    assert!(!svg.contains("\n\n"), "{svg}");
    assert_eq!(svg.matches("<rect").count(), 2);
}

#[test]
fn sizes_have_two_digits_or_more() {
    assert_eq!(
        [900, 8_192, 20_480, 66 << 20].map(size),
        ["900 B", "8,192 B", "20 KiB", "66 MiB"]
    );
}
