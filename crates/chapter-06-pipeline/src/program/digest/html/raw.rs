//! The ends of what has no markup in it: comments, and the text of a title, a
//! script and their like.

use memchr::{memchr, memchr_iter, memchr2};

use super::names::Name;

/// Where the page goes on behind a comment whose text begins here, if it does.
///
/// The dashes of `<!--` are none of its end, but in `<!-->` and `<!--->`.
pub(super) fn end_of_comment(bytes: &[u8], start: usize) -> Option<usize> {
    let text = &bytes[start..];
    memchr_iter(b'>', text)
        .find(|&at| match &text[..at] {
            [] | [b'-'] => true,
            text => text.ends_with(b"--") || text.ends_with(b"--!"),
        })
        .map(|at| start + at + 1)
}

/// Where the end tag is that ends the text of an element; the end of the page,
/// if it has none.
pub(super) fn end_of_text(
    bytes: &[u8],
    start: usize,
    name: Name,
    script: bool,
) -> usize {
    let end = if script {
        end_of_script(bytes, start)
    } else {
        memchr_iter(b'<', &bytes[start..]).map(|at| start + at).find(|&at| {
            bytes.get(at + 1) == Some(&b'/')
                && is_tag(&bytes[at + 2..], name.text())
        })
    };
    end.unwrap_or(bytes.len())
}

/// Whether the bytes begin with this name, and it ends there.
fn is_tag(bytes: &[u8], name: &str) -> bool {
    let Some((begin, [after, ..])) = bytes.split_at_checked(name.len()) else {
        return false;
    };
    begin.eq_ignore_ascii_case(name.as_bytes())
        && matches!(after, b'\t' | b'\n' | b'\x0c' | b' ' | b'/' | b'>')
}

/// Where the end tag of a script is.
///
/// A script may have `<!--` in it, up to `-->`, and within that `<script`, up
/// to `</script`: this one does not end it. Pages of the last century hid their
/// scripts so from older browsers.
fn end_of_script(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr(b'<', &bytes[at..])?;
        let rest = &bytes[at + 1..];
        if rest.first() == Some(&b'/') && is_tag(&rest[1..], "script") {
            return Some(at);
        }
        at += 1;
        if !rest.starts_with(b"!--") {
            continue;
        }
        // The dashes may be those of its end already.
        let dashes = at + 1;
        let mut double = false;
        at += 3;
        loop {
            at += memchr2(b'<', b'>', &bytes[at..])?;
            let rest = &bytes[at + 1..];
            if bytes[at] == b'>' {
                if at >= dashes + 2 && bytes[..at].ends_with(b"--") {
                    at += 1;
                    break;
                }
            } else if rest.first() == Some(&b'/') {
                if is_tag(&rest[1..], "script") {
                    if !double {
                        return Some(at);
                    }
                    double = false;
                }
            } else if is_tag(rest, "script") {
                double = true;
            }
            at += 1;
        }
    }
}
