use super::*;

#[test]
#[should_panic(expected = "recording a timeline already")]
fn a_second_timeline_on_one_thread_panics_instead_of_hanging() {
    let _first = timeline("first");
    let _second = timeline("second");
}
