//! A refresh: a page, or its server, sends its reader on after some seconds.

/// The header with which a server sends a reader on. No standard but that of
/// HTML has it ("The `Refresh` header"), and every browser obeys it.
pub const HEADER: &str = "refresh";

/// Where the value of the header, or the `content` of a `<meta
/// http-equiv=refresh>`, leads ("shared declarative refresh steps" of the HTML
/// standard), if it is not the page itself.
pub fn target(content: &str) -> Option<&str> {
    let space = |c: char| c.is_ascii_whitespace();
    let rest = content.trim_start_matches(space);
    let number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if number.len() == rest.len() && !rest.starts_with('.') {
        return None;
    }
    let rest =
        number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !rest.starts_with([';', ',']) && !rest.starts_with(space) {
        return None;
    }
    let after = rest.trim_start_matches(space);
    let after = after
        .strip_prefix([';', ','])
        .unwrap_or(after)
        .trim_start_matches(space);
    let named = after
        .get(..3)
        .filter(|name| name.eq_ignore_ascii_case("url"))
        .and_then(|_| {
            after[3..]
                .trim_start_matches(space)
                .strip_prefix('=')
                .map(|it| it.trim_start_matches(space))
        });
    let url = named.unwrap_or(after);
    let url = match url.strip_prefix(['"', '\'']) {
        Some(inner) => inner.split(url.chars().next()?).next()?,
        None => url,
    };
    Some(url.trim_matches(space)).filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_leads_elsewhere() {
        for (content, expected) in [
            ("0; url=/en/", Some("/en/")),
            ("0;URL='/en/' ", Some("/en/")),
            (" 5 , url = \"/a b\" x", Some("/a b")),
            ("0.5 /en/", Some("/en/")),
            ("0;/en/", Some("/en/")),
            (".5;url=x", Some("x")),
            ("0; urlx", Some("urlx")),
            ("5", None),
            ("5;", None),
            ("0;,x", Some(",x")),
            ("url=/en/", None),
            ("0url=/en/", None),
        ] {
            assert_eq!(target(content), expected, "{content}");
        }
    }
}
