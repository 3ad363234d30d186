//! The half of a lesson that ends its process, in a child process: this needs
//! the chapter's binary.

use std::path::Path;

use chapter_04_rayon::panics::aborted;

#[test]
fn a_panic_in_a_bare_spawn_aborts_the_process() {
    let end = aborted(Path::new(env!("CARGO_BIN_EXE_chapter-04")))
        .expect("it starts");
    assert!(!end.status.success(), "{end:?}");
    let written = String::from_utf8_lossy(&end.stderr);
    let panicked = written.find("attempt to divide by zero");
    let unwound = written.find("the job unwinds");
    let aborted = written.find("Rayon: ");
    assert!(
        panicked.is_some() && panicked < unwound && unwound < aborted,
        "{end:?}"
    );
    assert!(!written.contains("the thread that waits"), "{end:?}");
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(
            (end.status.signal(), end.status.core_dumped()),
            (Some(6), false)
        );
    }
}
