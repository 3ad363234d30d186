//! The end of each source, and how many ended how.

use std::sync::atomic::Ordering;

use crate::program::failure::Failure;
use crate::program::progress::Progress;

/// The end of one source.
pub(super) enum Outcome {
    /// It is in the index.
    Indexed,
    /// It failed.
    Failed(Failure),
    /// It was passed over, which is no failure.
    Skipped(Failure),
    /// It is another page, which ends on its own.
    Redirected,
    /// The run was stopped before its end.
    Unfinished,
}

/// The ends of many sources.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) failures: Vec<Failure>,
    /// Pages that were passed over.
    pub(super) skips: Vec<Failure>,
    pub(super) redirected: usize,
    pub(super) unfinished: usize,
    /// Pages that were found and not begun, because the run was stopped.
    pub(super) waiting: usize,
    /// Documents that an earlier run had done.
    pub(super) resumed: usize,
}

impl Tally {
    /// Counts an outcome, here and in the progress.
    pub(super) fn add(&mut self, outcome: Outcome, progress: &Progress) {
        let counter = match outcome {
            Outcome::Indexed => &progress.indexed,
            Outcome::Failed(failure) => {
                self.failures.push(failure);
                &progress.failed
            }
            Outcome::Skipped(failure) => {
                self.skips.push(failure);
                &progress.passed
            }
            Outcome::Redirected => {
                self.redirected += 1;
                &progress.passed
            }
            Outcome::Unfinished => {
                self.unfinished += 1;
                return;
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds the outcomes of one lane.
    pub(super) fn merge(&mut self, lane: Tally) {
        self.failures.extend(lane.failures);
        self.skips.extend(lane.skips);
        self.redirected += lane.redirected;
        self.unfinished += lane.unfinished;
    }
}
