//! `robots.txt`: what the owner of a site allows programs like this one to
//! fetch.
//!
//! It is read by `robotxt`, which does as RFC 9309 says. What to do when it
//! cannot be had is here.

use std::borrow::Cow;
use std::time::Duration;

use encoding_rs::{UTF_16BE, UTF_16LE};
use reqwest::Url;
use robotxt::Robots;

use crate::program::directives::AGENT;
use crate::program::failure::Kind;
use crate::program::fetch::Error;
use crate::program::fetch::retry::MAX_RETRY_AFTER;
use crate::program::source::Source;

/// Bytes of a `robots.txt` that count: 500 KiB (RFC 9309, section 2.5), and one
/// that tells the reader whether the last line was cut.
pub const MAX_BYTES: usize = robotxt::BYTE_LIMIT + 1;

/// Redirects from `robots.txt` that are followed, to whatever host (RFC 9309,
/// section 2.3.1.2).
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
    /// Reads what came of asking for `robots.txt`. This computes, for a large
    /// one milliseconds.
    ///
    /// No such file (any 4xx but 429) and too many redirects allow everything;
    /// a server that is busy, broken or not there allows nothing (RFC 9309,
    /// section 2.3.1). The RFC leaves 429 to us: to somebody who has asked too
    /// often it is no permission.
    pub fn of(answer: Result<Vec<u8>, Error>) -> Access {
        let gone = |status: Option<u16>| {
            status.is_some_and(|status| {
                (400..500).contains(&status) && status != 429
            })
        };
        match answer {
            Ok(text) => Access::Rules(Robots::parse(&plain(&text), AGENT)),
            Err(error)
                if error.kind == Kind::Redirect || gone(error.status) =>
            {
                Access::Rules(Robots::allow_all())
            }
            Err(error) => Access::Unreachable(error),
        }
    }

    /// Why a page may not be fetched, if so.
    pub fn refusal(&self, page: &Source) -> Option<(Kind, String)> {
        let Source::Url(url) = page else { return None };
        match self {
            Access::Rules(rules) if rules.is_url_allowed(&literal(url)) => None,
            Access::Rules(_) => {
                Some((Kind::Robots, "robots.txt disallows it".into()))
            }
            // The host has failed, not refused.
            Access::Unreachable(error) => {
                Some((error.kind, format!("no answer to robots.txt: {error}")))
            }
        }
    }

    /// The pause between two requests that the rules ask for, if any.
    pub fn delay(&self) -> Option<Duration> {
        match self {
            Access::Rules(rules) => {
                rules.crawl_delay().filter(|delay| !delay.is_zero())
            }
            Access::Unreachable(_) => None,
        }
    }
}

/// The rules as their reader knows them. The name of an agent ends where its
/// characters end (RFC 9309, section 2.2.1), so `overlap/1.0` is `overlap`; and
/// a `$` is special at the end of a pattern only.
fn plain(text: &[u8]) -> Vec<u8> {
    let is_cut = text.len() >= MAX_BYTES;
    let text = &*utf_8(text);
    let last = text.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    let text = match is_cut {
        // The last line was cut.
        true => &text[..last.map_or(0, |at| at + 1)],
        false => text,
    };
    let mut out = Vec::with_capacity(text.len());
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
    for line in text.split_inclusive(ends) {
        // Where files were put together, each may have one.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let (key, value) = key_and_value(line);
        out.extend_from_slice(&line[..line.len() - value.len()]);
        if key == b"useragent" {
            let name = value.trim_ascii_start();
            let is_name = |byte: &u8| {
                byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')
            };
            let mut length =
                name.iter().take_while(|byte| is_name(byte)).count();
            // A star and more behind a space is the star.
            if name.starts_with(b"*")
                && name.get(1).is_none_or(u8::is_ascii_whitespace)
            {
                length = 1;
            }
            if length > 0 {
                out.extend_from_slice(&name[..length]);
                out.push(b'\n');
                continue;
            }
        }
        if RULES.contains(&&*key) && value.contains(&b'$') {
            let comment = value
                .iter()
                .position(|&byte| byte == b'#')
                .unwrap_or(value.len());
            let pattern = value[..comment].trim_ascii_end().len();
            for (at, &byte) in value.iter().enumerate() {
                if byte == b'$' && at + 1 < pattern {
                    out.extend_from_slice(b"%24");
                } else {
                    out.push(byte);
                }
            }
        } else {
            out.extend_from_slice(value);
        }
    }
    out
}

/// The rules in UTF-8, which is their only encoding (RFC 9309, section 2.2). A
/// reader who keeps to that finds no rule in a file in UTF-16; but its owner
/// has written some, and means them. It is told by its byte-order mark, or by
/// the NUL beside each of its first letters.
fn utf_8(text: &[u8]) -> Cow<'_, [u8]> {
    let encoding = match *text {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        [first, 0, second, 0, ..] if first != 0 && second != 0 => UTF_16LE,
        [0, first, 0, second, ..] if first != 0 && second != 0 => UTF_16BE,
        _ => return Cow::Borrowed(text),
    };
    let (text, _) = encoding.decode_with_bom_removal(text);
    Cow::Owned(text.into_owned().into_bytes())
}

/// Rules, and how their reader lets them be misspelled.
const RULES: [&[u8]; 9] = [
    b"allow",
    b"alow",
    b"allaw",
    b"disallow",
    b"dissallow",
    b"dissalow",
    b"disalow",
    b"diasllow",
    b"disallaw",
];

/// The key of a line, as its letters in lower case, and what stands behind it.
/// Where the colon is missing, a space does.
fn key_and_value(line: &[u8]) -> (Vec<u8>, &[u8]) {
    let bare = line.trim_ascii_start();
    let colon = bare.iter().position(|&byte| byte == b':');
    // `user agent` is the one key that has a space in it.
    let named = |start: &[u8]| start.eq_ignore_ascii_case(b"user agent");
    let from = if bare.get(..10).is_some_and(named) { 10 } else { 0 };
    let space = bare[from..].iter().position(u8::is_ascii_whitespace);
    let space = space.map(|at| from + at);
    let at = match (colon, space) {
        (Some(colon), Some(space)) => {
            let between = bare.get(space..colon).unwrap_or_default();
            if between.trim_ascii().is_empty() { colon } else { space }
        }
        (colon, space) => colon.or(space).unwrap_or(bare.len()),
    };
    let key = bare[..at].to_ascii_lowercase().into_iter();
    let key = key.filter(u8::is_ascii_alphabetic).collect();
    (key, bare.get(at + 1..).unwrap_or_default())
}

/// A URL in which what is special in a rule is encoded, as the rule that means
/// it literally has it (RFC 9309, section 2.2.3).
fn literal(url: &Url) -> Cow<'_, Url> {
    let encoded = |text: &str| text.replace('*', "%2A").replace('$', "%24");
    let special = |text: &str| text.contains(['*', '$']);
    if !special(url.path()) && !url.query().is_some_and(special) {
        return Cow::Borrowed(url);
    }
    let mut literal = url.clone();
    literal.set_path(&encoded(url.path()));
    literal.set_query(url.query().map(encoded).as_deref());
    Cow::Owned(literal)
}

#[cfg(test)]
mod tests;
