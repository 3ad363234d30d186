use super::*;
use std::cell::RefCell;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn the_arms_take_turns_round_after_round() {
    let log = RefCell::new(String::new());
    let (mut a, mut b) =
        (|| log.borrow_mut().push('a'), || log.borrow_mut().push('b'));
    let [first, second] = in_turn(3, [&mut a, &mut b]);
    assert_eq!((first.len(), second.len()), (3, 3));
    let _ = fastest_in_turn(2, [&mut a, &mut b]);
    let _ = median_in_turn(1, [&mut a, &mut b]);
    let mut boxed: [Box<dyn FnMut()>; 2] = [Box::new(a), Box::new(b)];
    all_in_turn(1, &mut boxed);
    assert_eq!(*log.borrow(), "abababababababab"[..14]);
}

#[test]
fn every_arm_gets_what_it_returned() {
    let (mut count, mut seven) = (0, || 7);
    let mut counted = || {
        count += 1;
        count
    };
    assert_eq!(
        in_turn(3, [&mut counted, &mut seven]),
        [vec![1, 2, 3], vec![7, 7, 7]]
    );
}

#[test]
fn the_least_and_the_middle() {
    let times = [ms(9), ms(2), ms(4), ms(100), ms(3)];
    assert_eq!((fastest(&times), median(&times)), (ms(2), ms(4)));
    assert_eq!(median(&[3, 1]), 3);
}

#[test]
fn a_job_is_called_as_often_as_asked() {
    let mut calls = 0;
    time_each(5, || calls += 1);
    assert_eq!(calls, 5);
    time_each(0, || calls += 1);
    assert_eq!(calls, 6);
}

#[test]
fn a_quiet_machine_gets_a_verdict() {
    let quiet = Control::new(ms(100), ms(102));
    assert_eq!(quiet.too_busy(1.05), None);
    assert_eq!(quiet.compared(ms(50)), "2.0× faster");
    assert_eq!(quiet.compared(ms(300)), "3.0× slower");
    assert_eq!(quiet.compared(ms(1_200_000)), "12,000× slower");
    assert_eq!(quiet.compared(ms(103)), "about equal");
}

#[test]
fn a_noisy_machine_gets_none() {
    let noisy = Control::new(ms(150), ms(100));
    let reason = noisy.too_busy(1.05).expect("half as much again is noise");
    assert!(
        reason.contains("too busy to tell") && reason.contains("50 %"),
        "{reason}"
    );
    // Within the noise nothing is faster, and the better of the two is what
    // counts.
    assert_eq!(noisy.compared(ms(70)), "about equal");
    assert_eq!(noisy.gain(ms(50)).round(), 2.0);
    assert_eq!(noisy.best(), ms(100));
}

#[test]
fn one_nanosecond_is_no_noise() {
    let nanos = Duration::from_nanos;
    assert_eq!(Control::new(nanos(3), nanos(4)).noise(), 1.0);
    assert_eq!(Control::new(nanos(0), nanos(1)).noise(), 1.0);
}

#[test]
fn times_have_at_least_two_digits_and_a_unit() {
    let shown =
        [0, 340, 999, 1_499, 12_345, 999_600, 12_345_678, 1_234_567_890]
            .map(|nanos| human(Duration::from_nanos(nanos)));
    let expected = [
        "0 ns", "340 ns", "999 ns", "1.5 µs", "12 µs", "1.0 ms", "12 ms",
        "1.23 s",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn numbers_and_bytes_are_short() {
    assert_eq!(
        [0, 999, 1_000, 1_234_567].map(thousands),
        ["0", "999", "1,000", "1,234,567"]
    );
    assert_eq!(
        [0, 9_999, 10_240, 1 << 30].map(bytes),
        ["0 B", "9999 B", "10 KiB", "1024 MiB"]
    );
}

#[test]
fn a_table_without_headings_has_none() {
    let mut table = Table::new(["", ""]);
    table.row(["é", "1"]).row(["ab", "10"]);
    assert_eq!(table.to_string(), "  é    1\n  ab  10\n");
}
