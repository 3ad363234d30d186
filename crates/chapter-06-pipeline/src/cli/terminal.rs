//! The terminal during a run: a bar, Ctrl-C, and lines to the standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// The effect of Ctrl-C: during the run it stops the run, at any other time it ends the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    stop: CancellationToken,
    running: Arc<AtomicBool>,
}

impl Interrupt {
    /// Watches until the process ends.
    pub(super) async fn watch(self) {
        while tokio::signal::ctrl_c().await.is_ok() {
            if self.stop.is_cancelled() || !self.running.load(Ordering::Relaxed) {
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

    /// Whether Ctrl-C stopped the run. From now on it ends the process.
    pub(super) fn run_is_over(&self) -> bool {
        self.running.store(false, Ordering::Relaxed);
        self.stop.is_cancelled()
    }
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
