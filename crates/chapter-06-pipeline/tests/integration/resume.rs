//! `--state`: a run that is killed, and a run that goes on.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use origin::{Fault, Generator, Origin, Site};
use witness::{PATIENT, within};

const CONCURRENCY: usize = 8;

/// `index` over all pages of the origin, with the report as rows.
fn index(origin: &Origin, folder: &Path, state: &str, save: &str) -> Command {
    let list = folder.join("list");
    fs::write(&list, origin.urls().join("\n")).expect("it can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_chapter-06"));
    command
        .current_dir(folder)
        .args([
            "index",
            "--files-from",
            "list",
            "--state",
            state,
            "--save",
            save,
        ])
        .args(["--format", "csv", "--concurrency", &CONCURRENCY.to_string()])
        .args(["--per-host", &CONCURRENCY.to_string(), "--retries", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn origin() -> Origin {
    let site =
        Site::generated(Generator { pages: 150, ..Generator::default() });
    let paths = site.paths();
    Origin::serve(site)
        .latency(Duration::from_millis(2))
        .fault(&paths[20], Fault::NotFound)
        .fault(&paths[90], Fault::WrongCharset)
        .start()
        .expect("a server on loopback")
}

/// Kills the run as soon as the server has had `requests` requests.
fn kill_after(child: &mut Child, origin: &Origin, requests: u64) {
    while origin.counts().requests < requests {
        if child.try_wait().expect("the child can be asked").is_some() {
            return;
        }
        thread::yield_now();
    }
    child.kill().expect("the child can be killed");
    child.wait().expect("it is dead");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn killed_again_and_again_it_ends_with_the_same_bytes() {
    within(PATIENT, || {
        let (folder, origin) =
            (tempfile::tempdir().expect("a folder for the test"), origin());
        let whole =
            index(&origin, folder.path(), "whole", "whole.overlap").output();
        let whole = whole.expect("the binary was built for this test");
        assert_eq!(whole.status.code(), Some(1), "{}", text(&whole.stderr));
        let documents = origin.counts().requests;

        let mut asked = documents;
        for nth in [3, 40, 41, 90] {
            let mut run =
                index(&origin, folder.path(), "state", "again.overlap");
            let mut child =
                run.spawn().expect("the binary was built for this test");
            kill_after(&mut child, &origin, asked + nth);
            asked = origin.counts().requests;
        }
        let last =
            index(&origin, folder.path(), "state", "again.overlap").output();
        let last = last.expect("the binary was built for this test");
        assert_eq!(last.status.code(), Some(1), "{}", text(&last.stderr));
        assert!(
            text(&last.stderr).contains("documents are done"),
            "{}",
            text(&last.stderr)
        );

        assert_eq!(text(&last.stdout), text(&whole.stdout));
        let read =
            |name| fs::read(folder.path().join(name)).expect("it was saved");
        assert!(
            read("again.overlap") == read("whole.overlap"),
            "the index differs"
        );
        // Each kill loses at most what was in flight; all else was asked for
        // once.
        let twice = origin.counts().requests - 2 * documents;
        assert!(
            twice <= 4 * CONCURRENCY as u64,
            "{twice} documents were fetched twice"
        );

        let nothing =
            index(&origin, folder.path(), "state", "again.overlap").output();
        let nothing = nothing.expect("the binary was built for this test");
        assert_eq!(text(&nothing.stdout), text(&whole.stdout));
        assert_eq!(
            origin.counts().requests,
            2 * documents + twice,
            "all is done: nobody was asked"
        );
    });
}

/// The error of `index` for a state that it cannot go on with.
fn refused(origin: &Origin, folder: &Path, state: &str) -> String {
    let output: Output = index(origin, folder, state, "a.overlap")
        .output()
        .expect("the binary was built");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr)
}

#[test]
fn a_state_that_cannot_be_used_is_one_clear_line_and_no_work() {
    within(PATIENT, || {
        let (folder, origin) =
            (tempfile::tempdir().expect("a folder for the test"), origin());
        fs::write(folder.path().join("file"), "x").expect("it can be written");
        assert!(
            refused(&origin, folder.path(), "file")
                .contains("cannot keep the state in 'file'")
        );

        fs::create_dir(folder.path().join("foreign")).expect("it can be made");
        fs::write(folder.path().join("foreign/journal"), "dear diary")
            .expect("it can be written");
        let error = refused(&origin, folder.path(), "foreign");
        assert!(
            error.contains("is not a state that this program wrote"),
            "{error}"
        );

        let other = Origin::serve(Site::pages([("/a.html", "<p>a")]))
            .start()
            .expect("a server");
        let run = index(&other, folder.path(), "state", "a.overlap").output();
        assert_eq!(run.expect("the binary was built").status.code(), Some(0));
        let error = refused(&origin, folder.path(), "state");
        assert!(error.contains("is of other sources"), "{error}");
        assert_eq!(origin.counts().requests, 0);
    });
}

/// A file that may not grow is what a full disk looks like to a program.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_and_loses_nothing() {
    within(PATIENT, || {
        let (folder, origin) =
            (tempfile::tempdir().expect("a folder for the test"), origin());
        let whole =
            index(&origin, folder.path(), "whole", "whole.overlap").output();
        let whole = whole.expect("the binary was built for this test");

        let run = index(&origin, folder.path(), "state", "again.overlap");
        let mut limited = Command::new("bash");
        limited
            .args(["-c", "ulimit -f 40; exec \"$@\"", "bash"])
            .arg(run.get_program())
            .args(run.get_args())
            .current_dir(folder.path());
        let full = limited.output().expect("bash can be run");
        assert_eq!(full.status.code(), Some(2), "{}", text(&full.stderr));
        let error = text(&full.stderr);
        assert!(
            error.contains("error: cannot keep the state in 'state': "),
            "{error}"
        );
        assert!(!folder.path().join("again.overlap").exists());

        let last =
            index(&origin, folder.path(), "state", "again.overlap").output();
        let last = last.expect("the binary was built for this test");
        assert!(
            text(&last.stderr).contains("documents are done"),
            "{}",
            text(&last.stderr)
        );
        assert_eq!(text(&last.stdout), text(&whole.stdout));
    });
}

/// Reading it would never end.
#[cfg(target_os = "linux")]
#[test]
fn a_device_in_the_journals_place_is_refused() {
    within(PATIENT, || {
        let (folder, origin) =
            (tempfile::tempdir().expect("a folder for the test"), origin());
        let state = folder.path().join("state");
        fs::create_dir(&state).expect("it can be made");
        std::os::unix::fs::symlink("/dev/full", state.join("journal"))
            .expect("it can be made");
        let error = refused(&origin, folder.path(), "state");
        assert!(
            error.contains("is not a state that this program wrote"),
            "{error}"
        );
    });
}
