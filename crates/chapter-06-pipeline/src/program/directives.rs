//! Directives for robots: a page, or its server, asks not to be indexed or not
//! to be followed.

/// The program's name: in the `User-Agent` that it sends, and in the rules that
/// it looks for.
pub const AGENT: &str = "overlap";

/// The header with a server's word on one page.
pub const HEADER: &str = "x-robots-tag";

/// The directives of one page.
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
        content
            .split(',')
            .map(Self::of_word)
            .fold(Directives::default(), Directives::and)
    }

    /// Those in an `X-Robots-Tag`. A name before a colon says whom they are
    /// for.
    pub fn of_header(value: &str) -> Directives {
        let mut ours = true;
        let mut all = Directives::default();
        for part in value.split(',') {
            let word = match part.split_once(':') {
                Some((name, word)) if is_name(name.trim()) => {
                    ours = [AGENT, "*"]
                        .iter()
                        .any(|it| name.trim().eq_ignore_ascii_case(it));
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

    /// Of some words: people forget the comma.
    fn of_word(words: &str) -> Directives {
        let is = |directive: &str| {
            words
                .split_whitespace()
                .any(|word| word.eq_ignore_ascii_case(directive))
        };
        let none = is("none");
        Directives {
            noindex: none || is("noindex"),
            nofollow: none || is("nofollow"),
        }
    }
}

/// Whether this is whom a directive is for, and not a directive with a value or
/// a piece of a date.
fn is_name(name: &str) -> bool {
    const VALUED: [&str; 4] = [
        "unavailable_after",
        "max-snippet",
        "max-image-preview",
        "max-video-preview",
    ];
    let letters =
        |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '*');
    name.chars().all(letters)
        && !VALUED.iter().any(|valued| name.eq_ignore_ascii_case(valued))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_words_whatever_their_case_and_order() {
        let (yes, no) = (true, false);
        let is = |noindex, nofollow| Directives { noindex, nofollow };
        assert_eq!(Directives::of_meta("index, follow"), is(no, no));
        assert_eq!(Directives::of_meta(" NoFollow ,NOINDEX"), is(yes, yes));
        assert_eq!(Directives::of_meta("none"), is(yes, yes));
        assert_eq!(Directives::of_meta("noindex nofollow"), is(yes, yes));
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
            (
                "unavailable_after: Fri, 25 Jun 2010 15:00:00 PST, noindex",
                is(yes, no),
            ),
            ("otherbot: none, *: noindex", is(yes, no)),
            ("max-snippet: 20, none", is(yes, yes)),
            ("noindex nofollow", is(yes, yes)),
        ] {
            assert_eq!(Directives::of_header(value), expected, "{value}");
        }
    }
}
