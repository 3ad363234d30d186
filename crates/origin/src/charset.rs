//! Pages in the encodings the web used before UTF-8.
//!
//! By hand, although `encoding_rs` has them all: the programs that are tested
//! against this server decode with that crate, and an error of its own would
//! cancel out.

/// A character encoding a page can be sent in, see
/// [`Fault::Charset`](crate::Fault::Charset).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// ISO 8859-1. Browsers read the label as windows-1252, which agrees with
    /// it on every character sent here.
    Latin1,
    /// windows-1252, which has typographic quotes, dashes and the euro where
    /// Latin-1 has controls.
    Windows1252,
    /// UTF-16, little end first, without a byte order mark.
    Utf16Le,
    /// UTF-16, big end first, without a byte order mark.
    Utf16Be,
}

impl Charset {
    /// The label in the `Content-Type` header.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Latin1 => "iso-8859-1",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    /// `html` in this encoding. A character the encoding lacks becomes a
    /// numeric character reference, as browsers do, so that an HTML parser
    /// reads the same text from either.
    #[must_use]
    pub fn encode(self, html: &str) -> Vec<u8> {
        match self {
            Self::Latin1 => single_bytes(html, latin1),
            Self::Windows1252 => {
                single_bytes(html, |c| latin1(c).or_else(|| windows1252(c)))
            }
            Self::Utf16Le => {
                html.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Self::Utf16Be => {
                html.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
        }
    }
}

fn single_bytes(html: &str, byte: impl Fn(char) -> Option<u8>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(html.len());
    for c in html.chars() {
        match byte(c) {
            Some(byte) => encoded.push(byte),
            None => encoded
                .extend_from_slice(format!("&#{};", u32::from(c)).as_bytes()),
        }
    }
    encoded
}

/// 0x80 to 0x9F are left out: Latin-1 has control characters there, and readers
/// take them for windows-1252.
fn latin1(c: char) -> Option<u8> {
    u8::try_from(u32::from(c)).ok().filter(|byte| !(0x80..0xa0).contains(byte))
}

fn windows1252(c: char) -> Option<u8> {
    // https://encoding.spec.whatwg.org/index-windows-1252.txt, 0x80 to 0x9F;
    // the five bytes without a character stand as NUL, which Latin-1 has
    // already answered.
    const HIGH: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";
    let index = HIGH.chars().position(|high| high == c && c != '\0')?;
    u8::try_from(0x80 + index).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_has_no_euro_and_windows_1252_does() {
        assert_eq!(Charset::Latin1.encode("é €"), b"\xe9 &#8364;");
        assert_eq!(Charset::Windows1252.encode("é €"), b"\xe9 \x80");
    }

    #[test]
    fn the_ends_of_the_windows_block_are_where_the_standard_has_them() {
        assert_eq!(Charset::Windows1252.encode("‘Ÿ—"), b"\x91\x9f\x97");
    }

    #[test]
    fn utf_16_has_two_ends() {
        assert_eq!(Charset::Utf16Le.encode("a€"), [b'a', 0, 0xac, 0x20]);
        assert_eq!(Charset::Utf16Be.encode("a€"), [0, b'a', 0x20, 0xac]);
    }
}
