//! Bytes into text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use memchr::memchr;

use super::unreadable::Unreadable;

/// Bytes into text: a byte-order mark wins, then what the server declared, then what the page
/// declares in its first kilobyte, then UTF-8 if it is that, else Windows-1252, as browsers do.
pub(super) fn decode<'a>(
    body: &'a [u8],
    charset: Option<&str>,
) -> Result<Cow<'a, str>, Unreadable> {
    let from_bom = Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let declared = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let known = from_bom.or(declared).or_else(|| declared_within(body));
    // UTF-16 has NUL bytes by nature; anything else with one is not text.
    let wide = known.is_some_and(|encoding| !encoding.is_ascii_compatible());
    if !wide && memchr(0, &body[..body.len().min(8 << 10)]).is_some() {
        return Err(Unreadable::Binary);
    }
    match known {
        Some(encoding) => match encoding.decode(body) {
            (text, _, false) => Ok(text),
            (_, used, true) => Err(Unreadable::Charset(used.name())),
        },
        None => match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => Ok(WINDOWS_1252.decode(body).0),
        },
    }
}

/// The `charset` in a `<meta>` of the first kilobyte, where the HTML standard wants it.
fn declared_within(body: &[u8]) -> Option<&'static Encoding> {
    let head = body[..body.len().min(1024)].to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let (_, rest) = head.split_once("charset=")?;
    let label = rest.trim_start_matches(['"', '\'']);
    let end = label.find(['"', '\'', '>', ' ', ';', '/']).unwrap_or(label.len());
    let encoding = Encoding::for_label(&label.as_bytes()[..end])?;
    // The bytes just read were ASCII, whatever they say.
    Some(if encoding.is_ascii_compatible() { encoding } else { UTF_8 })
}
