//! Character references: `&lt;`, `&eacute;`, `&#x41;`.
//!
//! `htmlize` knows all 2,231 names and reads references as the standard says
//! (section 13.2.5.72). Here they are only found, and the few that nearly all
//! pages have are decoded at once.

use std::borrow::Cow;

/// Bytes of the longest name, with a margin.
const LONGEST: usize = 40;

/// The reference that may stand at this `&`: the text that it means, if it is
/// one, and where the page goes on behind it.
pub(super) fn reference(
    html: &str,
    at: usize,
) -> (Option<Cow<'_, str>>, usize) {
    let bytes = &html.as_bytes()[at..];
    let common = match bytes {
        [_, b'l', b't', b';', ..] => ("<", 4),
        [_, b'g', b't', b';', ..] => (">", 4),
        [_, b'a', b'm', b'p', b';', ..] => ("&", 5),
        [_, b'q', b'u', b'o', b't', b';', ..] => ("\"", 6),
        [_, b'#', b'3', b'9', b';', ..] => ("'", 5),
        [_, b'#', b'x', b'2', b'7', b';', ..] => ("'", 6),
        [_, b'n', b'b', b's', b'p', b';', ..] => ("\u{a0}", 6),
        _ => return other(html, at),
    };
    (Some(Cow::Borrowed(common.0)), at + common.1)
}

/// A reference of another kind. What follows its name and may belong to it is
/// read with it.
#[cold]
fn other(html: &str, at: usize) -> (Option<Cow<'_, str>>, usize) {
    let bytes = &html.as_bytes()[at..];
    let alphanumeric = |bytes: &[u8]| {
        bytes.iter().take_while(|b| b.is_ascii_alphanumeric()).count()
    };
    let length = match bytes.get(1) {
        Some(b'#') => 2 + alphanumeric(&bytes[2..]),
        _ => 1 + alphanumeric(&bytes[1..bytes.len().min(LONGEST)]),
    };
    let end = at + length + usize::from(bytes.get(length) == Some(&b';'));
    match htmlize::unescape(&html[at..end]) {
        Cow::Borrowed(_) => (None, end),
        Cow::Owned(text) => (Some(Cow::Owned(text)), end),
    }
}
