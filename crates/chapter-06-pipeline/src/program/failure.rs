//! Why a document is not in the index.

use serde::{Deserialize, Serialize};

/// The kinds of failure, as the report counts them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The server answered with another status than success.
    Status,
    /// The whole request took longer than allowed.
    Timeout,
    /// No connection could be made.
    Connect,
    /// The server's certificate cannot be trusted, or this system has none to
    /// trust it by.
    Tls,
    /// The host's name does not resolve.
    Dns,
    /// Too many redirects, in a circle, or one to another scheme.
    Redirect,
    /// The connection ended before the body did.
    Interrupted,
    /// The body is larger than allowed.
    TooLarge,
    /// The body's compression is broken.
    Compression,
    /// The body is of another type than text.
    NotText,
    /// Much of the body is not what its declared charset allows.
    Charset,
    /// There is nothing in the body.
    Empty,
    /// A file cannot be read.
    Unreadable,
    /// Our own code panicked on this document.
    Panic,
    /// The site's `robots.txt` disallows it. Asked only where links are
    /// followed, as the next two.
    Robots,
    /// The page or its server asks not to be indexed.
    NoIndex,
    /// It redirects to a host that is not to be visited.
    OffHost,
    /// It has words, and none that a reader sees: they stand in scripts or in
    /// navigation.
    NoText,
    /// A sitemap cannot be read, or an entry of one.
    Sitemap,
}

impl Kind {
    /// The name in a report: `too-large`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Status => "status",
            Kind::Timeout => "timeout",
            Kind::Connect => "connect",
            Kind::Tls => "tls",
            Kind::Dns => "dns",
            Kind::Redirect => "redirect",
            Kind::Interrupted => "interrupted",
            Kind::TooLarge => "too-large",
            Kind::Compression => "compression",
            Kind::NotText => "not-text",
            Kind::Charset => "charset",
            Kind::Empty => "empty",
            Kind::Unreadable => "unreadable",
            Kind::Panic => "panic",
            Kind::Robots => "robots",
            Kind::NoIndex => "no-index",
            Kind::OffHost => "off-host",
            Kind::NoText => "no-text",
            Kind::Sitemap => "sitemap",
        }
    }

    /// Whether a page that was found by its link is passed over for this, which
    /// is no failure: it is not what this program is to read.
    pub fn is_no_fault(self) -> bool {
        matches!(
            self,
            Kind::Robots
                | Kind::NoIndex
                | Kind::OffHost
                | Kind::NotText
                | Kind::NoText
        )
    }
}

/// A document that is not in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where it should have come from.
    pub url: String,
    /// The kind of failure.
    pub kind: Kind,
    /// The reason, for a person.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kind; 19] = [
        Kind::Status,
        Kind::Timeout,
        Kind::Connect,
        Kind::Tls,
        Kind::Dns,
        Kind::Redirect,
        Kind::Interrupted,
        Kind::TooLarge,
        Kind::Compression,
        Kind::NotText,
        Kind::Charset,
        Kind::Empty,
        Kind::Unreadable,
        Kind::Panic,
        Kind::Robots,
        Kind::NoIndex,
        Kind::OffHost,
        Kind::NoText,
        Kind::Sitemap,
    ];

    #[test]
    fn a_kind_has_one_name() {
        // Rust numbers them as they are written, so one that is not in the list
        // is noticed.
        assert!(
            ALL.iter().enumerate().all(|(nth, kind)| nth == *kind as usize)
        );
        assert_eq!(
            ALL.last(),
            Some(&Kind::Sitemap),
            "the last one, as it is written"
        );
        for kind in ALL {
            assert_eq!(
                serde_json::to_value(kind).expect("a kind is a string"),
                kind.name()
            );
        }
    }
}
