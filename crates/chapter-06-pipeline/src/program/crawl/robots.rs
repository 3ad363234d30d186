//! `robots.txt`: what the owner of a site allows programs like this one to fetch.
//!
//! It is read by `robotxt`, which does as RFC 9309 says. What to do when it cannot be had is here.

use std::time::Duration;

use robotxt::Robots;

use crate::program::directives::AGENT;
use crate::program::failure::Kind;
use crate::program::fetch::Error;
use crate::program::fetch::retry::MAX_RETRY_AFTER;
use crate::program::source::Source;

/// Bytes of a `robots.txt` that count: 500 KiB (RFC 9309, section 2.5), and one that tells the
/// reader whether the last line was cut.
pub const MAX_BYTES: usize = robotxt::BYTE_LIMIT + 1;

/// Redirects from `robots.txt` that are followed, to whatever host (RFC 9309, section 2.3.1.2).
pub const REDIRECTS: u32 = 5;

/// The longest pause between two requests that a `Crawl-delay` can ask for.
pub const LONGEST_DELAY: Duration = MAX_RETRY_AFTER;

/// The permission to fetch from one host.
#[derive(Debug)]
pub enum Access {
    /// As these rules say.
    Rules(Robots),
    /// Nothing: whether there are rules could not be found out.
    Unreachable(Error),
}

impl Access {
    /// Reads what came of asking for `robots.txt`. This computes, for a large one milliseconds.
    ///
    /// No such file (any 4xx but 429) and too many redirects allow everything; a server that is
    /// busy, broken or not there allows nothing (RFC 9309, section 2.3.1). The RFC leaves 429 to
    /// us: to somebody who has asked too often it is no permission.
    pub fn of(answer: Result<Vec<u8>, Error>) -> Access {
        let gone = |status: Option<u16>| {
            status.is_some_and(|status| (400..500).contains(&status) && status != 429)
        };
        match answer {
            Ok(text) => Access::Rules(Robots::parse(&text, AGENT)),
            Err(error) if error.kind == Kind::Redirect || gone(error.status) => {
                Access::Rules(Robots::allow_all())
            }
            Err(error) => Access::Unreachable(error),
        }
    }

    /// Why a page may not be fetched, if so.
    pub fn refusal(&self, page: &Source) -> Option<(Kind, String)> {
        let Source::Url(url) = page else { return None };
        match self {
            Access::Rules(rules) if rules.is_url_allowed(url) => None,
            Access::Rules(_) => Some((Kind::Robots, "robots.txt disallows it".into())),
            // The host has failed, not refused.
            Access::Unreachable(error) => {
                Some((error.kind, format!("no answer to robots.txt: {error}")))
            }
        }
    }

    /// The pause between two requests that the rules ask for, if any.
    pub fn delay(&self) -> Option<Duration> {
        match self {
            Access::Rules(rules) => rules.crawl_delay().filter(|delay| !delay.is_zero()),
            Access::Unreachable(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
