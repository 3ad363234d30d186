use std::path::Path;
use std::process::Command;

use witness::{PATIENT, within};

#[test]
fn while_par_iter_runs_in_a_task_no_other_task_does() {
    // Cargo names examples to nobody, but it builds them for its tests, and always puts them here.
    let name = format!("examples/small-in-a-task{}", std::env::consts::EXE_SUFFIX);
    let example = Path::new(env!("CARGO_BIN_EXE_chapter-06")).with_file_name(name);
    assert!(example.is_file(), "build it: cargo build --package chapter-06-pipeline --examples");
    let output = within(PATIENT, move || Command::new(example).output()).expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let kept = include_str!("../../../../docs/src/chapter-06/small-in-a-task.txt");
    assert_eq!(String::from_utf8_lossy(&output.stdout), kept);
    assert!(kept.contains("0 times"));
}
