//! The lesson `signals`, sent real ones.

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;
use witness::{PATIENT, within};

use crate::children::Running;

fn kitchen(role: &str) -> Running {
    let mut running = Running::start("signals", ("KITCHEN", role));
    running.wait_for("open");
    running
}

#[test]
fn one_signal_clears_up_and_is_a_success() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
        within(PATIENT, move || {
            let kitchen = kitchen("quick");
            kitchen.send(signal);
            let (status, printed, errors) = kitchen.end();
            assert_eq!(status.code(), Some(0), "{errors}");
            let first = format!("{name}: no new guests, clearing up");
            assert_eq!(printed, [&first, "all is cleared up"]);
        });
    }
}

#[test]
fn the_second_cuts_off_with_its_own_exit_code() {
    for (second, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        within(PATIENT, move || {
            let mut kitchen = kitchen("slow");
            kitchen.send(Signal::TERM);
            kitchen.wait_for("clearing up");
            kitchen.send(second);
            let (status, printed, errors) = kitchen.end();
            assert_eq!(status.code(), Some(code), "{errors}");
            assert!(
                printed[0].contains("not everything is cleared up"),
                "{printed:?}"
            );
        });
    }
}

#[test]
fn a_hang_up_is_no_end_not_even_as_the_second() {
    within(PATIENT, || {
        let mut kitchen = kitchen("slow");
        kitchen.send(Signal::HUP);
        kitchen.wait_for("menu is read again");
        kitchen.send(Signal::INT);
        kitchen.wait_for("SIGINT: no new guests");
        kitchen.send(Signal::HUP);
        kitchen.wait_for("menu is read again");
        kitchen.send(Signal::TERM);
        assert_eq!(kitchen.end().0.code(), Some(143));
    });
}

#[test]
fn whoever_knows_only_ctrl_c_is_ended_by_sigterm_without_a_word() {
    within(PATIENT, || {
        let kitchen = kitchen("only-ctrl-c");
        kitchen.send(Signal::TERM);
        let (status, printed, errors) = kitchen.end();
        assert_eq!(
            (status.code(), status.signal()),
            (None, Some(15)),
            "{errors}"
        );
        assert!(printed.is_empty(), "{printed:?}");
    });
}
