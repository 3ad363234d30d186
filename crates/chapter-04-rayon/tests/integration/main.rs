//! The fatal halves of lessons, in child processes: this needs the chapter's binary.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use chapter_04_rayon::deadlock::patience;
use chapter_04_rayon::pools::{child, watched};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chapter-04");

/// No slow machine is silent for so long.
fn long(_: &str) -> Duration {
    Duration::from_secs(60)
}

#[test]
fn a_panic_in_a_bare_spawn_aborts_the_process() {
    let end = watched(&mut child(Path::new(PROGRAM), "pools"), long).expect("it starts");
    assert!(!end.killed && !end.status.success(), "{end:?}");
    let panicked = end.said.iter().position(|line| line == "attempt to divide by zero");
    let aborted = end.said.iter().position(|line| line.starts_with("Rayon: "));
    assert!(panicked.is_some() && panicked < aborted, "{end:?}");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!((end.status.signal(), end.status.core_dumped()), (Some(6), false));
    }
}

#[test]
fn who_ends_well_is_not_killed() {
    let end = watched(Command::new(PROGRAM).arg("--list"), long).expect("it starts");
    assert!(!end.killed && end.status.success() && end.said.is_empty(), "{end:?}");
}

#[test]
fn a_lock_held_across_a_rayon_call_hangs_until_the_watchdog_ends_the_process() {
    let end = watched(&mut child(Path::new(PROGRAM), "deadlock"), patience).expect("it starts");
    assert!(end.killed, "{end:?}");
    let [.., wants, lost] = &end.said[..] else { panic!("{end:?}") };
    let (thread, step) = wants.split_once("  ").expect("who, then what");
    assert_eq!(step, "book 2  wants the lock");
    assert_eq!(*lost, format!("{thread}  waits for itself"));
    assert!(end.said.contains(&format!("{thread}  book 1  has the lock")), "{end:?}");
}
