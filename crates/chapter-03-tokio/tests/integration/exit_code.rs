//! The lesson `exit-code` as the shell sees it: this needs the chapter's
//! binary.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Ends in the given way because of an order that is not there. Returns the
/// exit code, and what went to the standard error.
fn end(way: &str) -> (Option<i32>, String) {
    end_of(way, Path::new("no/such/order.txt"))
}

fn end_of(way: &str, order: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_chapter-03"))
        .arg("exit-code")
        .env("END", way)
        .env("ORDER", order)
        .output()
        .expect("the binary was built for this test");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_error_that_is_returned_is_told_and_is_a_failure() {
    let (code, told) = end("return");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("cannot read 'no/such/order.txt': "), "{told}");
}

#[test]
fn prices_that_are_too_large_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let order = folder.path().join("order.txt");
    let largest = u64::MAX.to_string();
    fs::write(&order, format!("{largest}\n{largest}\n"))
        .expect("there is room for a file");
    let (code, told) = end_of("return", &order);
    assert_eq!(code, Some(1), "{told}");
}

#[test]
fn an_error_that_is_only_printed_is_a_success_to_the_shell() {
    let (code, told) = end("print");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("cannot read 'no/such/order.txt': "), "{told}");
}

#[test]
fn an_error_that_is_ignored_leaves_no_trace() {
    assert_eq!(end("ignore"), (Some(0), String::new()));
}

#[test]
fn an_error_that_is_unwrapped_is_a_panic() {
    let (code, told) = end("unwrap");
    assert_eq!(code, Some(101), "{told}");
    assert!(
        told.contains("panicked") && told.contains("no/such/order.txt"),
        "{told}"
    );
}

#[test]
fn a_way_that_there_is_not_is_a_failure_of_its_own() {
    let (code, told) = end("shrug");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("'shrug' is no way to end"), "{told}");
}
