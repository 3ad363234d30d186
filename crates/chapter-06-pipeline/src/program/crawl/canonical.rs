//! One name for each page.

use std::borrow::Cow;

use reqwest::Url;

/// The one form of the many that name the same page (RFC 3986, section 6.2): no
/// fragment, no name and password, no default port, no dot segments, and no
/// percent-encoding but where it must be.
pub fn canonical(mut url: Url) -> Url {
    url.set_fragment(None);
    // Neither can fail on a URL that has a host, as http and https have.
    let _ = (url.set_username(""), url.set_password(None));
    // The parser has seen to the case of scheme and host, to the port and to
    // the dot segments.
    if let Cow::Owned(path) = decoded(url.path()) {
        url.set_path(&path);
    }
    if let Some(Cow::Owned(query)) = url.query().map(decoded) {
        url.set_query(Some(&query));
    }
    url
}

/// Text whose percent-encoded octets are those that must be, in capitals. Text
/// with a percent sign that encodes nothing is left as it is: decoding what
/// stands behind it could make another octet.
fn decoded(text: &str) -> Cow<'_, str> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let octet = part
            .get(..2)
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match octet.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte)
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) =>
            {
                out.push(byte.into());
            }
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => return Cow::Borrowed(text),
        }
        out.push_str(&part[2..]);
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

#[cfg(test)]
mod tests {
    use super::canonical as canonical_url;
    use proptest::prelude::*;

    fn canonical(url: &str) -> String {
        canonical_url(url.parse().expect("it is a URL")).into()
    }

    #[test]
    fn a_page_has_one_name() {
        for (form, name) in [
            ("HTTP://EXAMPLE.org:80", "http://example.org/"),
            ("https://a:443/x#y", "https://a/x"),
            ("http://a:443/", "http://a:443/"),
            ("http://me:secret@a/", "http://a/"),
            ("http://a/b/./c/../d", "http://a/b/d"),
            ("http://a/b/%2E%2e/d", "http://a/d"),
            ("http://a/%7eme/%61%2fb%c3%a4", "http://a/~me/a%2Fb%C3%A4"),
            ("http://a/ä b", "http://a/%C3%A4%20b"),
            ("http://a/100%/%41?x=%3d%41", "http://a/100%/%41?x=%3DA"),
            ("http://a/%a%30", "http://a/%a%30"),
        ] {
            assert_eq!(canonical(form), name, "{form}");
        }
        assert_ne!(canonical("http://a/x?y"), canonical("http://a/x?Y"));
        assert_ne!(canonical("http://a/x/"), canonical("http://a/x"));
    }

    proptest! {
        #[test]
        fn a_canonical_url_is_its_own(rest in "(/|\\.|%2e|%2F|%[0-9a-f]{2}|%|[a-z~ä ?&=]){0,12}") {
            let once = canonical(&format!("http://a/{rest}"));
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
