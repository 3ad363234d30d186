//! Bytes into text, as the Encoding standard and the HTML standard say.

mod prescan;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use memchr::{memchr, memchr_iter};

use super::unreadable::Unreadable;
use crate::program::body::MediaType;

/// Text, and the encoding that its bytes were in.
pub(super) type Decoded<'a> = (Cow<'a, str>, &'static Encoding);

/// Bytes into text: a byte-order mark wins, then what the server declared, then
/// what the document declares itself, then UTF-8 if it is that. XML is UTF-8
/// then, anything else Windows-1252, as in browsers. Plain text declares
/// nothing itself.
///
/// Bytes that the encoding does not have become U+FFFD each, as the Encoding
/// standard says. Only where they are more than an eighth of the text is its
/// encoding taken to be another one.
pub(super) fn decode<'a>(
    body: &'a [u8],
    media_type: MediaType,
    charset: Option<&str>,
) -> Result<Decoded<'a>, Unreadable> {
    let from_bom = Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let declared =
        charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let within = || match media_type {
        MediaType::Html => prescan::declared(body).or_else(|| {
            if std::str::from_utf8(body).is_ok() {
                return None;
            }
            prescan::declared_late(body).or_else(|| prescan::hinted(body))
        }),
        MediaType::Xhtml => prescan::xml_encoding(body),
        MediaType::Plain => None,
    };
    let known = from_bom.or(declared).or_else(within);
    // UTF-16 has NUL bytes by nature; anything else with one is not text, but
    // for markup: there a stray one is nothing.
    let wide = known.is_some_and(|encoding| !encoding.is_ascii_compatible());
    let start = &body[..body.len().min(8 << 10)];
    if !wide && memchr(0, start).is_some() {
        let bare = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let is_markup = media_type != MediaType::Plain
            && bare.trim_ascii_start().starts_with(b"<");
        let most = start.len() / 8 + 1;
        if !is_markup || memchr_iter(0, start).count() > most {
            return Err(Unreadable::Binary);
        }
    }
    let encoding = match known {
        Some(encoding) => encoding,
        None => match std::str::from_utf8(body) {
            Ok(text) => return Ok((Cow::Borrowed(text), UTF_8)),
            Err(_) if media_type == MediaType::Xhtml => UTF_8,
            Err(_) => WINDOWS_1252,
        },
    };
    let (text, used, malformed) = encoding.decode(body);
    if malformed && is_another_encoding(&text) {
        return Err(Unreadable::Charset(used.name()));
    }
    Ok((text, used))
}

/// Whether so much of a text is no character that nothing of it could be found.
fn is_another_encoding(text: &str) -> bool {
    const FIRST: u8 = 0xef;
    let at = memchr_iter(FIRST, text.as_bytes());
    let bad = at.filter(|&at| text[at..].starts_with('\u{fffd}')).count();
    bad > text.chars().count() / 8
}
