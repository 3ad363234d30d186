//! Ctrl-C from outside: the interrupt signal, sent to the chapter's binary.

use std::io::{self, BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use witness::{PATIENT, within};

/// The lesson, running until it is interrupted.
struct Bank {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Bank {
    fn start(wire_ms: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chapter-03"))
            .arg("shutdown")
            .env("WIRE", wire_ms)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built for this test");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Bank { child, stdout }
    }

    /// Reads lines up to the first that contains `text`.
    fn wait_for(&mut self, text: &str) -> String {
        let mut lines = self.stdout.by_ref().map(|line| line.expect("the child prints text"));
        lines.find(|line| line.contains(text)).expect("the child says it before it ends")
    }

    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success(), "{sent}");
    }

    fn end(mut self) -> (ExitStatus, String) {
        let stderr = self.child.stderr.take().expect("it is piped");
        let error = io::read_to_string(stderr).expect("the child prints text");
        (self.child.wait().expect("it was started"), error)
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        // Whoever failed a test must not be left behind, transferring forever.
        let _ = self.child.kill();
    }
}

#[test]
fn one_interrupt_finishes_what_was_begun() {
    within(PATIENT, || {
        let mut bank = Bank::start("30");
        bank.wait_for("under way");
        bank.interrupt();
        let report = bank.wait_for("transfers taken");
        assert!(report.ends_with(", 0 unfinished"), "{report}");
        let (status, error) = bank.end();
        assert_eq!(status.code(), Some(0), "{error}");
    });
}

#[test]
fn a_second_interrupt_cuts_off_what_will_not_end() {
    within(PATIENT, || {
        let mut bank = Bank::start("3600000");
        bank.wait_for("under way");
        bank.interrupt();
        bank.wait_for("Ctrl-C again");
        bank.interrupt();
        let report = bank.wait_for("transfers taken");
        assert!(!report.ends_with(", 0 unfinished"), "{report}");
        let (status, error) = bank.end();
        assert_eq!(status.code(), Some(1), "{error}");
        assert!(error.contains("cut off: interrupted again"), "{error}");
    });
}
