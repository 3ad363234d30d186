//! Where one document comes from: a URL or a file.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use reqwest::Url;

/// Where one document comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// From a server.
    Url(Url),
    /// From the disk.
    File(PathBuf),
}

impl Source {
    /// The host whose limits count, with its port, or `None` for a file.
    pub fn host(&self) -> Option<String> {
        let Source::Url(url) = self else { return None };
        Some(format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or(0)
        ))
    }

    /// Where a redirect from here leads. On its own site it is asked for with
    /// the same name and password.
    #[must_use]
    pub fn redirected(&self, mut to: Url) -> Source {
        if let Source::Url(from) = self
            && from.origin() == to.origin()
            && to.username().is_empty()
            && to.password().is_none()
        {
            // Neither can fail on a URL that has a host, as http and https
            // have.
            let _ = (
                to.set_username(from.username()),
                to.set_password(from.password()),
            );
        }
        Source::Url(to)
    }

    /// Scheme, host and port, as in `https://example.org`, or `None` for a
    /// file. The default port is left out.
    pub fn site(&self) -> Option<String> {
        let Source::Url(url) = self else { return None };
        Some(url.origin().ascii_serialization())
    }
}

/// As it stands in reports and in the index: without a user's name and
/// password.
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Url(url)
                if url.username().is_empty() && url.password().is_none() =>
            {
                url.fmt(formatter)
            }
            Source::Url(url) => {
                let mut url = url.clone();
                // Neither can fail on a URL that has a host, as http and https
                // have.
                let _ = (url.set_username(""), url.set_password(None));
                url.fmt(formatter)
            }
            Source::File(path) => match Url::from_file_path(path) {
                Ok(url) => url.fmt(formatter),
                Err(()) => path.display().fmt(formatter),
            },
        }
    }
}

/// Text that may be a URL, without the name and password in it. To those who
/// read URLs a backslash is a slash, and one of them is enough.
pub fn without_password(text: &str) -> Cow<'_, str> {
    let slash = |c: char| matches!(c, '/' | '\\' | '\t' | '\n' | '\r');
    let scheme = ["https:", "http:"].into_iter().find(|scheme| {
        text.trim_start()
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let start = match (scheme, text.find("//")) {
        (Some(scheme), _) => {
            text.len() - text.trim_start().len() + scheme.len()
        }
        (None, Some(at)) => at,
        (None, None) => return Cow::Borrowed(text),
    };
    let start = text.len() - text[start..].trim_start_matches(slash).len();
    let end = text[start..]
        .find(['/', '?', '#', '\\'])
        .map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => {
            Cow::Owned(format!("{}{}", &text[..start], &text[start + at + 1..]))
        }
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("http://me:secret@a/b", "http://a/b"),
            ("http://me:se@cret@[x", "http://[x"),
            ("//me@a?x=@", "//a?x=@"),
            ("http://a/x@y", "http://a/x@y"),
            ("a b", "a b"),
            ("http:/me:secret@[", "http:/["),
            ("http:me:secret@[", "http:["),
            (" HTTPS:\\\\me:secret@[", " HTTPS:\\\\["),
            ("http:/\t/me:secret@[", "http:/\t/["),
            ("http:////me:secret@[", "http:////["),
            ("mailto:me@a", "mailto:me@a"),
        ] {
            assert_eq!(without_password(text), shown);
        }
        let url = "http://me:secret@a/b".parse().expect("it is a URL");
        assert_eq!(Source::Url(url).to_string(), "http://a/b");
    }
}
