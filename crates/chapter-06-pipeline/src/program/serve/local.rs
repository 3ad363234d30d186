//! The documents of an index that are on this disk, behind links.
//!
//! What is served is what was indexed, and beside it styles, pictures and fonts
//! from the folder that all of it lies in. Nothing else is: a path is taken
//! apart before it is looked for.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::program::index::{Document, Index};

/// The path below which they are.
pub(super) const PREFIX: &str = "/local/";

/// Bytes of a document that is served, whatever `--max-body` allowed when it
/// was indexed.
const LARGEST: u64 = 64 << 20;
/// Bytes of a file that was not indexed: no picture should have more.
const LARGEST_BESIDE: u64 = 8 << 20;

/// Folders above one from which files that were not indexed are served: below
/// `/` or `/home` too much lies.
const ABOVE: usize = 2;

/// How the URL of a file begins.
const FILE: &str = "file://";

/// The folder of the documents that are on this disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Local {
    /// Its URL, with a slash at its end.
    root: String,
}

/// A file to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) path: PathBuf,
    pub(super) content_type: &'static str,
    /// Bytes that it may have.
    largest: u64,
}

impl Local {
    /// Of an index, if any of its documents are on this disk.
    pub(super) fn of(index: &Index) -> Option<Local> {
        let mut root: Option<&str> = None;
        for url in index
            .documents()
            .iter()
            .map(Document::url)
            .filter(|url| is_local(url))
        {
            let folder = &url[..url.rfind('/').map_or(0, |at| at + 1)];
            root =
                Some(root.map_or(folder, |root| common_folder(root, folder)));
        }
        root.map(|root| Local { root: root.to_owned() })
    }

    /// The link to a document, if it is on this disk.
    pub(super) fn link(&self, url: &str) -> Option<String> {
        // It is encoded for a URL already.
        url.strip_prefix(&self.root).map(|path| format!("{PREFIX}{path}"))
    }

    /// What a document is called for short.
    pub(super) fn short<'a>(&self, url: &'a str) -> &'a str {
        url.strip_prefix(&self.root).unwrap_or(url)
    }

    /// The file behind a link.
    pub(super) fn find(&self, index: &Index, link: &str) -> Option<Sent> {
        let link = link.strip_prefix(PREFIX)?;
        // As it was given: what was indexed is shown, whatever its name is.
        if let Some(document) = document(index, &format!("{}{link}", self.root))
        {
            return Some(document);
        }
        let mut path =
            percent_decode_str(link).decode_utf8().ok()?.into_owned();
        if path.is_empty() || path.ends_with('/') {
            path.push_str("index.html");
        }
        // One way up, one empty name or one character that another system takes
        // for a separator is enough to refuse it.
        let plain =
            |part: &str| !part.is_empty() && part != "." && part != "..";
        if !path.split('/').all(plain) || path.contains(['\\', '\0', ':']) {
            return None;
        }
        let root = self.folder()?;
        let file = root.join(&path);
        // Written as the program writes it, however the browser did.
        let url = Url::from_file_path(&file).ok()?;
        if let Some(document) = document(index, url.as_str()) {
            return Some(document);
        }
        let content_type = asset_type(ending(&file))?;
        let sent = Sent { path: file, content_type, largest: LARGEST_BESIDE };
        is_beside(&root, &path, &sent.path).then_some(sent)
    }

    fn folder(&self) -> Option<PathBuf> {
        Url::parse(&self.root).ok()?.to_file_path().ok()
    }
}

/// The document of this URL, if it was indexed.
fn document(index: &Index, url: &str) -> Option<Sent> {
    index.documents().binary_search_by(|it| it.url().cmp(url)).ok()?;
    let path = Url::parse(url).ok()?.to_file_path().ok()?;
    let content_type = document_type(ending(&path));
    Some(Sent { path, content_type, largest: LARGEST })
}

fn ending(file: &Path) -> &str {
    file.extension().and_then(|it| it.to_str()).unwrap_or_default()
}

/// Whether a file that was not indexed lies in the folder, and is not hidden.
/// Links that lead out of the folder are followed first.
fn is_beside(root: &Path, path: &str, file: &Path) -> bool {
    let deep = root.components().count() > ABOVE;
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    let within = || {
        Some(file.canonicalize().ok()?.starts_with(root.canonicalize().ok()?))
    };
    deep && !hidden && within().unwrap_or(false)
}

impl Sent {
    /// Bytes of the file.
    ///
    /// # Errors
    /// If it cannot be read, is no file, or is too large.
    pub(super) fn size(&self) -> io::Result<u64> {
        // Looked at before it is opened: to open a pipe is to wait for its
        // other end.
        let found = fs::metadata(&self.path)?;
        if !found.is_file() || found.len() > self.largest {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(found.len())
    }

    /// Reads so many bytes of the file, or fewer if it has shrunk.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(&self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(size as usize);
        // It may grow meanwhile.
        fs::File::open(&self.path)?.take(size).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn is_local(url: &str) -> bool {
    url.starts_with(FILE)
}

/// The folder that both lie in.
fn common_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let same =
        one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    &one[..one.as_bytes()[..same]
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1)]
}

fn document_type(ending: &str) -> &'static str {
    match ending.to_ascii_lowercase().as_str() {
        // The page says its charset itself.
        "html" | "htm" | "php" => "text/html",
        "xhtml" | "xht" => "application/xhtml+xml",
        _ => "text/plain; charset=utf-8",
    }
}

/// The type of a file that a page needs to look as it should.
fn asset_type(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        _ => return None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::program::body::MediaType;
    use crate::program::digest::digest;
    use crate::program::index::Builder;

    fn index(paths: &[&str]) -> Index {
        let builder = Builder::new();
        for path in paths {
            let digest =
                digest(b"a page", MediaType::Plain, None).expect("it is text");
            builder.add(path, 6, digest);
        }
        builder.finish()
    }

    #[test]
    fn what_was_indexed_is_behind_its_link() {
        let index = index(&[
            "file:///docs/a/x.html",
            "file:///docs/b/50%25%20&%20more%3F.md",
            "http://h/y",
        ]);
        let local = Local::of(&index).expect("two are on the disk");
        assert_eq!(local.root, "file:///docs/");
        for (url, link, file) in [
            ("file:///docs/a/x.html", "/local/a/x.html", "/docs/a/x.html"),
            (
                "file:///docs/b/50%25%20&%20more%3F.md",
                "/local/b/50%25%20&%20more%3F.md",
                "/docs/b/50% & more?.md",
            ),
        ] {
            assert_eq!(local.link(url).as_deref(), Some(link));
            assert_eq!(
                local.find(&index, link).map(|it| it.path),
                Some(PathBuf::from(file))
            );
        }
        let written = local.find(&index, "/local/b/50%25%20%26%20more%3f%2emd");
        assert!(written.is_some(), "however the browser writes it");
        let odd = [
            "file:///docs/Talk:Main.html",
            "file:///docs/a%5Cb.html",
            "file:///docs/%E9.html",
        ];
        for url in odd {
            let index = self::index(&[url, "file:///docs/a/x.html"]);
            let link = Local::of(&index)
                .and_then(|local| Some((local.link(url)?, local)));
            let (link, local) = link.expect("it is on the disk");
            assert!(local.find(&index, &link).is_some(), "{url}");
        }
        assert_eq!(local.link("http://h/y"), None);
        assert_eq!(Local::of(&self::index(&["http://h/y"])), None);
    }

    #[test]
    fn no_path_leads_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let inside =
            folder.path().canonicalize().expect("it is there").join("docs");
        fs::create_dir_all(inside.join("sub")).expect("it can be made");
        for name in [
            "page.html",
            "style.css",
            "secret.txt",
            ".hidden.css",
            "sub/a.html",
            "x.js",
        ] {
            fs::write(inside.join(name), "text").expect("it can be written");
        }
        fs::write(inside.join("../outside.css"), "text")
            .expect("it can be written");
        std::os::unix::fs::symlink(
            "../outside.css",
            inside.join("way-out.css"),
        )
        .expect("a link");
        let url = |name: &str| {
            Url::from_file_path(inside.join(name)).expect("a path").to_string()
        };
        let index = index(&[&url("page.html"), &url("sub/a.html")]);
        let local = Local::of(&index).expect("they are on the disk");
        let found = |link: &str| local.find(&index, link).is_some();
        for link in
            ["/local/page.html", "/local/sub/a.html", "/local/style.css"]
        {
            assert!(found(link), "{link}");
        }
        for link in [
            "/local/secret.txt",
            "/local/x.js",
            "/local/.hidden.css",
            "/local/way-out.css",
            "/local/../outside.css",
            "/local/%2e%2e/outside.css",
            "/local/sub/../style.css",
            "/local/sub/..%2fstyle.css",
            "/local//style.css",
            "/local/.\\style.css",
            "/local/%00",
            "/local/%ff.css",
            "/local/none.css",
            "/local/",
            "/local",
            "/etc/passwd",
        ] {
            assert!(!found(link), "{link}");
        }
        let root = self::index(&["file:///a.html", "file:///etc/b.html"]);
        let local = Local::of(&root).expect("they are on the disk");
        assert_eq!(
            local.find(&root, "/local/usr/share/x.css"),
            None,
            "too much lies below `/`"
        );
    }
}
