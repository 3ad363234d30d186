//! URL paths: percent-encoding, and the one form a path has inside the server.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The decoded form of a URL path, without query and fragment and with a
/// leading slash. It is a name to look up, never a file path to open. `None`
/// where the encoding is broken, where it does not decode to UTF-8, and where
/// it contains NUL.
///
/// By hand, although `percent-encoding` decodes too: that crate leaves a broken
/// escape as it is.
pub(crate) fn decode(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut decoded = Vec::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        decoded.push(b'/');
    }
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        decoded.push((hex(digits[0])? << 4) | hex(digits[1])?);
        rest = tail;
    }
    String::from_utf8(decoded).ok().filter(|path| !path.contains('\0'))
}

/// The URL path whose decoded form is `name`.
pub(crate) fn encode(name: &str) -> String {
    utf8_percent_encode(name, OF_NAMES).to_string()
}

/// Makes what a person wrote legal in a URL, leaving what is already encoded
/// alone.
pub(crate) fn tidy(path: &str) -> String {
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("{slash}{}", utf8_percent_encode(path, OF_URLS))
}

/// The characters to encode in a path with its query. RFC 3986, section 3.3,
/// leaves pchar and the slash as they are, and the question mark starts a
/// query.
const OF_URLS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'%')
    .remove(b'?');

/// The characters to encode in a name that is to come out as it was.
const OF_NAMES: &AsciiSet = &OF_URLS.add(b'%').add(b'?');

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_gives_one_form_to_every_spelling() {
        for path in [
            "/a/b.html",
            "a/b.html",
            "/%61/b.html",
            "/a%2Fb.html",
            "/a/b.html?q#f",
        ] {
            assert_eq!(decode(path).as_deref(), Some("/a/b.html"), "{path}");
        }
    }

    #[test]
    fn broken_paths_have_no_form() {
        for path in
            ["/%", "/%4", "/%zz", "/%+1", "/%ff", "/%c0%ae", "/a%00.html"]
        {
            assert_eq!(decode(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        for name in [
            "/100%.html",
            "/a b/é?.html",
            "/macro.is_x86!.html",
            "/a\\b",
            "/q#f",
            "/%41",
        ] {
            let path = encode(name);
            assert!(
                path.is_ascii() && !path.contains([' ', '#', '\\', '?']),
                "{path}"
            );
            assert_eq!(decode(&path).as_deref(), Some(name));
        }
    }

    #[test]
    fn tidying_leaves_legal_urls_alone() {
        assert_eq!(tidy("/a%20b.html?q=1"), "/a%20b.html?q=1");
        assert_eq!(tidy("a b.html"), "/a%20b.html");
    }
}
