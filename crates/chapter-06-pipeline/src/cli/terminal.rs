//! The terminal during a run: a bar, Ctrl-C, and lines to the standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::INTERRUPTED;
use crate::program::printable::printable;
use crate::program::run::Progress;

/// Writes a line to the standard error. A reader that has gone is no reason to stop the work.
pub(super) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", printable(&line.to_string()));
}

/// The effect of Ctrl-C, and of the other signals that ask a program to end: during the run the
/// first one stops the run, and so it does while its index is saved. At any other time it ends the
/// process.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    stop: CancellationToken,
    running: Arc<AtomicBool>,
    /// How often it was asked.
    asked: Arc<AtomicU32>,
}

impl Interrupt {
    /// Watches until the process ends.
    pub(super) async fn watch(self) {
        let Ok(mut signals) = signals() else { return };
        while next(&mut signals).await {
            let before = self.asked.fetch_add(1, Ordering::Relaxed);
            if before > 0 || !self.running.load(Ordering::Relaxed) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            self.stop.cancel();
            say("stopping; the report of what was done follows (Ctrl-C again leaves at once)");
        }
    }

    /// The token to run with. From now on the first Ctrl-C stops the run.
    pub(super) fn run_begins(&self) -> CancellationToken {
        self.running.store(true, Ordering::Relaxed);
        self.stop.clone()
    }

    /// Whether Ctrl-C stopped the run. What follows ends early, too, if it asks.
    pub(super) fn run_is_over(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// From now on Ctrl-C ends the process.
    pub(super) fn nothing_is_left_to_do(&self) {
        self.running.store(false, Ordering::Relaxed);
    }

    /// Whether Ctrl-C came after the one that stopped the run, if that was `interrupted`.
    pub(super) fn is_asked_again(&self, interrupted: bool) -> bool {
        !interrupted && self.stop.is_cancelled()
    }
}

#[cfg(unix)]
type Signals = [tokio::signal::unix::Signal; 3];

#[cfg(unix)]
fn signals() -> io::Result<Signals> {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupt, terminate, hangup] =
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    Ok([interrupt?, terminate?, hangup?])
}

/// Waits for the next signal; `false` if there will be none.
#[cfg(unix)]
async fn next([interrupt, terminate, hangup]: &mut Signals) -> bool {
    let signal = tokio::select! {
        signal = interrupt.recv() => signal,
        signal = terminate.recv() => signal,
        signal = hangup.recv() => signal,
    };
    signal.is_some()
}

#[cfg(not(unix))]
fn signals() -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
async fn next(_: &mut ()) -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

/// A bar on a terminal, nothing elsewhere, and nothing for what is over in a second.
pub(super) struct Bar {
    done: CancellationToken,
    thread: JoinHandle<()>,
}

impl Bar {
    pub(super) fn start(progress: Arc<Progress>) -> Self {
        let done = CancellationToken::new();
        let ended = done.clone();
        let thread = thread::spawn(move || {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
            let template = "{wide_bar} {pos}/{len}, {msg}, {eta} left";
            bar.set_style(ProgressStyle::with_template(template).expect("the template is right"));
            let start = Instant::now();
            while !ended.is_cancelled() {
                thread::park_timeout(Duration::from_millis(100));
                let [total, indexed, failed, passed] =
                    [&progress.total, &progress.indexed, &progress.failed, &progress.passed]
                        .map(|counter| counter.load(Ordering::Relaxed));
                // Links that are followed make it longer.
                bar.set_length(total);
                bar.set_position(indexed + failed + passed);
                let size = ByteSize(progress.bytes.load(Ordering::Relaxed)).display().iec();
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
