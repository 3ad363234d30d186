//! The lessons `first`, `processes` and `process-cost` as real processes: these
//! need the chapter's binary.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::Ordering;

use chapter_00_threads::process_cost::{
    self, Memory, memory_of_a_thread, start_and_end_a_child,
};
use chapter_00_threads::processes::{ANSWERED, Worker, ask_each, child};
use witness::{PATIENT, example, printed, within};

fn start() -> std::io::Result<Worker> {
    Worker::start(&mut child(Path::new(env!("CARGO_BIN_EXE_chapter-00"))))
}

#[test]
fn a_crash_in_a_child_is_a_value_and_the_others_answer() {
    let ends = within(PATIENT, || {
        ask_each(&["21", "twenty", "abort", "22", "23"], 3, start)
    });
    let ends = ends.expect("all five start");
    let [well, panicked, aborted, killed, last] = &ends[..] else {
        panic!("{ends:?}")
    };

    assert_eq!((well.0.as_deref(), well.1.code()), (Some("42"), Some(0)));
    assert_eq!((last.0.as_deref(), last.1.code()), (Some("46"), Some(0)));
    assert_eq!((panicked.0.as_deref(), panicked.1.code()), (None, Some(101)));
    for crashed in [aborted, killed] {
        assert_eq!((crashed.0.as_deref(), crashed.1.success()), (None, false));
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(
            [aborted, killed].map(|end| end.1.signal()),
            [Some(6), Some(9)]
        );
    }
}

#[test]
fn a_child_goes_on_answering_after_its_neighbor_was_killed() {
    let answers = within(PATIENT, || {
        let [mut neighbor, mut victim] =
            [(); 2].map(|()| start().expect("it starts"));
        let before = [neighbor.ask("1"), victim.ask("1")];
        victim.kill().expect("it is alive");
        (before, [neighbor.ask("2"), victim.ask("2")])
    });
    let some = |answer: &str| Some(answer.to_owned());
    assert_eq!(answers, ([some("2"), some("2")], [some("4"), None]));
}

#[test]
fn what_a_child_counts_its_parent_does_not_see() {
    let (theirs, ours) = within(PATIENT, || {
        let mut child = start().expect("it starts");
        let [.., theirs] =
            ["1", "2", "3", "how many?"].map(|question| child.ask(question));
        (theirs, ANSWERED.load(Ordering::Relaxed))
    });
    assert_eq!((theirs.as_deref(), ours), (Some("3"), 0));
}

#[test]
fn a_program_that_is_never_ready_is_an_error() {
    let error = within(PATIENT, || {
        Worker::start(
            Command::new(env!("CARGO_BIN_EXE_chapter-00")).arg("--list"),
        )
        .expect_err("it lists lessons and ends")
    });
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_child_that_only_waits_ends_well_and_has_memory_of_its_own() {
    let program = Path::new(env!("CARGO_BIN_EXE_chapter-00"));
    let (memory, ends) = within(PATIENT, || {
        let mut waiting =
            process_cost::start(&mut process_cost::child(program))?;
        let memory = Memory::of(&waiting.id().to_string());
        let ends = [
            waiting.wait()?,
            start_and_end_a_child(&mut process_cost::child(program))?,
        ];
        Ok::<_, std::io::Error>((memory, ends))
    })
    .expect("both start");
    assert!(ends.iter().all(ExitStatus::success), "{ends:?}");
    assert_eq!(memory.is_some(), cfg!(target_os = "linux"));
    if let Some(Memory { own, reserved }) = memory {
        assert!(0.0 < own && own < reserved, "{own} of {reserved} KiB");
    }
}

#[test]
fn a_thread_reserves_more_than_it_takes() {
    let thread = memory_of_a_thread(200);
    assert_eq!(thread.is_some(), cfg!(target_os = "linux"));
    if let Some(Memory { own, reserved }) = thread {
        assert!(0.0 < own && own < reserved, "{own} of {reserved} KiB");
    }
}

#[test]
fn the_first_program_prints_the_value_of_each_thread() {
    let printed = printed(env!("CARGO_BIN_EXE_chapter-00"), &["first"]);
    let kept = include_str!("../../../../docs/src/chapter-00/first.txt");
    assert!(printed.contains(kept), "{printed}");
    assert!(["50", "13", "40"].iter().all(|total| kept.contains(total)));
}

#[test]
fn what_threads_have_not_done_when_main_ends_is_never_done() {
    let example = example(env!("CARGO_BIN_EXE_chapter-00"), "never-joined");
    // Its threads need an hour, so it has not waited for one of them.
    let kept =
        include_str!("../../../../docs/src/chapter-00/first-never-joined.txt");
    assert_eq!(printed(example, &[]), kept);
    assert!(!kept.contains("till"));
}
