//! A program that is ended at its limit, with everything it has started.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Bytes of output that are kept. What a program prints beyond is read and thrown away.
const KEPT: usize = 1 << 20;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exit(ExitStatus),
    /// At its limit, by us.
    Killed,
}

/// Runs a program and returns how it ended, and what it wrote to its two outputs. When this
/// returns, the program and all that it started in its process group are gone.
///
/// Where there are no process groups (off Unix), only the program itself is ended.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command, limit: Duration) -> io::Result<(Ended, String, String)> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let id = child.id();
    let outputs = [
        kept(child.stdout.take().expect("it is piped")),
        kept(child.stderr.take().expect("it is piped")),
    ];
    let (sender, status) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    let ended = match status.recv_timeout(limit) {
        Ok(status) => Ended::Exit(status?),
        Err(_) => Ended::Killed,
    };
    // Also after an end by itself: what it has started may go on, and hold its outputs open.
    kill(id);
    let [stdout, stderr] = outputs.map(|output| output.recv().unwrap_or_default());
    Ok((ended, stdout, stderr))
}

/// Reads to the end, on a thread of its own, so that a full pipe holds nobody up.
fn kept(mut output: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut kept, mut bytes) = (Vec::new(), [0; 8192]);
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            let room = KEPT.saturating_sub(kept.len());
            kept.extend_from_slice(&bytes[..read.min(room)]);
        }
        // Nobody waits for it anymore if this fails.
        let _ = sender.send(String::from_utf8_lossy(&kept).into_owned());
    });
    receiver
}

#[cfg(unix)]
fn kill(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // An error says that nobody is left.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(id: u32) {
    let id = id.to_string();
    let _ = Command::new("taskkill").args(["/F", "/T", "/PID", &id]).output();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    const LONG: Duration = Duration::from_secs(60);

    fn bash(script: &str, limit: Duration) -> (Ended, String, String) {
        run(Command::new("bash").args(["-c", script]), limit).expect("bash can be run")
    }

    /// Whether a process is there and not just waiting to be reaped.
    fn alive(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_program_that_ends_is_heard_out() {
        let (ended, stdout, stderr) = bash("echo out; echo err >&2; exit 3", LONG);
        assert!(matches!(ended, Ended::Exit(status) if status.code() == Some(3)));
        assert_eq!((stdout.as_str(), stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn nothing_that_it_started_outlives_it() {
        // The program hangs, its child hangs, and both hold the outputs.
        let (ended, stdout, _) = bash("sleep 1000 & echo $!; wait", Duration::from_millis(300));
        assert_eq!(ended, Ended::Killed);
        let start = Instant::now();
        while alive(stdout.trim()) {
            assert!(start.elapsed() < LONG, "the child of the hung program is still there");
            thread::yield_now();
        }
        // The program ends by itself and leaves a child that holds the outputs.
        let (ended, stdout, _) = bash("sleep 1000 & echo $!", LONG);
        assert!(matches!(ended, Ended::Exit(status) if status.success()));
        let start = Instant::now();
        while alive(stdout.trim()) {
            assert!(start.elapsed() < LONG, "the child that was left is still there");
            thread::yield_now();
        }
    }

    #[test]
    fn endless_output_fills_no_memory() {
        let (ended, stdout, _) = bash("yes", Duration::from_millis(300));
        assert_eq!((ended, stdout.len()), (Ended::Killed, KEPT));
    }
}
