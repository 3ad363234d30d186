use super::*;

#[test]
fn a_child_says_that_it_is_ready_then_answers_line_by_line() {
    let mut answers = Vec::new();
    serve(&b"21\n4\n"[..], &mut answers).expect("memory can be written");
    assert_eq!(answers, b"ready\n42\n8\n");
}
