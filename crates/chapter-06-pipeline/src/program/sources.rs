//! What to index: from what a person wrote to a list of documents.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use quick_xml::Reader;
use quick_xml::events::Event;
use reqwest::Url;
use walkdir::WalkDir;

use super::attempts::Attempts;
use super::fetch::Transport;

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

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It looks like a URL and cannot be read as one.
    #[error("'{text}' is not a valid URL: {reason}")]
    BadUrl {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A URL of another kind.
    #[error("'{text}' has the scheme '{scheme}'; only http and https can be fetched")]
    Scheme {
        /// What was written.
        text: String,
        /// Its scheme.
        scheme: String,
    },
    /// Neither a URL nor anything on this disk.
    #[error("'{0}' is neither a URL (http://…, https://…) nor an existing file or directory")]
    Missing(String),
    /// A file or directory cannot be read.
    #[error("cannot read '{}': {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
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
        /// What is wrong.
        error: Box<Error>,
    },
    /// A sitemap cannot be had or read.
    #[error("cannot read the sitemap {url}: {reason}")]
    Sitemap {
        /// Where it should be.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to do.
    #[error("{0} names no documents")]
    Nothing(String),
}

/// Files with these extensions are documents of a directory.
const DOCUMENTS: [&str; 6] = ["html", "htm", "xhtml", "txt", "md", "text"];

/// Sitemaps that one sitemap may name, directly or not.
const SITEMAPS: usize = 1_000;

/// Bytes of a list: more than a hundred million documents would have.
const LONGEST_LIST: u64 = 1 << 30;

/// Collects sources, each once, in one order whatever the order of the arguments.
#[derive(Debug, Default)]
pub struct Sources(BTreeSet<Source>);

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
            self.0.insert(Source::Url(parse(text)?));
            return Ok(());
        }
        let path = file.unwrap_or_else(|| PathBuf::from(text));
        if !path.exists() {
            return Err(Error::Missing(text.to_owned()));
        }
        let unreadable = |source| Error::Unreadable { path: path.clone(), source };
        let path = path.canonicalize().map_err(unreadable)?;
        if path.is_file() {
            self.0.insert(Source::File(path));
            return Ok(());
        }
        if !path.is_dir() {
            return Err(Error::Special(text.to_owned()));
        }
        let mut found = 0;
        for entry in WalkDir::new(&path) {
            let entry = entry.map_err(|error| unreadable(error.into()))?;
            // `is_file` follows a symbolic link; a linked directory is not entered.
            if is_document(entry.path()) && entry.path().is_file() {
                self.0.insert(Source::File(entry.into_path()));
                found += 1;
            }
        }
        if found == 0 {
            return Err(Error::Nothing(format!("the directory '{text}'")));
        }
        Ok(())
    }

    /// Adds what a list names, one source a line; `-` is standard input. Empty lines and those
    /// that begin with `#` are passed over.
    ///
    /// # Errors
    /// If the list cannot be read, or a line is wrong; then nothing of it is added.
    pub fn add_list(&mut self, list: &str) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { path: list.into(), source };
        let mut text = String::new();
        let read = match list {
            "-" => io::stdin().lock().take(LONGEST_LIST).read_to_string(&mut text),
            path => {
                File::open(path).and_then(|file| file.take(LONGEST_LIST).read_to_string(&mut text))
            }
        };
        let length = read.map_err(unreadable)?;
        if length as u64 == LONGEST_LIST {
            return Err(unreadable(io::Error::other("it is longer than 1 GiB")));
        }
        let text = text.trim_start_matches('\u{feff}');
        let name = if list == "-" { "the standard input" } else { list };
        let mut added = Sources::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            added.add(line).map_err(|error| Error::Line {
                list: name.to_owned(),
                line: index + 1,
                error: Box::new(error),
            })?;
        }
        if added.0.is_empty() {
            return Err(Error::Nothing(format!("the list '{name}'")));
        }
        self.0.append(&mut added.0);
        Ok(())
    }

    /// Adds the pages that a sitemap names, and the sitemaps that it names.
    ///
    /// # Errors
    /// If it cannot be fetched, is no sitemap, or names nothing.
    pub async fn add_sitemap<T: Transport>(
        &mut self,
        text: &str,
        attempts: &Attempts<T>,
    ) -> Result<(), Error> {
        let mut waiting = vec![parse(text)?];
        let mut seen: BTreeSet<Url> = BTreeSet::new();
        let mut found = 0;
        while let Some(url) = waiting.pop() {
            let failed = |reason: String| Error::Sitemap { url: url.to_string(), reason };
            if !seen.insert(url.clone()) {
                continue;
            }
            if seen.len() > SITEMAPS {
                return Err(failed(format!("it is one of more than {SITEMAPS}")));
            }
            let bytes = attempts.bytes(&url).await.map_err(|error| failed(error.to_string()))?;
            let xml = unpacked(bytes).map_err(|error| failed(error.to_string()))?;
            let (pages, sitemaps) = read_sitemap(&String::from_utf8_lossy(&xml)).map_err(failed)?;
            for page in pages {
                self.0
                    .insert(Source::Url(parse(&page).map_err(|error| failed(error.to_string()))?));
                found += 1;
            }
            for sitemap in sitemaps {
                waiting.push(parse(&sitemap).map_err(|error| failed(error.to_string()))?);
            }
        }
        if found == 0 {
            return Err(Error::Nothing(format!("the sitemap {text}")));
        }
        Ok(())
    }

    /// The sources, sorted.
    pub fn into_vec(self) -> Vec<Source> {
        self.0.into_iter().collect()
    }
}

fn is_document(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    DOCUMENTS.iter().any(|document| document.eq_ignore_ascii_case(extension))
}

fn parse(text: &str) -> Result<Url, Error> {
    let bad = |reason: String| Error::BadUrl { text: text.to_owned(), reason };
    let mut url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme().to_owned();
        return Err(Error::Scheme { text: text.to_owned(), scheme });
    }
    // A page is the same page at every fragment.
    url.set_fragment(None);
    Ok(url)
}

/// Sitemaps are often kept compressed, whatever the server says of it: gzip begins with 1f 8b.
fn unpacked(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut xml = Vec::new();
    // A sitemap has at most 50 MB by its standard.
    GzDecoder::new(&bytes[..]).take(50 << 20).read_to_end(&mut xml)?;
    Ok(xml)
}

/// The pages and the sitemaps that a sitemap names (sitemaps.org, protocol 0.9).
fn read_sitemap(xml: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let mut reader = Reader::from_str(xml);
    let (mut pages, mut sitemaps) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut root = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                root |= open.is_empty() && matches!(&*name, "urlset" | "sitemapindex");
                open.push(name);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(name) => text.push_str(&htmlize::unescape(format!("&{};", &*name))),
            Event::End(_) => {
                // One name more than could fit: not all of a page nested without end, each time.
                let path: Vec<&str> = open.iter().take(4).map(String::as_str).collect();
                match path[..] {
                    // An image's or a video's address is no page.
                    ["urlset", "url", "loc"] => pages.push(text.trim().to_owned()),
                    ["sitemapindex", "sitemap", "loc"] => sitemaps.push(text.trim().to_owned()),
                    _ => {}
                }
                open.pop();
            }
            Event::Eof if !open.is_empty() => return Err("it ends too early".into()),
            Event::Eof if root => return Ok((pages, sitemaps)),
            Event::Eof => return Err("it has neither a urlset nor a sitemapindex".into()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    fn error(text: &str) -> String {
        Sources::new().add(text).expect_err("this is no source").to_string()
    }

    #[test]
    fn what_is_no_source_is_told_in_one_line() {
        assert!(error("http://[bad").contains("is not a valid URL"));
        assert!(error("ftp://example.org/").contains("only http and https"));
        assert!(error("no/such/folder").contains("neither a URL"));
    }

    #[test]
    fn a_directory_is_its_documents_each_once() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::create_dir(folder.path().join("deep")).expect("it can be made");
        for name in ["b.HTML", "a.htm", "deep/c.md", "logo.png"] {
            fs::write(folder.path().join(name), "x").expect("it can be written");
        }
        let text = folder.path().to_str().expect("the path is plain");
        let mut sources = Sources::new();
        sources.add(text).expect("it has documents");
        sources.add(text).expect("again");
        let names: Vec<_> = sources.into_vec().iter().map(|s| s.to_string()).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names[0].starts_with("file:///") && names[0].ends_with("/a.htm"));
    }

    #[test]
    fn a_password_is_used_and_not_shown() {
        let mut sources = Sources::new();
        sources.add("http://user:secret@example.org/").expect("it is a URL");
        let source = sources.into_vec().remove(0);
        assert_eq!(source.to_string(), "http://example.org/");
        assert!(matches!(source, Source::Url(url) if url.password() == Some("secret")));
    }

    #[test]
    fn a_directory_without_documents_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        assert!(
            error(folder.path().to_str().expect("the path is plain"))
                .contains("names no documents")
        );
    }

    #[test]
    fn a_list_has_comments_and_its_errors_have_lines() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let list = folder.path().join("list");
        let path = list.to_str().expect("the path is plain");
        fs::write(&list, "\u{feff}# pages\nhttp://a/#top\n\nhttp://a/\n")
            .expect("it can be written");
        let mut sources = Sources::new();
        sources.add_list(path).expect("the list is right");
        assert_eq!(sources.into_vec().len(), 1, "the fragment is not part of the page's name");

        fs::write(&list, "http://a/\n\ngopher://b/\n").expect("it can be written");
        let mut sources = Sources::new();
        let error = sources.add_list(path).expect_err("line 3 is wrong");
        assert!(error.to_string().contains("line 3: 'gopher://b/'"), "{error}");
        assert!(sources.into_vec().is_empty());

        fs::write(&list, "# nothing\n").expect("it can be written");
        assert!(Sources::new().add_list(path).is_err());
    }

    #[test]
    fn a_sitemap_names_pages_and_sitemaps() {
        let xml = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\
                   <url><loc> http://a/?x=1&amp;y=2 </loc><lastmod>2026</lastmod></url><url><loc>http://a/b</loc></url></urlset>";
        assert_eq!(
            read_sitemap(xml),
            Ok((vec!["http://a/?x=1&y=2".into(), "http://a/b".into()], vec![])),
        );
        let xml = "<sitemapindex><sitemap><loc>http://a/1.xml</loc></sitemap></sitemapindex>";
        assert_eq!(read_sitemap(xml), Ok((vec![], vec!["http://a/1.xml".into()])));
        assert!(read_sitemap("<html></html>").is_err());
        assert!(read_sitemap("<urlset><url></urlset>").is_err());
        assert!(read_sitemap("<urlset><url><loc>http://a/").is_err(), "it is cut off");
        let xml = "<urlset><url><loc><![CDATA[http://a/&]]></loc>\
                   <image:image><image:loc>http://a/i.png</image:loc></image:image></url></urlset>";
        assert_eq!(read_sitemap(xml), Ok((vec!["http://a/&".into()], vec![])));
    }

    #[test]
    fn a_sitemap_nested_without_end_is_read_in_one_pass() {
        witness::within(Duration::from_secs(240), || {
            let xml = "<a>".repeat(500_000) + &"</a>".repeat(500_000);
            assert!(read_sitemap(&xml).is_err(), "it is no sitemap");
        });
    }

    /// Inputs that a fuzzer found.
    #[test]
    fn whatever_a_sitemap_says_is_part_of_it() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/sitemap");
        for entry in fs::read_dir(folder).expect("the folder is part of the repository") {
            let path = entry.expect("it can be listed").path();
            let bytes = fs::read(&path).expect("it can be read");
            let xml = String::from_utf8_lossy(&bytes).into_owned();
            let named = witness::within(Duration::from_secs(240), move || {
                read_sitemap(&xml).map(|(pages, sitemaps)| (pages, sitemaps, xml))
            });
            let Ok((pages, sitemaps, xml)) = named else { continue };
            let names = || pages.iter().chain(&sitemaps);
            assert!(names().all(|name| name.trim() == name), "{}", path.display());
            assert!(names().map(String::len).sum::<usize>() <= 2 * xml.len(), "{}", path.display());
        }
    }
}
