//! Faults of a page, and on which request each happens.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::charset::Charset;
use crate::random;

/// Something a server does to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 404, with an HTML page that says so.
    NotFound,
    /// Any status from 200 to 599, with an HTML page that says so.
    Status(u16),
    /// 503 with a `Retry-After` header.
    Unavailable {
        /// When the client may come back.
        retry_after: RetryAfter,
    },
    /// 302 to this `Location`, sent as it stands: a path of this server, or an
    /// absolute URL such as `ftp://example.com/` that no client should follow.
    RedirectTo(String),
    /// This many redirects, one after the other, and then the page.
    RedirectChain(u32),
    /// Redirects that never end: two URLs, each of which redirects to the
    /// other.
    RedirectLoop,
    /// Half of the page, then a TCP reset.
    Reset,
    /// The whole page, `bytes` at a time.
    SlowDrip {
        /// Size of a piece.
        bytes: usize,
        /// Pause between two pieces.
        every: Duration,
    },
    /// A chunked body that never ends, as fast as the client reads it.
    Endless,
    /// `Content-Length` is that of the page; half of it comes, then the
    /// connection is closed in the ordinary way.
    ShortBody,
    /// A small gzip body that inflates to `size` zeros, whatever the client
    /// accepts.
    GzipBomb {
        /// Bytes after inflation.
        size: u64,
    },
    /// The page in windows-1252, declared as UTF-8. A line that is not UTF-8 is
    /// added, so that this is true of every page.
    WrongCharset,
    /// The page in another encoding, rightly declared in the `Content-Type`
    /// header. What the page's own `<meta charset>` says stays as it is: the
    /// header has precedence.
    Charset(Charset),
    /// Binary bytes as `application/octet-stream`.
    NotHtml,
    /// 200 with an empty body.
    Empty,
    /// The request is read and never answered.
    Hang,
    /// A fault for the first requests of a path only, see [`Fault::first`].
    First {
        /// How many requests of a path meet it.
        times: u64,
        /// The fault that they meet.
        fault: Box<Fault>,
    },
}

/// The two forms of a `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// A date this far from the moment of the response. HTTP dates have whole
    /// seconds: what is left over is cut.
    Date(Duration),
}

impl Fault {
    /// `fault` for the first `times` requests of a path; later ones get the
    /// page, so that a client that retries succeeds.
    #[must_use]
    pub fn first(times: u64, fault: Fault) -> Self {
        Self::First { times, fault: Box::new(fault) }
    }

    /// One of each, with a name: for tests that want to meet them all. Each
    /// name parses to its fault.
    #[must_use]
    pub fn samples() -> Vec<(&'static str, Fault)> {
        let soon = Duration::from_secs(2);
        vec![
            ("404", Self::NotFound),
            ("500", Self::Status(500)),
            ("503", Self::Unavailable { retry_after: RetryAfter::Seconds(1) }),
            (
                "503-date",
                Self::Unavailable { retry_after: RetryAfter::Date(soon) },
            ),
            ("redirect", Self::RedirectTo("/".to_owned())),
            ("redirect-chain", Self::RedirectChain(3)),
            ("redirect-loop", Self::RedirectLoop),
            (
                "redirect-ftp",
                Self::RedirectTo("ftp://127.0.0.1/page.html".to_owned()),
            ),
            ("reset", Self::Reset),
            (
                "slow-drip",
                Self::SlowDrip { bytes: 512, every: Duration::from_millis(10) },
            ),
            ("endless", Self::Endless),
            ("short-body", Self::ShortBody),
            ("gzip-bomb", Self::GzipBomb { size: 1 << 30 }),
            ("wrong-charset", Self::WrongCharset),
            ("latin-1", Self::Charset(Charset::Latin1)),
            ("windows-1252", Self::Charset(Charset::Windows1252)),
            ("utf-16le", Self::Charset(Charset::Utf16Le)),
            ("utf-16be", Self::Charset(Charset::Utf16Be)),
            ("not-html", Self::NotHtml),
            ("empty", Self::Empty),
            ("hang", Self::Hang),
            ("500-once", Self::first(1, Self::Status(500))),
        ]
    }

    /// The fault of a request that `attempts` others of its path came before;
    /// `None` for the page.
    fn on(&self, attempts: u64) -> Option<&Fault> {
        match self {
            Self::First { times, fault } if attempts < *times => {
                fault.on(attempts)
            }
            Self::First { .. } => None,
            fault => Some(fault),
        }
    }

    /// Why this fault cannot be sent, where it cannot.
    fn objection(&self) -> Option<String> {
        // A date after the year 9999 has no HTTP form.
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        match self {
            Self::Status(status) if !(200..600).contains(status) => {
                Some(format!("{status} is not a status from 200 to 599"))
            }
            Self::RedirectTo(location)
                if !location.bytes().all(|b| (b' '..0x7f).contains(&b)) =>
            {
                Some(format!("{location:?} cannot stand in a Location header"))
            }
            Self::Unavailable { retry_after: RetryAfter::Date(wait) }
                if *wait > CENTURY =>
            {
                Some("a Retry-After date is at most a century away".to_owned())
            }
            Self::First { fault, .. } => fault.objection(),
            _ => None,
        }
    }
}

/// Reads a name of [`Fault::samples`] or a status.
impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        if let Some((_, fault)) =
            Self::samples().into_iter().find(|(known, _)| *known == name)
        {
            return Ok(fault);
        }
        match name.parse() {
            Ok(status) if (200..600).contains(&status) => {
                Ok(Self::Status(status))
            }
            _ => Err(UnknownFault(name.to_owned())),
        }
    }
}

/// No fault has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Fault::samples().into_iter().map(|(name, _)| name).collect();
        write!(
            f,
            "no fault is named {:?}; there are: {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownFault {}

/// The faults of one server. Which request meets one follows from the seed, the
/// path and how often that path was asked for, so no schedule can change it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) seed: u64,
    pub(crate) by_path: HashMap<String, Fault>,
    pub(crate) by_rate: Vec<(f64, Fault)>,
}

impl Faults {
    /// A rate applies to pages only: a lost sitemap would hide every page it
    /// lists. A fault of the path itself comes first.
    pub(crate) fn pick(
        &self,
        path: &str,
        is_page: bool,
        attempts: u64,
    ) -> Option<&Fault> {
        if let Some(fault) = self.by_path.get(path) {
            return fault.on(attempts);
        }
        let rates = self.by_rate.iter().zip(1..).filter(|_| is_page);
        rates
            .filter(|((rate, _), salt)| {
                random::unit(self.seed, path, attempts, *salt) < *rate
            })
            .find_map(|((_, fault), _)| fault.on(attempts))
    }

    pub(crate) fn objection(&self) -> Option<String> {
        if let Some((rate, _)) =
            self.by_rate.iter().find(|(rate, _)| !(0.0..=1.0).contains(rate))
        {
            return Some(format!("a fault rate is from 0 to 1, not {rate}"));
        }
        let rated = self.by_rate.iter().map(|(_, fault)| fault);
        self.by_path.values().chain(rated).find_map(Fault::objection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rate: f64, fault: Fault) -> Faults {
        Faults { seed: 1, by_rate: vec![(rate, fault)], ..Faults::default() }
    }

    #[test]
    fn every_sample_has_a_name_of_its_own_that_parses_to_it() {
        for (name, fault) in Fault::samples() {
            assert_eq!(name.parse(), Ok(fault));
        }
        assert_eq!("418".parse(), Ok(Fault::Status(418)));
        assert!(
            "banana"
                .parse::<Fault>()
                .is_err_and(|e| e.to_string().contains("slow-drip"))
        );
    }

    #[test]
    fn a_rate_is_met_and_differs_by_visit() {
        let faults = faults(0.1, Fault::NotFound);
        let hit = |visit| {
            let hit = |i: &u32| {
                faults.pick(&format!("/page/{i}"), true, visit).is_some()
            };
            (0..10_000).filter(hit).collect::<Vec<_>>()
        };
        let (first, second) = (hit(0), hit(1));
        assert!((900..1100).contains(&first.len()), "{}", first.len());
        assert!(first.iter().filter(|i| second.contains(i)).count() < 150);
        assert_eq!(first, hit(0));
    }

    #[test]
    fn the_ends_of_the_rate_are_never_and_always() {
        for visit in 0..100 {
            assert_eq!(faults(0.0, Fault::Hang).pick("/", true, visit), None);
            assert_eq!(
                faults(1.0, Fault::Hang).pick("/", true, visit),
                Some(&Fault::Hang)
            );
            assert_eq!(
                faults(1.0, Fault::Hang).pick("/robots.txt", false, visit),
                None
            );
        }
    }

    #[test]
    fn a_limited_fault_lets_later_requests_through() {
        let faults = faults(1.0, Fault::first(2, Fault::Reset));
        let picked: Vec<_> = (0..4)
            .map(|visit| faults.pick("/", true, visit).is_some())
            .collect();
        assert_eq!(picked, [true, true, false, false]);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let far = RetryAfter::Date(Duration::MAX);
        for fault in [
            Fault::Status(100),
            Fault::first(1, Fault::Status(999)),
            Fault::RedirectTo("/\r\nx: y".to_owned()),
            Fault::Unavailable { retry_after: far },
        ] {
            assert!(
                faults(0.5, fault.clone()).objection().is_some(),
                "{fault:?}"
            );
        }
        assert!(faults(1.5, Fault::Empty).objection().is_some());
        assert!(faults(f64::NAN, Fault::Empty).objection().is_some());
        for (name, fault) in Fault::samples() {
            assert_eq!(faults(0.5, fault).objection(), None, "{name}");
        }
    }
}
