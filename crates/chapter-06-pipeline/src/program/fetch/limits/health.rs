//! What a host is able to take: whether it is left alone for a while, or for
//! good.
//!
//! A host that says `Retry-After` is left alone for that long, by all of its
//! documents. One whose last answers have all been failures of the host is
//! taken to be down: it gets one request a second, whichever document it is
//! for, until one succeeds. If none does, it is put off until the others are
//! done. Then it has its last turn, and if it still fails, it is given up.

use std::time::Duration;

use tokio::time::Instant;

use crate::program::fetch::Error;
use crate::program::fetch::retry::MAX_RETRY_AFTER;

/// Failures in a row after which a host is taken to be down.
const DOWN: u32 = 3;
/// Time between two requests to a host that is down.
pub(super) const PROBE: Duration = Duration::from_secs(1);
/// A host is put off after so many failures in a row, if they have lasted so
/// long or it asks for more patience than we have.
const PUT_OFF: (u32, Duration) = (24, Duration::from_secs(15));
/// Failures in its last turn after which it is given up.
const LAST_TURN: u32 = 3;

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
    turn: Turn,
    /// The error of a host that is put off, or was given up.
    error: Option<Error>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    First,
    /// The others come first.
    Later,
    Last,
    /// There is none anymore.
    Over,
}

/// When a host may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Now,
    At(Instant),
    /// When the others are done.
    Later,
}

impl Health {
    /// When the host may be asked. One that was given up never is; who waits
    /// for it is not to wait.
    pub(super) fn when(&self) -> When {
        match self.turn {
            Turn::Over => When::Now,
            Turn::Later => When::Later,
            Turn::First | Turn::Last => {
                self.left_alone.max(self.probe).map_or(When::Now, When::At)
            }
        }
    }

    /// Why the host is not asked anymore, if it is not.
    pub(super) fn given_up(&self) -> Option<&Error> {
        self.error.as_ref().filter(|_| self.turn == Turn::Over)
    }

    /// Whether the others come first.
    pub(super) fn is_put_off(&self) -> bool {
        self.turn == Turn::Later
    }

    /// Why the host is not asked now, if it is not.
    pub(super) fn put_off(&self) -> Option<&Error> {
        self.error
            .as_ref()
            .filter(|_| matches!(self.turn, Turn::Later | Turn::Over))
    }

    /// Whether the host is down.
    pub(super) fn is_down(&self) -> bool {
        self.probe.is_some()
    }

    /// Notes that a request starts.
    pub(super) fn asked(&mut self, now: Instant) {
        if self.probe.is_some() {
            self.probe = Some(now + PROBE);
        }
    }

    /// Begins the last turn of a host that was put off.
    pub(super) fn ask_again(&mut self) {
        if self.is_put_off() {
            (self.turn, self.in_a_row, self.since) = (Turn::Last, 0, None);
        }
    }

    /// Notes an answer, or a failure. A page that fails by itself says nothing
    /// of its host.
    pub(super) fn answered(
        &mut self,
        answer: Result<(), &Error>,
        now: Instant,
    ) {
        let error = match answer {
            Err(error) if error.transient => error,
            _ => {
                let left_alone = self.left_alone;
                *self = Health { left_alone, ..Health::default() };
                return;
            }
        };
        let asked = error.retry_after.unwrap_or_default();
        let too_much = asked > MAX_RETRY_AFTER;
        if !asked.is_zero() && !too_much {
            self.left_alone = self.left_alone.max(Some(now + asked));
        }
        // What was under way when it was put off, or given up, changes nothing.
        if !error.is_of_host() || matches!(self.turn, Turn::Later | Turn::Over)
        {
            return;
        }
        self.in_a_row += 1;
        let since = *self.since.get_or_insert(now);
        if self.in_a_row >= DOWN {
            self.probe.get_or_insert(now + PROBE);
        }
        let (failures, patience) = PUT_OFF;
        let next = match self.turn {
            Turn::Last if self.in_a_row >= LAST_TURN => Turn::Over,
            Turn::First
                if self.in_a_row >= failures
                    && (too_much || now - since >= patience) =>
            {
                Turn::Later
            }
            _ => return,
        };
        self.turn = next;
        let detail =
            format!("{}; the host failed again and again", error.detail);
        self.error = Some(Error { detail, transient: false, ..error.clone() });
    }
}
