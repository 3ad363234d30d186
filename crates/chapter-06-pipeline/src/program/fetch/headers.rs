//! A response's status and headers, read: what it is, where it leads, when to
//! come back.

use std::io;
use std::time::{Duration, SystemTime};

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER,
};
use reqwest::{StatusCode, Url};

use super::Error;
use crate::program::body::MediaType;
use crate::program::directives::{self, Directives};
use crate::program::failure::Kind;
use crate::program::refresh;
use crate::program::source::without_password;

/// How many layers of gzip a body has. Codings are named in any case (RFC 9110,
/// section 8.4.1). What is none, such as `utf-8`, is passed over, as browsers
/// do.
pub(super) fn gzip_layers(headers: &HeaderMap) -> Result<usize, Error> {
    let mut layers = 0;
    for value in headers.get_all(CONTENT_ENCODING) {
        let names = String::from_utf8_lossy(value.as_bytes());
        for name in names.split(',').map(str::trim) {
            match &*name.to_ascii_lowercase() {
                "gzip" | "x-gzip" if layers < MOST_LAYERS => layers += 1,
                other if CODINGS.contains(&other) => {
                    let detail =
                        format!("its encoding '{name}' was not asked for");
                    return Err(Error::lasting(Kind::Compression, detail));
                }
                _ => {}
            }
        }
    }
    Ok(layers)
}

/// Codings by which a body is something else (the registry of IANA).
const CODINGS: [&str; 12] = [
    "aes128gcm",
    "br",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "pack200-gzip",
    "x-compress",
    "x-gzip",
    "zstd",
];

/// A body that was compressed more often than this was made to do harm.
const MOST_LAYERS: usize = 3;

/// The directives of the server for robots. There may be several such headers;
/// all count.
pub(super) fn directives(headers: &HeaderMap) -> Directives {
    let values = headers
        .get_all(directives::HEADER)
        .iter()
        // One byte that is no text does not take the words beside it.
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    values
        .map(|value| Directives::of_header(&value))
        .fold(Directives::default(), Directives::and)
}

/// Where a redirect leads, if that can be fetched.
pub(super) fn redirect(response: &reqwest::Response) -> Result<Url, Error> {
    let refused = |what: String| Error::lasting(Kind::Redirect, what);
    let location = response
        .headers()
        .get(LOCATION)
        .map(|value| location(value.as_bytes()));
    let location =
        location.ok_or_else(|| refused("a redirect to nowhere".into()))?;
    let to = response.url().join(&location).map_err(|error| {
        refused(format!(
            "a redirect to '{}': {error}",
            without_password(&location)
        ))
    })?;
    match to.scheme() {
        "http" | "https" => Ok(to),
        other => Err(refused(format!("a redirect to the scheme '{other}'"))),
    }
}

/// Where a `Refresh` leads, if that can be fetched and is another page.
pub(super) fn refresh(response: &reqwest::Response) -> Option<Url> {
    let value = response.headers().get(refresh::HEADER)?;
    let value = location(value.as_bytes());
    let mut to = response.url().join(refresh::target(&value)?).ok()?;
    let mut own = response.url().clone();
    to.set_fragment(None);
    own.set_fragment(None);
    (matches!(to.scheme(), "http" | "https") && to != own).then_some(to)
}

/// A `Location` as text. Servers send it in UTF-8, or in whatever they have
/// their paths in; as do browsers, this encodes what is not UTF-8 byte by byte.
fn location(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk
            .invalid()
            .iter()
            .for_each(|byte| out.push_str(&format!("%{byte:02X}")));
    }
    out
}

/// Statuses after which another attempt may succeed: the server was busy, or
/// said "later".
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After` in either form: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number can hold are still too many to wait.
        return Some(Duration::from_secs(
            value.parse().unwrap_or(u64::from(u32::MAX)),
        ));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// How a body is to be read, and the charset that the server declared. Of
/// several types the last one counts, and the charset is one that was declared
/// for it (Fetch standard, "extract a MIME type"); browsers forgive what stands
/// behind a type, and so do we.
pub(super) fn content_type(
    headers: &HeaderMap,
) -> Result<(MediaType, Option<String>), Error> {
    let values = headers.get_all(CONTENT_TYPE).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let value = values.collect::<Vec<_>>().join(", ");
    let (mut essence, mut label) = (None, None);
    // A comma in a quoted parameter separates nothing.
    let mut quoted = false;
    let comma = |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    };
    for part in value.split(comma) {
        let named = part.split([';', ' ', '\t']).find(|it| !it.is_empty());
        let named = named.unwrap_or_default().to_ascii_lowercase();
        // `*/*` is no type.
        let is_type = named.contains('/') && !named.contains(['=', '"']);
        if is_type && named != "*/*" {
            if essence.as_ref().is_some_and(|known| *known != named) {
                label = None;
            }
            essence = Some(named);
        } else if essence.is_none() && named == "*/*" {
            essence = Some("unknown/unknown".to_owned());
        }
        // What is separated by a comma may belong to the type before it.
        label = charset(&format!(";{part}")).or(label);
    }
    let Some(essence) = essence else {
        return match value.trim().is_empty() {
            true => Ok((MediaType::Html, None)),
            false => Err(Error::lasting(
                Kind::NotText,
                format!("the type '{value}'"),
            )),
        };
    };
    let media_type = match &*essence {
        // The last two say nothing (MIME Sniffing standard, section 7).
        "text/html" | "unknown/unknown" | "application/unknown" => {
            MediaType::Html
        }
        "application/xhtml+xml" => MediaType::Xhtml,
        _ => match essence.split_once('/') {
            Some(("text", kind)) if !is_for_programs(kind) => MediaType::Plain,
            _ => return Err(Error::lasting(Kind::NotText, essence)),
        },
    };
    Ok((media_type, label))
}

/// Kinds of `text/` that nobody reads: styles, scripts, feeds, data.
fn is_for_programs(kind: &str) -> bool {
    let script = ["javascript", "ecmascript", "jscript", "livescript"];
    let data =
        ["css", "xml", "json", "calendar", "vcard", "x-vcard", "event-stream"];
    data.contains(&kind)
        || kind.ends_with("+xml")
        || script.iter().any(|it| kind.contains(it))
}

/// The `charset` that stands somewhere behind the type.
fn charset(value: &str) -> Option<String> {
    let mut rest = &*value.to_ascii_lowercase();
    loop {
        let at = rest.find("charset")?;
        let before = rest[..at].chars().next_back();
        rest = rest[at + "charset".len()..].trim_start();
        let named = before
            .is_some_and(|c| matches!(c, ';' | ',') || c.is_ascii_whitespace());
        if let Some(label) = rest.strip_prefix('=').filter(|_| named) {
            let label = label.trim_start().trim_start_matches(['"', '\'']);
            let end = label
                .find(['"', '\'', ';', ',', ' ', '\t'])
                .unwrap_or(label.len());
            return Some(label[..end].to_owned())
                .filter(|label| !label.is_empty());
        }
    }
}

/// An error of a client, and what the client knows of it.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) error: &'a (dyn std::error::Error + 'static),
    /// There was no connection.
    pub(super) connect: bool,
    /// It took too long.
    pub(super) timeout: bool,
    /// There was no request.
    pub(super) builder: bool,
}

impl<'a> From<&'a reqwest::Error> for Said<'a> {
    fn from(error: &'a reqwest::Error) -> Self {
        Said {
            error,
            connect: error.is_connect(),
            timeout: error.is_timeout(),
            builder: error.is_builder(),
        }
    }
}

/// Whether the connection was closed before anything of the response came.
pub(super) fn is_closed(said: Said<'_>) -> bool {
    let mut cause = said.error.source();
    while let Some(inner) = cause {
        let closed = inner.downcast_ref::<io::Error>().is_some_and(|error| {
            use io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset,
            };
            matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset
            )
        });
        if closed
            || inner
                .to_string()
                .contains("connection closed before message completed")
        {
            return !said.timeout && !said.connect;
        }
        cause = inner.source();
    }
    false
}

/// Whether this is no error of the connection, but an answer that is none by
/// the rules of HTTP: asked again, it would be as wrong.
fn is_malformed(error: &(dyn std::error::Error + 'static)) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput};
    let parsed = error.downcast_ref::<hyper::Error>();
    let read = error.downcast_ref::<io::Error>();
    parsed.is_some_and(hyper::Error::is_parse)
        || read.is_some_and(|error| {
            // TLS reports what is wrong with a connection in the same way.
            let inner = error.get_ref();
            matches!(error.kind(), InvalidData | InvalidInput)
                && !inner.is_some_and(|inner| inner.is::<rustls::Error>())
        })
}

/// A name without an address. A resolver that does not know it says something
/// else than one that cannot say (`EAI_AGAIN`), as while it is started anew.
fn no_address(detail: String) -> Error {
    let said = detail.to_ascii_lowercase();
    let again = ["temporary", "try again", "at this time"];
    let transient = again.iter().any(|it| said.contains(it));
    Error { transient, ..Error::lasting(Kind::Dns, detail) }
}

pub(super) fn classify(said: Said<'_>) -> Error {
    let mut detail = String::new();
    let (mut name, mut uri, mut malformed) = (false, false, false);
    let mut cause = said.error.source();
    // Only the innermost cause says what happened; reqwest's own layers repeat
    // the URL.
    while let Some(inner) = cause {
        detail = inner.to_string();
        uri |= detail.contains("not a valid Uri");
        name |= detail.contains("dns error");
        malformed |= is_malformed(inner);
        cause = inner.source();
    }
    if detail.is_empty() {
        detail = said.error.to_string();
    }
    if said.timeout {
        Error::transient(Kind::Timeout, "no complete answer in time")
    } else if uri || said.builder {
        // Most likely it has more than 65,534 bytes.
        Error::lasting(
            Kind::Connect,
            "no request can be made of this URL: it may be too long",
        )
    } else if name {
        no_address(detail)
    } else if detail.contains("certificate") {
        Error::lasting(Kind::Tls, detail)
    } else if said.connect {
        Error::transient(Kind::Connect, detail)
    } else if detail.contains("message head is too large") {
        Error::lasting(Kind::TooLarge, "its headers are too many or too long")
    } else if malformed {
        Error::lasting(Kind::Interrupted, format!("it is no HTTP: {detail}"))
    } else {
        Error::transient(Kind::Interrupted, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::fetch::retry::MAX_RETRY_AFTER;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(
            retry_after(&headers(RETRY_AFTER, "7")),
            Some(Duration::from_secs(7))
        );
        assert_eq!(
            retry_after(&headers(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT")),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers(RETRY_AFTER, "soon")), None);
        assert!(
            retry_after(&headers(RETRY_AFTER, "99999999999999999999999"))
                > Some(MAX_RETRY_AFTER)
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
        assert_eq!(
            form("application/xhtml+xml").map(|(form, _)| form),
            Ok(MediaType::Xhtml)
        );
        assert_eq!(
            form("image/png").expect_err("an image is not text").kind,
            Kind::NotText
        );
        assert_eq!(
            content_type(&HeaderMap::new()),
            Ok((MediaType::Html, None))
        );
        for forgiven in [
            "text/html;;charset=utf-8",
            "text/html, text/html",
            "text/html charset=x",
            "*/*",
            "unknown/unknown",
            " ",
        ] {
            assert_eq!(
                form(forgiven).map(|(form, _)| form),
                Ok(MediaType::Html),
                "{forgiven}"
            );
        }
        for program in [
            "text/css",
            "text/javascript; charset=utf-8",
            "TEXT/XML",
            "application/rss+xml",
        ] {
            assert_eq!(form(program).expect_err(program).kind, Kind::NotText);
        }
    }

    #[test]
    fn a_resolver_that_cannot_say_is_asked_again() {
        let lookup = "failed to lookup address information: ";
        for (said, again) in [
            ("Temporary failure in name resolution", true),
            ("Try again", true),
            ("Name or service not known", false),
            ("No address associated with hostname", false),
        ] {
            let error = no_address(format!("{lookup}{said}"));
            assert_eq!((error.transient, error.is_of_host()), (again, again));
        }
    }

    #[test]
    fn a_byte_that_is_no_text_takes_no_directive_with_it() {
        let name = HeaderName::from_static(directives::HEADER);
        let value = HeaderValue::from_bytes(b"\xff, noindex");
        let value = value.expect("any byte may stand in a header");
        let map = HeaderMap::from_iter([(name, value)]);
        assert!(directives(&map).noindex);
    }

    #[test]
    fn what_is_wrong_with_tls_is_no_malformed_answer() {
        let of = |error: io::Error| is_malformed(&error);
        assert!(of(io::ErrorKind::InvalidData.into()));
        let tls = rustls::Error::General("a record was damaged".into());
        assert!(!of(io::Error::new(io::ErrorKind::InvalidData, tls)));
    }

    #[test]
    fn a_refresh_of_the_page_itself_leads_nowhere() {
        let refresh = |value: &str| {
            let response = hyper::Response::builder().header("refresh", value);
            let response = response.body("").expect("it is a response");
            super::refresh(&response.into()).map(String::from)
        };
        // What reqwest calls a response that it has not fetched.
        let own = "http://no.url.provided.local/";
        assert_eq!(refresh(&format!("5; url={own}#top")), None);
        let to = refresh("0; url=/b");
        assert_eq!(to, Some(format!("{own}b")));
    }

    #[test]
    fn of_several_types_the_last_one_counts() {
        // The examples of the Fetch standard, section 2.2.2, and more.
        for (values, media_type, label) in [
            (&["text/plain;charset=gbk, text/html"][..], MediaType::Html, None),
            (
                &["text/html;charset=gbk;a=b, text/html;x=y"],
                MediaType::Html,
                Some("gbk"),
            ),
            (
                &["text/html;charset=gbk;a=b", "text/html;x=y"],
                MediaType::Html,
                Some("gbk"),
            ),
            (
                &["text/html;charset=gbk", "x/x", "text/html;x=y"],
                MediaType::Html,
                None,
            ),
            (&["text/html", "cannot-parse"], MediaType::Html, None),
            (&["text/html; title=\"a, b/c\""], MediaType::Html, None),
            (&["text/html, charset=a/b"], MediaType::Html, Some("a/b")),
            (&["text/html", "*/*"], MediaType::Html, None),
            (&["*/*", "text/plain"], MediaType::Plain, None),
            (&["text/html", ""], MediaType::Html, None),
            (&["image/png", "text/html"], MediaType::Html, None),
        ] {
            let headers = values
                .iter()
                .map(|value| (CONTENT_TYPE, HeaderValue::from_static(value)));
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, value);
            }
            let label = label.map(str::to_owned);
            assert_eq!(
                content_type(&map),
                Ok((media_type, label)),
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_charset_is_found_behind_whatever_separates_it() {
        let charset = |value| {
            content_type(&headers(CONTENT_TYPE, value)).expect("it is text").1
        };
        for value in [
            "text/html; charset=koi8-r",
            "text/html;charset=\"koi8-r\"",
            "text/html charset=koi8-r",
            "text/html;; Charset = 'KOI8-R' ; x=y",
            "text/html, charset=koi8-r",
        ] {
            assert_eq!(charset(value).as_deref(), Some("koi8-r"), "{value}");
        }
        for value in
            ["text/html", "text/html; xcharset=koi8-r", "text/html; charset="]
        {
            assert_eq!(charset(value), None, "{value}");
        }
    }

    #[test]
    fn codings_are_named_in_any_case_and_some_are_none() {
        let layers = |value| gzip_layers(&headers(CONTENT_ENCODING, value));
        for (value, expected) in [
            ("gzip", 1),
            ("GZIP", 1),
            ("x-gzip", 1),
            ("identity", 0),
            ("", 0),
            ("None", 0),
            ("UTF-8", 0),
            ("8bit", 0),
            ("gzip, ISO-8859-1", 1),
            ("gzip, identity", 1),
            ("gzip,gzip", 2),
        ] {
            assert_eq!(layers(value), Ok(expected), "{value}");
        }
        for value in ["br", "gzip, ZSTD", "deflate", "gzip,gzip,gzip,gzip"] {
            assert_eq!(layers(value).expect_err(value).kind, Kind::Compression);
        }
    }

    #[test]
    fn a_location_is_utf_8_or_bytes() {
        assert_eq!(location("/ä".as_bytes()), "/ä");
        assert_eq!(location(b"/\xe4/x"), "/%E4/x");
    }
}
