//! What a host is able to take: whether it is left alone for a while, or for good.
//!
//! A host that says `Retry-After` is left alone for that long, by all of its documents. One whose
//! last answers have all been failures that may pass is taken to be down: it gets one request a
//! second, whichever document it is for, until one succeeds. If none does, it is given up.

use std::time::Duration;

use tokio::time::Instant;

use crate::program::fetch::Error;
use crate::program::fetch::retry::MAX_RETRY_AFTER;

/// Failures in a row after which a host is taken to be down.
const DOWN: u32 = 3;
/// Time between two requests to a host that is down.
const PROBE: Duration = Duration::from_secs(1);
/// A host is given up after so many failures in a row, if they have lasted so long or it asks for
/// more patience than we have.
const GIVE_UP: (u32, Duration) = (24, Duration::from_secs(15));

/// The state of one host.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Failures since the last success.
    in_a_row: u32,
    /// When the first of them was.
    since: Option<Instant>,
    /// The server's own wish.
    left_alone: Option<Instant>,
    /// When a host that is down may be asked again.
    probe: Option<Instant>,
    given_up: Option<Error>,
}

/// How to go on with a document whose request has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program::fetch) enum Advice {
    /// As with any failure.
    Usual,
    /// Its host is down: with this pause, or until it recovers.
    Failing {
        /// The pause before the first retry. Each further one is three times as long.
        pause: Duration,
    },
}

impl Advice {
    /// The same for a document that has failed this often.
    pub(in crate::program::fetch) fn after(self, failures: u32) -> Self {
        match self {
            Advice::Usual => Advice::Usual,
            Advice::Failing { pause } => {
                Advice::Failing { pause: pause * 3_u32.pow(failures.clamp(1, 3) - 1) }
            }
        }
    }
}

impl Health {
    /// Before which time the host is not asked, if there is one. One that was given up never is; who
    /// waits for it is not to wait.
    pub(super) fn earliest(&self) -> Option<Instant> {
        if self.given_up.is_some() { None } else { self.left_alone.max(self.probe) }
    }

    pub(super) fn given_up(&self) -> Option<&Error> {
        self.given_up.as_ref()
    }

    /// Notes that a request starts.
    pub(super) fn asked(&mut self, now: Instant) {
        if self.probe.is_some() {
            self.probe = Some(now + PROBE);
        }
    }

    /// Notes an answer, or a failure that may pass.
    pub(super) fn answered(&mut self, answer: Result<(), &Error>, now: Instant) -> Advice {
        let Err(error) = answer else {
            (self.in_a_row, self.since, self.probe) = (0, None, None);
            return Advice::Usual;
        };
        let asked = error.retry_after.unwrap_or_default();
        let too_much = asked > MAX_RETRY_AFTER;
        if !asked.is_zero() && !too_much {
            self.left_alone = self.left_alone.max(Some(now + asked));
        }
        self.in_a_row += 1;
        let since = *self.since.get_or_insert(now);
        if self.in_a_row < DOWN {
            return Advice::Usual;
        }
        let (failures, patience) = GIVE_UP;
        if self.in_a_row >= failures && (too_much || now - since >= patience) {
            let detail =
                format!("{}; the host failed {} times in a row", error.detail, self.in_a_row);
            self.given_up = Some(Error { detail, transient: false, ..error.clone() });
        }
        self.probe.get_or_insert(now + PROBE);
        Advice::Failing { pause: PROBE }
    }
}
