//! What the owner of a site asks of programs like this one: `robots.txt`, and what a page or its
//! server says of the page itself.
//!
//! `robots.txt` is read by `robotxt`, which does as RFC 9309 says. What to do when it cannot be had
//! is here.

use std::time::Duration;

use robotxt::Robots;

use super::failure::Kind;
use super::fetch::Error;
use super::retry::PATIENCE;
use super::sources::Source;

/// The program's name: in the `User-Agent` that it sends, and in the rules that it looks for.
pub const AGENT: &str = "overlap";

/// The header with a server's word on one page.
pub const HEADER: &str = "x-robots-tag";

/// Bytes of a `robots.txt` that count: 500 KiB (RFC 9309, section 2.5), and one that tells the
/// reader whether the last line was cut.
pub const MOST: usize = robotxt::BYTE_LIMIT + 1;

/// Redirects from `robots.txt` that are followed, to whatever host (RFC 9309, section 2.3.1.2).
pub const REDIRECTS: u32 = 5;

/// The longest pause between two requests that a `Crawl-delay` can ask for.
pub const LONGEST_DELAY: Duration = PATIENCE;

/// What may be fetched from one host.
#[derive(Debug)]
pub enum Access {
    /// What these rules allow.
    Rules(Robots),
    /// Nothing: whether there are rules could not be found out.
    Unreachable(Error),
}

impl Access {
    /// Reads what came of asking for `robots.txt`. This computes, for a large one milliseconds.
    ///
    /// No such file (any 4xx but 429) and too many redirects allow everything; a server that is
    /// busy, broken or not there allows nothing (RFC 9309, section 2.3.1). The RFC leaves 429 to
    /// us: who has asked too much already does not take it for a welcome.
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

/// What is asked of robots for one page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// It should not be found in an index.
    pub noindex: bool,
    /// Its links should not be followed.
    pub nofollow: bool,
}

impl Directives {
    /// Those in the `content` of a `<meta name="robots">`.
    pub fn of_meta(content: &str) -> Directives {
        content.split(',').map(Self::of_word).fold(Directives::default(), Directives::and)
    }

    /// Those in an `X-Robots-Tag`. A name before a colon says whom they are for.
    pub fn of_header(value: &str) -> Directives {
        let mut ours = true;
        let mut all = Directives::default();
        for part in value.split(',') {
            let word = match part.split_once(':') {
                Some((name, word)) if is_name(name.trim()) => {
                    ours = [AGENT, "*"].iter().any(|it| name.trim().eq_ignore_ascii_case(it));
                    word
                }
                _ => part,
            };
            if ours {
                all = all.and(Self::of_word(word));
            }
        }
        all
    }

    /// Both: whatever one of them forbids.
    #[must_use]
    pub fn and(self, other: Directives) -> Directives {
        Directives {
            noindex: self.noindex || other.noindex,
            nofollow: self.nofollow || other.nofollow,
        }
    }

    fn of_word(word: &str) -> Directives {
        let is = |directive: &str| word.trim().eq_ignore_ascii_case(directive);
        let none = is("none");
        Directives { noindex: none || is("noindex"), nofollow: none || is("nofollow") }
    }
}

/// Whether this is whom a directive is for, and not a directive with a value or a piece of a date.
fn is_name(name: &str) -> bool {
    const VALUED: [&str; 4] =
        ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];
    let letters = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '*');
    name.chars().all(letters) && !VALUED.iter().any(|valued| name.eq_ignore_ascii_case(valued))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Source {
        Source::Url(format!("http://a{path}").parse().expect("it is a URL"))
    }

    fn refused(text: &str, path: &str) -> bool {
        Access::of(Ok(text.into())).refusal(&url(path)).is_some()
    }

    #[test]
    fn the_rules_are_those_for_us_or_else_those_for_all() {
        let text = "User-agent: overlap\nDisallow: /ours\n\nUser-agent: *\nDisallow: /all\n";
        assert!(refused(text, "/ours/x") && !refused(text, "/all"));
        let text = "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /a\nAllow: /a/b\n";
        assert!(refused(text, "/a/c") && !refused(text, "/a/b/c") && !refused(text, "/c"));
        assert!(!refused("<!doctype html><title>Not found</title>", "/"));
    }

    #[test]
    fn only_a_file_that_is_not_there_is_leave() {
        let status = |status| {
            Access::of(Err(Error { status: Some(status), ..Error::lasting(Kind::Status, "no") }))
        };
        for gone in [400, 401, 403, 404, 410, 451] {
            assert_eq!(status(gone).refusal(&url("/")), None, "{gone}");
        }
        for broken in [429, 500, 503, 304] {
            let (kind, _) = status(broken).refusal(&url("/")).expect("nothing is allowed");
            assert_eq!(kind, Kind::Status, "{broken}");
        }
        let refused = |kind| Access::of(Err(Error::lasting(kind, "no"))).refusal(&url("/"));
        assert_eq!(refused(Kind::Redirect), None);
        assert_eq!(refused(Kind::Connect).map(|(kind, _)| kind), Some(Kind::Connect));
    }

    #[test]
    fn a_line_that_the_cap_cuts_allows_nothing() {
        let mut text = "User-agent: *\nDisallow: /\n".to_owned();
        while text.len() < MOST - 10 {
            text.push_str("# a comment\n");
        }
        text.truncate(MOST - 10);
        text.push_str("\nAllow: /private\n");
        text.truncate(MOST);
        assert!(text.ends_with("Allow: /p"));
        assert!(refused(&text, "/p"));
    }

    #[test]
    fn a_delay_is_of_our_group() {
        let delay = |text: &str| Access::of(Ok(text.into())).delay();
        assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5\n"), Some(Duration::from_millis(2_500)));
        for none in ["User-agent: *\nCrawl-delay: 0\n", "User-agent: x\nCrawl-delay: 9\n", ""] {
            assert_eq!(delay(none), None, "{none}");
        }
        assert!(delay("User-agent: *\nCrawl-delay: 1e15\n") > Some(LONGEST_DELAY));
    }

    #[test]
    fn directives_are_words_whatever_their_case_and_order() {
        let (yes, no) = (true, false);
        let is = |noindex, nofollow| Directives { noindex, nofollow };
        assert_eq!(Directives::of_meta("index, follow"), is(no, no));
        assert_eq!(Directives::of_meta(" NoFollow ,NOINDEX"), is(yes, yes));
        assert_eq!(Directives::of_meta("none"), is(yes, yes));
        assert_eq!(Directives::of_meta("noindexes"), is(no, no));
    }

    #[test]
    fn a_header_may_be_for_another() {
        let (yes, no) = (true, false);
        let is = |noindex, nofollow| Directives { noindex, nofollow };
        for (value, expected) in [
            ("noindex", is(yes, no)),
            ("nofollow, noarchive", is(no, yes)),
            ("otherbot: noindex, nofollow", is(no, no)),
            ("otherbot: noindex, overlap: nofollow", is(no, yes)),
            ("unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, noindex", is(yes, no)),
            ("otherbot: none, *: noindex", is(yes, no)),
            ("max-snippet: 20, none", is(yes, yes)),
        ] {
            assert_eq!(Directives::of_header(value), expected, "{value}");
        }
    }
}
