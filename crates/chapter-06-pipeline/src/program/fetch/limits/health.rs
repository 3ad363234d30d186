//! What a host is able to take: whether it is left alone for a while, or for
//! good.
//!
//! A host that says `Retry-After` is left alone for that long, by all of its
//! documents. One whose last answers have all been failures of the host is
//! taken to be down: it gets one request a second, whichever document it is
//! for, until one succeeds. If none does, it is put off until the others are
//! done. Then it has its last turn, and if it still fails, it is given up.
//!
//! What a host that is down fails is not the document's failure, if others fail
//! there as well that had not failed before: see [`Blame`].

use std::time::Duration;

use tokio::time::Instant;

use crate::program::failure::Kind;
use crate::program::fetch::Error;
use crate::program::fetch::retry::MAX_RETRY_AFTER;

/// Failures in a row after which a host is taken to be down.
const DOWN: u32 = 3;
/// Time between two requests to a host that is down.
pub(super) const PROBE: Duration = Duration::from_secs(1);
/// Documents that fail in a row, each for the first time, after which it is the
/// host that fails them.
const VICTIMS: u32 = 3;
/// A host is put off after so many failures in a row, if they have lasted so
/// long or it asks for more patience than we have.
const PUT_OFF: (u32, Duration) = (24, Duration::from_secs(15));
/// Failures in its last turn after which it is given up.
pub(in crate::program::fetch) const LAST_TURN: u32 = 3;

/// The state of one host.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Requests that have succeeded.
    successes: u64,
    /// When the last of them began.
    last_begun: Option<Instant>,
    /// Failures of the host since the last success.
    in_a_row: u32,
    /// Documents that have failed since then and had not failed before.
    victims: u32,
    /// When the first of these failures was.
    since: Option<Instant>,
    /// Whether it has broken off its answers for so long that this is what its
    /// pages are.
    breaks_off: bool,
    /// The server's own wish.
    left_alone: Option<Instant>,
    /// When a host that is down may be asked again.
    probe: Option<Instant>,
    /// Since when it is down.
    down_since: Option<Instant>,
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

/// A request that has begun.
#[derive(Clone, Copy, Debug)]
pub(in crate::program::fetch) struct Begun {
    /// When.
    at: Instant,
    /// The requests to its host that had succeeded before.
    successes: u64,
    /// When its document failed for the first time, if it has.
    failed: Option<Instant>,
}

/// Whose failure it is that a document was not had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program::fetch) enum Blame {
    /// The document's, as far as is known.
    Document,
    /// The document's or its host's: nobody else is answered there, but too few
    /// others have failed to tell the two apart.
    Either,
    /// The host's: it is down for all.
    Host,
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

    /// Puts the host off until the others are done, if it has not had its last
    /// turn, and returns whether it is put off.
    pub(super) fn comes_later(&mut self, error: &Error) -> bool {
        if self.turn == Turn::First {
            (self.turn, self.error) = (Turn::Later, Some(error.clone()));
        }
        self.is_put_off()
    }

    /// Begins the last turn of a host that was put off.
    pub(super) fn ask_again(&mut self) {
        if self.is_put_off() {
            (self.turn, self.in_a_row, self.since) = (Turn::Last, 0, None);
        }
    }

    /// Notes that a request is sent. `failed` says when its document failed for
    /// the first time, if it has.
    pub(super) fn begins(
        &self,
        failed: Option<Instant>,
        now: Instant,
    ) -> Begun {
        Begun { at: now, successes: self.successes, failed }
    }

    /// Notes an answer, or a failure, and says whose that is. A page that fails
    /// by itself says nothing of its host.
    pub(super) fn answered(
        &mut self,
        answer: Result<(), &Error>,
        begun: Begun,
        now: Instant,
    ) -> Blame {
        let error = match answer {
            Err(error) if error.transient => error,
            _ => {
                self.succeeded(begun);
                return Blame::Document;
            }
        };
        let asked = error.retry_after.unwrap_or_default();
        let too_much = asked > MAX_RETRY_AFTER;
        if !asked.is_zero() && !too_much {
            self.left_alone = self.left_alone.max(Some(now + asked));
        }
        let of_host = error.is_of_host();
        let broken_off = error.kind == Kind::Interrupted && !self.breaks_off;
        if !of_host && !broken_off {
            return Blame::Document;
        }
        // What was under way when it was put off, or given up, changes nothing.
        if !matches!(self.turn, Turn::Later | Turn::Over) {
            self.failed(error, begun, now, too_much);
        }
        // Nobody who asked since the document has failed was answered.
        let fails_again =
            begun.failed.is_some_and(|at| self.last_begun < Some(at));
        if self.is_down() && self.victims >= VICTIMS {
            Blame::Host
        } else if of_host && (self.is_down() || fails_again) {
            Blame::Either
        } else {
            Blame::Document
        }
    }

    /// Notes a success. One that was under way when the host went down does not
    /// say that it is up again.
    fn succeeded(&mut self, begun: Begun) {
        self.successes += 1;
        self.last_begun = self.last_begun.max(Some(begun.at));
        self.victims = 0;
        if self.down_since.is_none_or(|since| begun.at >= since) {
            *self = Health {
                left_alone: self.left_alone,
                successes: self.successes,
                last_begun: self.last_begun,
                ..Health::default()
            };
        }
    }

    /// Notes a failure that may be the host's.
    fn failed(
        &mut self,
        error: &Error,
        begun: Begun,
        now: Instant,
        too_much: bool,
    ) {
        let since = *self.since.get_or_insert(now);
        // While this request waited in vain, others may have been answered.
        let is_alone =
            error.kind == Kind::Timeout && begun.successes < self.successes;
        self.victims += u32::from(begun.failed.is_none() && !is_alone);
        self.in_a_row += u32::from(error.is_of_host());
        if self.in_a_row >= DOWN || self.victims >= VICTIMS {
            self.probe.get_or_insert(now + PROBE);
            self.down_since.get_or_insert(now);
        }
        let (failures, patience) = PUT_OFF;
        // It does answer, so it is not put off.
        if !error.is_of_host() && now - since >= patience {
            (self.breaks_off, self.victims) = (true, 0);
            if self.in_a_row < DOWN {
                (self.probe, self.down_since) = (None, None);
            }
            return;
        }
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
