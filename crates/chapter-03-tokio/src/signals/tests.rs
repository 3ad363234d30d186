use super::*;

#[test]
fn the_exit_codes_are_those_of_the_shell() {
    let codes = [Asked::HangUp, Asked::Interrupt, Asked::Terminate]
        .map(Asked::exit_code);
    assert_eq!(codes, [129, 130, 143]);
}

#[cfg(unix)]
#[test]
fn they_are_the_numbers_of_the_system() {
    use rustix::process::Signal;
    for (asked, signal) in [
        (Asked::HangUp, Signal::HUP),
        (Asked::Interrupt, Signal::INT),
        (Asked::Terminate, Signal::TERM),
    ] {
        assert_eq!(asked.exit_code(), 128 + signal.as_raw());
    }
}
