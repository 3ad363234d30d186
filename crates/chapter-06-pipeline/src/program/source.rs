//! Where one document comes from: a URL or a file.

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

    /// Scheme, host and port, as in `https://example.org`, or `None` for a file. The default port
    /// is left out.
    pub fn site(&self) -> Option<String> {
        let Source::Url(url) = self else { return None };
        Some(url.origin().ascii_serialization())
    }
}

/// As it stands in reports and in the index: without a user's name and password.
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Url(url) if url.username().is_empty() && url.password().is_none() => {
                url.fmt(formatter)
            }
            Source::Url(url) => {
                let mut url = url.clone();
                // Neither can fail on a URL that has a host, as http and https have.
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
