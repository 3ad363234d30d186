//! The chapter's binary, as the shell sees it.

#[cfg(unix)]
mod children;
mod exit_code;
mod first;
mod memory;
#[cfg(unix)]
mod shutdown;
#[cfg(unix)]
mod signals;

use std::process::{Command, Output};

fn read_file(path: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chapter-03"))
        .arg("read-file")
        .env("READ_FILE", path)
        .output()
        .expect("the binary was built for this test")
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_that_names_it() {
    let output = read_file("no/such/file.txt");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot read 'no/such/file.txt'"), "{stderr}");
}

#[test]
fn a_file_that_can_be_read_is_a_success() {
    let output = read_file(env!("CARGO_BIN_EXE_chapter-03"));
    assert_eq!(output.status.code(), Some(0));
}

fn spawn(strict: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chapter-03"));
    let command = command.arg("spawn").env_remove("STRICT");
    let command = if strict { command.env("STRICT", "1") } else { command };
    command.output().expect("the binary was built for this test")
}

#[test]
fn a_panic_in_a_task_is_a_failure_only_if_somebody_says_so() {
    let (lenient, strict) = (spawn(false), spawn(true));
    assert_eq!(lenient.status.code(), Some(0));
    let stderr = String::from_utf8_lossy(&strict.stderr);
    assert_eq!(strict.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("no mean of the roof"), "{stderr}");
    assert!(stderr.contains("attempt to divide by zero"), "{stderr}");
}

#[test]
fn panics_on_purpose_stay_off_the_terminal() {
    for lesson in ["spawn", "try-join"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chapter-03"));
        let output = command
            .arg(lesson)
            .env_remove("STRICT")
            .output()
            .expect("it was built");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), stderr.as_ref()),
            (Some(0), ""),
            "{lesson}"
        );
    }
}
