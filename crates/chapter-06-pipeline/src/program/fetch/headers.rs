//! A response's status and headers, read: what it is, where it leads, when to come back.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::Error;
use crate::program::body::MediaType;
use crate::program::directives::{self, Directives};
use crate::program::failure::Kind;

/// Refuses an encoding that the client has not decoded: of one that it has, the header is gone.
pub(super) fn decoded(response: &reqwest::Response) -> Result<(), Error> {
    let mut encodings = response.headers().get(CONTENT_ENCODING).into_iter();
    match encodings.find(|encoding| *encoding != "identity") {
        None => Ok(()),
        Some(encoding) => {
            let name = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            let detail = format!("its encoding '{name}' was not asked for");
            Err(Error::lasting(Kind::Compression, detail))
        }
    }
}

/// The directives of the server for robots. There may be several such headers; all count.
pub(super) fn directives(headers: &HeaderMap) -> Directives {
    let values = headers.get_all(directives::HEADER).iter().filter_map(|value| value.to_str().ok());
    values.map(Directives::of_header).fold(Directives::default(), Directives::and)
}

/// Where a redirect leads, if that can be fetched.
pub(super) fn redirect(response: &reqwest::Response) -> Result<Url, Error> {
    let refused = |what: String| Error::lasting(Kind::Redirect, what);
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| refused("a redirect to nowhere".into()))?;
    let to = response
        .url()
        .join(location)
        .map_err(|error| refused(format!("a redirect to '{location}': {error}")))?;
    match to.scheme() {
        "http" | "https" => Ok(to),
        other => Err(refused(format!("a redirect to the scheme '{other}'"))),
    }
}

/// Statuses after which another attempt may succeed: the server was busy, or said "later".
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After` in either form: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number can hold are still too many to wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

pub(super) fn content_type(headers: &HeaderMap) -> Result<(MediaType, Option<String>), Error> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if value.trim().is_empty() {
        return Ok((MediaType::Html, None));
    }
    // Browsers forgive what stands behind the type; so do we.
    let essence = value.split([';', ',', ' ']).next().unwrap_or_default();
    let parsed = value.parse::<mime::Mime>().or_else(|_| essence.parse());
    let Ok(kind) = parsed else {
        return Err(Error::lasting(Kind::NotText, format!("the type '{value}'")));
    };
    let charset = kind.get_param(mime::CHARSET).map(|charset| charset.as_str().to_owned());
    let media_type = match (kind.type_(), kind.subtype().as_str()) {
        (mime::TEXT, "html") | (mime::APPLICATION, "xhtml") => MediaType::Html,
        (mime::TEXT, _) => MediaType::Plain,
        _ => return Err(Error::lasting(Kind::NotText, kind.essence_str())),
    };
    Ok((media_type, charset))
}

pub(super) fn classify(error: &reqwest::Error) -> Error {
    let mut detail = String::new();
    let (mut gzip, mut name, mut uri) = (false, false, false);
    let mut cause = error.source();
    // Only the innermost cause says what happened; reqwest's own layers repeat the URL.
    while let Some(inner) = cause {
        detail = inner.to_string();
        uri |= detail.contains("not a valid Uri");
        name |= detail.contains("dns error");
        gzip |= detail.contains("gzip") || detail.contains("deflate");
        cause = inner.source();
    }
    if detail.is_empty() {
        detail = error.to_string();
    }
    if error.is_timeout() {
        Error::transient(Kind::Timeout, "no complete answer in time")
    } else if uri || error.is_builder() {
        Error::lasting(Kind::Connect, detail)
    } else if name {
        Error::lasting(Kind::Dns, detail)
    } else if detail.contains("certificate") {
        Error::lasting(Kind::Tls, detail)
    } else if error.is_connect() {
        Error::transient(Kind::Connect, detail)
    } else if gzip {
        Error::lasting(Kind::Compression, detail)
    } else {
        Error::transient(Kind::Interrupted, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::fetch::retry::MAX_RETRY_AFTER;
    use reqwest::header::HeaderValue;

    fn headers(name: reqwest::header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(&headers(RETRY_AFTER, "7")), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after(&headers(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers(RETRY_AFTER, "soon")), None);
        assert!(
            retry_after(&headers(RETRY_AFTER, "99999999999999999999999")) > Some(MAX_RETRY_AFTER)
        );
    }

    #[test]
    fn only_text_is_read() {
        let form = |value| content_type(&headers(CONTENT_TYPE, value));
        assert_eq!(
            form("text/html; charset=\"koi8-r\""),
            Ok((MediaType::Html, Some("koi8-r".into())))
        );
        assert_eq!(form("text/plain"), Ok((MediaType::Plain, None)));
        assert_eq!(form("application/xhtml+xml").map(|(form, _)| form), Ok(MediaType::Html));
        assert_eq!(form("image/png").expect_err("an image is not text").kind, Kind::NotText);
        assert_eq!(content_type(&HeaderMap::new()), Ok((MediaType::Html, None)));
        for forgiven in
            ["text/html;;charset=utf-8", "text/html, text/html", "text/html charset=x", " "]
        {
            assert_eq!(form(forgiven).map(|(form, _)| form), Ok(MediaType::Html), "{forgiven}");
        }
    }
}
