//! The lesson `memory` with real children: this needs the chapter's binary.

use std::path::Path;

use chapter_03_tokio::memory::{Memory, Parked, each, measure};
use witness::{PATIENT, within};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_chapter-03"))
}

/// The memory of each of `count`, on Linux; elsewhere it is not known.
fn on_linux(parked: Parked, count: u64) -> Option<Memory> {
    let memory = within(PATIENT, move || each(program(), parked, count))
        .expect("the child waits");
    assert_eq!(memory.is_some(), cfg!(target_os = "linux"));
    memory
}

#[test]
fn a_task_takes_what_it_holds_and_little_more() {
    let [empty, held] =
        [0, 1024].map(|size| on_linux(Parked::Tasks(size), 20_000));
    if let Some((empty, held)) = empty.zip(held) {
        assert!((100..1_000).contains(&empty.resident), "{empty:?}");
        assert!(
            (900..1_500).contains(&(held.resident - empty.resident)),
            "{empty:?} {held:?}"
        );
    }
}

#[test]
fn a_thread_reserves_its_stack_and_takes_little_of_it() {
    let huge = 256 << 20;
    let [usual, big] =
        [0, huge].map(|stack| on_linux(Parked::Threads(stack), 100));
    if let Some((usual, big)) = usual.zip(big) {
        assert!(big.reserved >= huge as u64, "{big:?}");
        for thread in [usual, big] {
            assert!(
                thread.resident > 0 && thread.resident < thread.reserved / 10,
                "{thread:?}"
            );
        }
    }
}

#[test]
fn a_child_that_fails_is_an_error() {
    // There are not so many addresses.
    let failed =
        within(PATIENT, || measure(program(), Parked::Threads(1 << 60), 1));
    assert!(failed.expect_err("no such stack").to_string().contains("Threads"));
}
