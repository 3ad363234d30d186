use super::*;
use std::cell::RefCell;

#[test]
fn a_child_says_that_it_is_ready_then_answers_line_by_line() {
    let mut answers = Vec::new();
    serve(&b"21\n4\n"[..], &mut answers).expect("memory can be written");
    assert_eq!(answers, b"ready\n42\n8\n");
}

#[test]
fn jobs_are_measured_in_turn() {
    let log = RefCell::new(String::new());
    medians(3, [&mut || log.borrow_mut().push('a'), &mut || log.borrow_mut().push('b')]);
    assert_eq!(log.into_inner(), "ababab");
}

#[test]
fn the_median_is_not_moved_by_one_slow_round() {
    assert_eq!(median([2, 900, 1].map(Duration::from_millis).into()), Duration::from_millis(2));
}

#[test]
fn a_number_is_found_by_its_field() {
    let text = "VmPeak:\t    3060 kB\nVmSize:\t    2048 kB\nThreads:\t1\n";
    assert_eq!(kib(text, "VmSize:"), Some(2048.0));
    assert_eq!(kib(text, "Threads:"), None);
    assert_eq!(kib(text, "VmRSS:"), None);
}
