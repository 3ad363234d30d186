//! The sources that a person names: URLs, files, directories, lists and
//! sitemaps become one list of documents.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::UTF_8;
use reqwest::Url;
use walkdir::WalkDir;

use super::failure::{Failure, Kind};
use super::fetch::Transport;
use super::fetch::attempts::Attempts;
use super::sitemap::{self, Sitemap};
use super::source::{Source, without_password};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It looks like a URL and cannot be read as one.
    #[error("'{text}' is not a valid URL: {reason}")]
    BadUrl {
        /// The text.
        text: String,
        /// The reason.
        reason: String,
    },
    /// A URL of another kind.
    #[error(
        "'{text}' has the scheme '{scheme}'; only http and https can be fetched"
    )]
    Scheme {
        /// The text.
        text: String,
        /// Its scheme.
        scheme: String,
    },
    /// Neither a URL nor anything on this disk.
    #[error(
        "'{0}' is neither a URL (http://…, https://…) nor an existing file or directory"
    )]
    Missing(String),
    /// A file or directory cannot be read.
    #[error("cannot read '{}': {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A device or a pipe.
    #[error("'{0}' is neither a file nor a directory")]
    Special(String),
    /// A line of a list is wrong.
    #[error("{list}, line {line}: {error}")]
    Line {
        /// The list.
        list: String,
        /// Counted from 1.
        line: usize,
        /// The reason.
        error: Box<Error>,
    },
    /// A sitemap cannot be had or read.
    #[error("cannot read the sitemap {url}: {reason}")]
    Sitemap {
        /// Where it should be.
        url: String,
        /// The reason.
        reason: String,
    },
    /// There is nothing to do.
    #[error("{0} names no documents")]
    Nothing(String),
}

/// Files with these endings are documents of a directory.
const DOCUMENTS: [&str; 11] = [
    "htm", "html", "markdown", "md", "php", "rst", "text", "txt", "xht",
    "xhtml", "adoc",
];

/// Sitemaps that are read for one: itself, and those that it names, directly or
/// not.
const SITEMAPS: usize = 1_000;

/// Bytes of a list: more than a hundred million documents would have.
const LONGEST_LIST: u64 = 1 << 30;

/// Collects sources, each once, in one order whatever the order of the
/// arguments.
#[derive(Debug, Default)]
pub struct Sources {
    found: BTreeSet<Source>,
    /// What was named and cannot be read: rows of the report.
    refused: BTreeMap<(String, Kind), String>,
}

impl Sources {
    /// No sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a URL, a file, or all documents in a directory and those below it.
    ///
    /// # Errors
    /// If it is none of these, or holds no document.
    pub fn add(&mut self, text: &str) -> Result<(), Error> {
        let file = match Url::parse(text) {
            Ok(url) if url.scheme() == "file" => url.to_file_path().ok(),
            _ => None,
        };
        if file.is_none() && text.contains("://") {
            self.found.insert(Source::Url(parse(text)?));
            return Ok(());
        }
        self.add_path(file.unwrap_or_else(|| PathBuf::from(text)), text)
    }

    /// [`add`](Sources::add) for what a person typed: names of files may be
    /// any bytes.
    ///
    /// # Errors
    /// As `add`.
    pub fn add_argument(&mut self, argument: &OsStr) -> Result<(), Error> {
        match argument.to_str() {
            Some(text) => self.add(text),
            None => self.add_path(argument.into(), &argument.to_string_lossy()),
        }
    }

    /// Adds a file, or all documents in a directory and those below it. `text`
    /// is how it was named.
    fn add_path(&mut self, path: PathBuf, text: &str) -> Result<(), Error> {
        if !path.exists() {
            let text = without_password(text).into_owned();
            return Err(Error::Missing(text));
        }
        let unreadable =
            |source| Error::Unreadable { path: path.clone(), source };
        let path = path.canonicalize().map_err(unreadable)?;
        if path.is_file() {
            self.found.insert(Source::File(path));
            return Ok(());
        }
        if !path.is_dir() {
            return Err(Error::Special(text.to_owned()));
        }
        let mut found = 0;
        for entry in WalkDir::new(&path) {
            let entry = match entry {
                Ok(entry) => entry,
                // What is named is at the top: without it there is nothing to
                // do.
                Err(error) if error.depth() == 0 => {
                    return Err(unreadable(error.into()));
                }
                Err(error) => {
                    let inner = error.path().unwrap_or(&path).to_owned();
                    self.refuse(
                        Source::File(inner).to_string(),
                        Kind::Unreadable,
                        reason(&error),
                    );
                    found += 1;
                    continue;
                }
            };
            if !is_document(entry.path()) {
                continue;
            }
            // A symbolic link is followed; a linked directory is not entered.
            let reason = match entry.path().metadata() {
                Ok(found) if found.is_dir() => continue,
                Ok(found) if found.is_file() => None,
                Ok(_) => {
                    Some("it is neither a file nor a directory".to_owned())
                }
                Err(error) => Some(error.to_string()),
            };
            found += 1;
            match reason {
                None => {
                    self.found.insert(Source::File(entry.into_path()));
                }
                Some(reason) => {
                    let name = Source::File(entry.into_path()).to_string();
                    self.refuse(name, Kind::Unreadable, reason);
                }
            }
        }
        if found == 0 {
            return Err(Error::Nothing(format!("the directory '{text}'")));
        }
        Ok(())
    }

    /// Adds what a list names, one source a line; `-` is standard input. Empty
    /// lines and those that begin with `#` are passed over. A line that is
    /// wrong is a row of the report.
    ///
    /// # Errors
    /// If the list cannot be read, or names nothing.
    pub fn add_list(&mut self, list: &str) -> Result<(), Error> {
        let unreadable =
            |source| Error::Unreadable { path: list.into(), source };
        let mut bytes = Vec::new();
        let read = match list {
            "-" => {
                io::stdin().lock().take(LONGEST_LIST).read_to_end(&mut bytes)
            }
            path => File::open(path).and_then(|file| {
                file.take(LONGEST_LIST).read_to_end(&mut bytes)
            }),
        };
        let length = read.map_err(unreadable)?;
        if length as u64 == LONGEST_LIST {
            return Err(unreadable(io::Error::other(
                "it is longer than 1 GiB",
            )));
        }
        // Some shells write UTF-16, with its mark, and `decode` goes by that.
        let wide = matches!(bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        if wide {
            bytes = UTF_8.decode(&bytes).0.into_owned().into_bytes();
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let name = if list == "-" { "the standard input" } else { list };
        let (mut added, mut first_error) = (Sources::new(), None);
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let text = String::from_utf8_lossy(line);
            let Err(error) = (match path_only(line) {
                Some(path) => added.add_path(path, &text),
                None => added.add(text.trim()),
            }) else {
                continue;
            };
            let error = Error::Line {
                list: name.to_owned(),
                line: index + 1,
                error: Box::new(error),
            };
            added.refuse(
                without_password(&text).into_owned(),
                Kind::Unreadable,
                error.to_string(),
            );
            first_error.get_or_insert(error);
        }
        if added.found.is_empty() {
            if let Some(error) = first_error {
                return Err(error);
            }
            if added.refused.is_empty() {
                return Err(Error::Nothing(format!("the list '{name}'")));
            }
        }
        self.found.append(&mut added.found);
        self.refused.append(&mut added.refused);
        Ok(())
    }

    /// Adds the pages that a sitemap names, and the sitemaps that it names.
    /// What is wrong with one of them, or with an entry, is a row of the
    /// report.
    ///
    /// # Errors
    /// If it names nothing.
    pub async fn add_sitemap<T: Transport>(
        &mut self,
        text: &str,
        attempts: &Attempts<T>,
    ) -> Result<(), Error> {
        let first = parse(text)?;
        // In the order in which they are named, each once.
        let mut waiting = VecDeque::from([first.clone()]);
        let mut seen = BTreeSet::from([first.clone()]);
        let (mut pages_found, mut first_error, mut not_read) = (false, None, 0);
        while let Some(url) = waiting.pop_front() {
            let shown = Source::Url(url.clone()).to_string();
            let read = match attempts.read(&url, sitemap::read).await {
                Ok(read) => read,
                Err(error) => {
                    first_error
                        .get_or_insert((shown.clone(), error.to_string()));
                    self.refuse(
                        shown,
                        error.kind,
                        format!("the sitemap: {error}"),
                    );
                    continue;
                }
            };
            let Sitemap { pages, sitemaps, wrong } = read;
            if let Some(reason) = wrong {
                first_error.get_or_insert((shown.clone(), reason.clone()));
                self.refuse(shown.clone(), Kind::Sitemap, reason);
            }
            for (name, is_page) in pages
                .iter()
                .map(|it| (it, true))
                .chain(sitemaps.iter().map(|it| (it, false)))
            {
                match (parse(name), is_page) {
                    (Ok(page), true) => {
                        let page = Source::Url(url.clone()).redirected(page);
                        self.found.insert(page);
                        pages_found = true;
                    }
                    (Ok(sitemap), false) => {
                        let Source::Url(sitemap) =
                            Source::Url(url.clone()).redirected(sitemap)
                        else {
                            continue;
                        };
                        if seen.len() == SITEMAPS {
                            not_read += usize::from(!seen.contains(&sitemap));
                        } else if seen.insert(sitemap.clone()) {
                            waiting.push_back(sitemap);
                        }
                    }
                    (Err(error), _) => {
                        let name = if name.is_empty() {
                            &*shown
                        } else {
                            &*without_password(name)
                        };
                        self.refuse(
                            name.to_owned(),
                            Kind::Sitemap,
                            format!("an entry of {shown}: {error}"),
                        );
                    }
                }
            }
        }
        if not_read > 0 {
            self.refuse(
                Source::Url(first).to_string(),
                Kind::Sitemap,
                format!(
                    "{SITEMAPS} sitemaps are read; {not_read} entries name others, which are not"
                ),
            );
        }
        if pages_found {
            return Ok(());
        }
        Err(match first_error {
            Some((url, reason)) => Error::Sitemap { url, reason },
            None => Error::Nothing(format!(
                "the sitemap {}",
                without_password(text)
            )),
        })
    }

    fn refuse(&mut self, url: String, kind: Kind, detail: impl Into<String>) {
        // One row for each: rows are told apart by their URL.
        self.refused.entry((url, kind)).or_insert_with(|| detail.into());
    }

    /// What was named and cannot be read, and what was named a second time with
    /// another user.
    pub fn refused(&self) -> Vec<Failure> {
        let rows = self
            .refused
            .iter()
            .map(|((url, kind), detail)| (url, *kind, detail));
        let rows = rows.map(|(url, kind, detail)| Failure {
            url: url.clone(),
            kind,
            detail: detail.clone(),
        });
        let twice = self.told_apart().1.into_iter().map(|url| Failure {
            url,
            kind: Kind::Unreadable,
            detail: "named with several users or passwords; it is read with one of them".into(),
        });
        rows.chain(twice).collect()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The sources, sorted.
    pub fn into_vec(self) -> Vec<Source> {
        let (other_users, _) = self.told_apart();
        if other_users.is_empty() {
            return self.found.into_iter().collect();
        }
        self.found
            .into_iter()
            .filter(|source| !other_users.contains(source))
            .collect()
    }

    /// The sources whose URL another one has as well, but for its user and
    /// password: in the index and in the report they would be one. And these
    /// URLs.
    fn told_apart(&self) -> (BTreeSet<Source>, BTreeSet<String>) {
        let (mut others, mut urls) = (BTreeSet::new(), BTreeSet::new());
        let mut known: BTreeSet<String> = BTreeSet::new();
        for source in &self.found {
            let Source::Url(url) = source else { continue };
            if url.username().is_empty() && url.password().is_none() {
                continue;
            }
            let shown = source.to_string();
            let plain = Url::parse(&shown)
                .is_ok_and(|it| self.found.contains(&Source::Url(it)));
            if plain || known.contains(&shown) {
                others.insert(source.clone());
                urls.insert(shown);
            } else {
                known.insert(shown);
            }
        }
        (others, urls)
    }
}

/// What the system said, without the path.
fn reason(error: &walkdir::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}

/// A line of a list that can only be a path: it is no text. Names of files may
/// be any bytes.
fn path_only(line: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::str::from_utf8(line).err()?;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(line)))
    }
    #[cfg(not(unix))]
    None
}

fn is_document(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    DOCUMENTS.iter().any(|document| document.eq_ignore_ascii_case(extension))
}

fn parse(text: &str) -> Result<Url, Error> {
    let shown = || without_password(text).into_owned();
    let bad = |reason: String| Error::BadUrl { text: shown(), reason };
    let mut url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme().to_owned();
        return Err(Error::Scheme { text: shown(), scheme });
    }
    // A page is the same page at every fragment.
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests;
