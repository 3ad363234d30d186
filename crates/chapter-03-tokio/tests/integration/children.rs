//! A lesson in a child process that is sent signals.

use std::io::{self, BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A lesson that runs until it is asked to end.
pub(crate) struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts `lesson` with a variable in its environment.
    pub(crate) fn start(lesson: &str, (variable, value): (&str, &str)) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chapter-03"))
            .arg(lesson)
            .env(variable, value)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary was built for this test");
        let stdout =
            BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Running { child, stdout }
    }

    /// Reads lines up to the first that contains `text`.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let mut lines = self
            .stdout
            .by_ref()
            .map(|line| line.expect("the child prints text"));
        lines
            .find(|line| line.contains(text))
            .expect("the child says it before it ends")
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal)
            .expect("the child is not waited for");
    }

    /// How it ended, the rest of what it printed, and its errors.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<String>, String) {
        let rest = self
            .stdout
            .by_ref()
            .map(|line| line.expect("the child prints text"))
            .collect();
        let stderr = self.child.stderr.take().expect("it is piped");
        let errors = io::read_to_string(stderr).expect("the child prints text");
        (self.child.wait().expect("it was started"), rest, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Whoever failed a test must not be left behind, running forever.
        let _ = self.child.kill();
    }
}
