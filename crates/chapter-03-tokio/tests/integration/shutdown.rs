//! Ctrl-C and SIGTERM from outside, sent to the chapter's binary.

use rustix::process::Signal;
use witness::{PATIENT, within};

use crate::children::Running;

fn bank(wire_ms: &str) -> Running {
    let mut running = Running::start("shutdown", ("WIRE", wire_ms));
    running.wait_for("under way");
    running
}

#[test]
fn one_signal_finishes_what_was_begun() {
    for signal in [Signal::INT, Signal::TERM] {
        within(PATIENT, move || {
            let mut bank = bank("30");
            bank.send(signal);
            let report = bank.wait_for("transfers taken");
            assert!(report.ends_with(", 0 unfinished"), "{report}");
            let (status, _, error) = bank.end();
            assert_eq!(status.code(), Some(0), "{error}");
        });
    }
}

#[test]
fn a_second_signal_cuts_off_what_will_not_end() {
    for [first, second] in
        [[Signal::INT, Signal::INT], [Signal::TERM, Signal::INT]]
    {
        within(PATIENT, move || {
            let mut bank = bank("3600000");
            bank.send(first);
            bank.wait_for("Ctrl-C again");
            bank.send(second);
            let report = bank.wait_for("transfers taken");
            assert!(!report.ends_with(", 0 unfinished"), "{report}");
            let (status, _, error) = bank.end();
            assert_eq!(status.code(), Some(1), "{error}");
            assert!(error.contains("cut off: interrupted again"), "{error}");
        });
    }
}
