//! The terminal during a run: a bar, Ctrl-C, and lines to the standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::mem;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::INTERRUPTED;
use crate::program::printable::printable;
use crate::program::run::Progress;

/// Writes a line to the standard error. A reader that has gone is no reason to
/// stop the work.
pub fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", printable(&line.to_string()));
}

/// The effect of Ctrl-C, and of the other signals that ask a program to end:
/// during the run the first one stops the run, and the next one ends the
/// process; when the run is over and its index is saved, it gives that up. At
/// any other time it ends the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    stop: CancellationToken,
    phase: Arc<Mutex<Phase>>,
    second: Arc<Mutex<SecondSignal>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// There is nothing to stop.
    #[default]
    Idle,
    /// Something is under way. What is said when it is asked to stop.
    Running(&'static str),
    /// The run was asked to stop.
    Stopping,
    /// The run is over, and its index is saved: that leaves something behind if
    /// the process ends.
    Saving,
    /// The saving is to be given up.
    GivingUp,
}

impl Interrupt {
    /// Watches until the process ends.
    pub(super) async fn watch(self, mut signals: Signals) {
        while next(&mut signals).await {
            self.ask();
        }
    }

    fn ask(&self) {
        let mut phase = self.phase();
        *phase = match *phase {
            Phase::Idle | Phase::Stopping => {
                std::process::exit(i32::from(INTERRUPTED))
            }
            Phase::Running(answer) => {
                self.stop.cancel();
                say(answer);
                Phase::Stopping
            }
            Phase::Saving | Phase::GivingUp => Phase::GivingUp,
        };
    }

    /// The token to run with. From now on the first Ctrl-C stops the run, and
    /// `answer` is said.
    pub(super) fn run_begins(&self, answer: &'static str) -> CancellationToken {
        *self.phase() = Phase::Running(answer);
        lock(&self.second).ends_the_process();
        self.stop.clone()
    }

    /// Whether Ctrl-C has stopped the run. From now on it gives the saving up.
    pub(super) fn run_is_over(&self) -> bool {
        lock(&self.second).ends_nothing();
        mem::replace(&mut *self.phase(), Phase::Saving) == Phase::Stopping
    }

    /// Whether the saving is to be given up.
    pub(super) fn gives_up(&self) -> bool {
        *self.phase() == Phase::GivingUp
    }

    /// From now on Ctrl-C ends the process. Returns whether it came since the
    /// run was over.
    pub(super) fn nothing_is_left_to_do(&self) -> bool {
        mem::take(&mut *self.phase()) == Phase::GivingUp
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        lock(&self.phase)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A second signal while something stops. Whoever watches may be busy, and sees
/// two that come close together as one. So the signal's handler itself ends the
/// process.
#[derive(Debug, Default)]
struct SecondSignal {
    #[cfg(unix)]
    signals: Vec<i32>,
    #[cfg(unix)]
    handlers: Vec<signal_hook::SigId>,
}

#[cfg(unix)]
impl SecondSignal {
    /// From now on the second signal ends the process at once.
    fn ends_the_process(&mut self) {
        use signal_hook::flag::{register, register_conditional_shutdown};
        self.ends_nothing();
        let is_second = Arc::new(AtomicBool::new(false));
        for signal in &self.signals {
            // In this order: the handler that looks runs before the one that
            // notes. Without them the watch still sees two signals, if they are
            // not too close together.
            let code = i32::from(INTERRUPTED);
            let looks = register_conditional_shutdown(
                *signal,
                code,
                Arc::clone(&is_second),
            );
            self.handlers.extend(looks);
            self.handlers.extend(register(*signal, Arc::clone(&is_second)));
        }
    }

    /// From now on signals are for the watch alone.
    fn ends_nothing(&mut self) {
        for handler in self.handlers.drain(..) {
            signal_hook::low_level::unregister(handler);
        }
    }
}

#[cfg(not(unix))]
impl SecondSignal {
    fn ends_the_process(&mut self) {}

    fn ends_nothing(&mut self) {}
}

/// The signals that ask a program to end.
#[cfg(unix)]
pub(super) struct Signals(Vec<tokio::signal::unix::Signal>);

/// Listens to the signals. One that was ignored when this process began is left
/// alone: `nohup` makes it so.
#[cfg(unix)]
pub(super) fn signals(interrupt: &Interrupt) -> io::Result<Signals> {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};
    // A file that may not grow is an error of whoever writes, and ends no
    // process.
    drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?);
    let mut heard = vec![Signal::INT.as_raw(), Signal::TERM.as_raw()];
    if !is_ignored(Signal::HUP.as_raw()) {
        heard.push(Signal::HUP.as_raw());
    }
    let signals =
        heard.iter().map(|number| signal(SignalKind::from_raw(*number)));
    let signals = signals.collect::<io::Result<Vec<_>>>()?;
    lock(&interrupt.second).signals = heard;
    Ok(Signals(signals))
}

/// Whether this process ignores a signal. Only Linux says so without unsafe
/// code; elsewhere none is taken to be ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status =
        std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask =
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| (mask >> (signal - 1)) & 1 == 1)
}

/// Waits for the next signal; `false` if there will be none.
#[cfg(unix)]
async fn next(Signals(signals): &mut Signals) -> bool {
    let next = std::future::poll_fn(|context| {
        let mut polls =
            signals.iter_mut().map(|signal| signal.poll_recv(context));
        polls.find(Poll::is_ready).unwrap_or(Poll::Pending)
    });
    next.await.is_some()
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
pub(super) fn signals(_: &Interrupt) -> io::Result<Signals> {
    Ok(Signals)
}

#[cfg(not(unix))]
async fn next(_: &mut Signals) -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

/// A bar on a terminal, nothing elsewhere, and nothing for what is over in a
/// second.
pub(super) struct Bar {
    done: CancellationToken,
    thread: JoinHandle<()>,
}

impl Bar {
    pub(super) fn start(progress: Arc<Progress>) -> Self {
        let done = CancellationToken::new();
        let ended = done.clone();
        let thread = thread::spawn(move || {
            let bar = ProgressBar::with_draw_target(
                Some(0),
                ProgressDrawTarget::hidden(),
            );
            let template = "{wide_bar} {pos}/{len}, {msg}, {eta} left";
            bar.set_style(
                ProgressStyle::with_template(template)
                    .expect("the template is right"),
            );
            let start = Instant::now();
            while !ended.is_cancelled() {
                thread::park_timeout(Duration::from_millis(100));
                let [total, indexed, failed, passed] = [
                    &progress.total,
                    &progress.indexed,
                    &progress.failed,
                    &progress.passed,
                ]
                .map(|counter| counter.load(Ordering::Relaxed));
                // Links that are followed make it longer.
                bar.set_length(total);
                bar.set_position(indexed + failed + passed);
                let size = ByteSize(progress.bytes.load(Ordering::Relaxed))
                    .display()
                    .iec();
                bar.set_message(match failed {
                    0 => size.to_string(),
                    failed => format!("{size}, {failed} failed"),
                });
                let long = start.elapsed() > Duration::from_secs(1);
                if long && bar.is_hidden() && io::stderr().is_terminal() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
            }
            bar.finish_and_clear();
        });
        Bar { done, thread }
    }

    pub(super) fn stop(self) {
        self.done.cancel();
        self.thread.thread().unpark();
        // It only draws; if that panicked, the work is still done.
        let _ = self.thread.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ctrl_c_is_for_what_is_under_way() {
        let interrupt = Interrupt::default();
        let stop = interrupt.run_begins("stopping");
        assert!(!stop.is_cancelled());
        interrupt.ask();
        assert!(stop.is_cancelled());
        assert!(interrupt.run_is_over());
        // That one was for the run. However many come now, nothing is left
        // half-written.
        assert!(!interrupt.gives_up());
        for _ in 0..3 {
            interrupt.ask();
            assert!(interrupt.gives_up());
        }
        assert!(interrupt.nothing_is_left_to_do());
        assert!(!interrupt.nothing_is_left_to_do());
    }

    #[test]
    fn a_ctrl_c_behind_the_run_is_not_lost() {
        let interrupt = Interrupt::default();
        interrupt.run_begins("stopping");
        assert!(!interrupt.run_is_over());
        interrupt.ask();
        assert!(interrupt.nothing_is_left_to_do());
    }

    /// What the test below does in a process of its own.
    #[cfg(unix)]
    fn signals_come(while_saving: bool) {
        let interrupt = Interrupt::default();
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build();
        // Nobody watches: as if whoever does were busy.
        let signals =
            runtime.expect("a runtime").block_on(async { signals(&interrupt) });
        let _signals = signals.expect("signals can be heard");
        interrupt.run_begins("stopping");
        if while_saving {
            interrupt.run_is_over();
        }
        // Set by the last handler, when those before it have run.
        let came = Arc::new(AtomicBool::new(false));
        let int = rustix::process::Signal::INT;
        signal_hook::flag::register(int.as_raw(), Arc::clone(&came))
            .expect("it can be heard");
        for nth in 1..=3 {
            rustix::process::kill_process(rustix::process::getpid(), int)
                .expect("it is ours");
            while !came.swap(false, Ordering::Relaxed) {
                thread::yield_now();
            }
            println!("alive after {nth}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_second_signal_ends_a_run_at_once_whoever_is_busy_and_no_saving() {
        const CHILD: &str = "OVERLAP_TEST_SIGNALS";
        if let Ok(phase) = std::env::var(CHILD) {
            signals_come(phase == "saving");
            std::process::exit(7);
        }
        for (phase, code, alive) in [("running", 130, 1), ("saving", 7, 3)] {
            let this = std::env::current_exe().expect("this program is a file");
            let name = "cli::terminal::tests::\
                        a_second_signal_ends_a_run_at_once_whoever_is_busy_and_no_saving";
            let mut child = std::process::Command::new(this);
            child.args(["--exact", name, "--nocapture"]).env(CHILD, phase);
            let output =
                child.output().expect("this program can be started again");
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(code), "{phase}: {printed}");
            assert_eq!(
                printed.matches("alive after").count(),
                alive,
                "{phase}: {printed}"
            );
        }
    }
}
