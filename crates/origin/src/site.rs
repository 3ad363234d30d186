//! Sites: the pages that a server serves, from a folder, from memory or made on
//! demand.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use bytesize::ByteSize;
use walkdir::WalkDir;

use crate::generate::Generator;
use crate::{gzip, paths};

/// A set of pages under URL paths, and the files that go with them. Cloning is
/// cheap, and clones share what has been read.
///
/// A folder is listed when the site is made. A request is looked up in that
/// list and never becomes a file path, so none leaves the folder; a symlink
/// that leads out of it is not listed.
#[derive(Clone)]
pub struct Site {
    parts: Vec<Arc<Part>>,
}

impl Site {
    /// Every file of a folder and the folders in it; those named `.html` are
    /// the pages. Files that come later are not served.
    ///
    /// # Errors
    /// [`SiteError::NoFolder`] where it cannot be listed.
    pub fn folder(path: impl AsRef<Path>) -> Result<Self, SiteError> {
        let path = path.as_ref();
        let mut files = Files::new(format!("the folder {}", path.display()));
        files.add(path, path)?;
        Ok(Self::of_files(files))
    }

    /// Pages made on demand, see [`Generator::path`] for where they are.
    #[must_use]
    pub fn generated(generator: Generator) -> Self {
        Self::of(Part::Generated(generator))
    }

    /// Pages from memory, each under its URL path. A path without an extension
    /// is a page too.
    #[must_use]
    pub fn pages<P, H>(pages: impl IntoIterator<Item = (P, H)>) -> Self
    where
        P: AsRef<str>,
        H: Into<Bytes>,
    {
        let mut files = Files::new("pages from memory".to_owned());
        for (path, html) in pages {
            let path = path.as_ref();
            // What does not decode is taken literally; `paths` encodes it.
            let key = paths::decode(path).unwrap_or_else(|| path.to_owned());
            let entry = Entry::in_memory(
                content_type(&key).unwrap_or(HTML),
                html.into(),
            );
            files.entries.insert(key, entry);
        }
        Self::of(Part::Files(files))
    }

    /// This site and another in one. Where both have a path, this one's page is
    /// served.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// The URL paths of the HTML pages, sorted, percent-encoded where need be.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for part in &self.parts {
            match &**part {
                Part::Files(files) => all
                    .extend(files.html().map(|(path, _)| paths::encode(path))),
                Part::Generated(generator) => {
                    all.extend((0..generator.pages).map(|i| generator.path(i)))
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The HTML page at a URL path, read from where it lives and not through a
    /// server. `None` where there is none, or its file has gone since the
    /// folder was listed.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<Bytes> {
        let found = self.find(&paths::decode(path)?)?;
        if !found.is_page() {
            return None;
        }
        found.read().ok()
    }

    /// How many HTML pages there are.
    #[must_use]
    pub fn page_count(&self) -> usize {
        let count = |part: &Arc<Part>| match &**part {
            Part::Files(files) => files.html().count(),
            Part::Generated(generator) => generator.pages,
        };
        self.parts.iter().map(count).sum()
    }

    /// The size of all HTML pages. Of generated ones an estimate, from a sample
    /// of them.
    #[must_use]
    pub fn page_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.page_bytes()).sum()
    }

    /// A sentence on this site: its kind, the number of its pages, and their
    /// size.
    #[must_use]
    pub fn describe(&self) -> String {
        let parts: Vec<String> =
            self.parts.iter().map(|part| part.describe()).collect();
        let mut sentence = parts.join("; and ");
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        sentence.push('.');
        sentence
    }

    /// Reads every page of a folder into memory now, rather than on its first
    /// request.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn preload(self) -> io::Result<Self> {
        for part in &self.parts {
            if let Part::Files(files) = &**part {
                files
                    .html()
                    .try_for_each(|(_, entry)| entry.read().map(drop))?;
            }
        }
        Ok(self)
    }

    /// The page or file at a decoded path.
    pub(crate) fn find(&self, path: &str) -> Option<Found<'_>> {
        match path.strip_suffix('/') {
            Some(folder) => self
                .find_exact(path)
                .or_else(|| self.find_exact(&format!("{folder}/index.html"))),
            None => self.find_exact(path),
        }
    }

    /// Some pages to start from, for a site without a front page: the pages at
    /// the top, and the first of each folder or its index. At most `limit`.
    pub(crate) fn entrances(&self, limit: usize) -> Vec<String> {
        let mut entrances: Vec<String> = Vec::new();
        let mut last = "";
        let all = self.paths();
        for path in &all {
            let folder = path
                .get(1..)
                .and_then(|rest| rest.split_once('/'))
                .map(|(folder, _)| folder);
            let Some(folder) = folder else {
                entrances.push(path.clone());
                continue;
            };
            if folder == last {
                continue;
            }
            last = folder;
            let index = format!("/{folder}/index.html");
            entrances.push(if all.binary_search(&index).is_ok() {
                index
            } else {
                path.clone()
            });
        }
        entrances.truncate(limit);
        entrances
    }

    fn find_exact(&self, path: &str) -> Option<Found<'_>> {
        self.parts.iter().find_map(|part| match &**part {
            Part::Files(files) => files.entries.get(path).map(Found::Entry),
            Part::Generated(generator) => {
                generator.index(path).map(|i| Found::Generated(*generator, i))
            }
        })
    }

    /// A site of files alone.
    pub(crate) fn of_files(files: Files) -> Self {
        Self::of(Part::Files(files))
    }

    fn of(part: Part) -> Self {
        Self { parts: vec![Arc::new(part)] }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({})", self.describe())
    }
}

/// Why a site could not be made.
#[derive(Debug)]
pub enum SiteError {
    /// The compiler that knows where its documentation is could not be asked.
    NoToolchain {
        /// The program that was run.
        rustc: OsString,
        /// The message of the program or the system.
        reason: String,
    },
    /// The toolchain came without documentation (rustup's minimal profile
    /// does).
    NoRustDocs {
        /// Where it would be.
        folder: PathBuf,
    },
    /// A folder cannot be listed.
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToolchain { rustc, reason } => {
                write!(
                    f,
                    "cannot ask {} where its documentation is: {reason}",
                    rustc.display()
                )
            }
            Self::NoRustDocs { folder } => write!(
                f,
                "this toolchain has no documentation in {}; `rustup component add rust-docs` installs it",
                folder.display()
            ),
            Self::NoFolder { folder, source } => {
                write!(
                    f,
                    "cannot serve the folder {}: {source}",
                    folder.display()
                )
            }
        }
    }
}

impl std::error::Error for SiteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoFolder { source, .. } => Some(source),
            Self::NoToolchain { .. } | Self::NoRustDocs { .. } => None,
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

enum Part {
    Files(Files),
    Generated(Generator),
}

impl Part {
    fn page_bytes(&self) -> u64 {
        match self {
            Self::Files(files) => {
                files.html().map(|(_, entry)| entry.len).sum()
            }
            Self::Generated(generator) => {
                let sample = generator.pages.min(16);
                let sizes = (0..sample).filter_map(|i| {
                    generator.html(i * generator.pages / sample)
                });
                let bytes: usize = sizes.map(|html| html.len()).sum();
                (bytes as u64 * generator.pages as u64)
                    .checked_div(sample as u64)
                    .unwrap_or(0)
            }
        }
    }

    fn describe(&self) -> String {
        let size = ByteSize(self.page_bytes()).display().iec();
        match self {
            Self::Files(files) => {
                format!(
                    "{}: {} pages, {size}",
                    files.name,
                    thousands(files.html().count())
                )
            }
            Self::Generated(generator) => format!(
                "a generated site with seed {}: {} pages of {} words, about {size}",
                generator.seed,
                thousands(generator.pages),
                thousands(generator.words_per_page),
            ),
        }
    }
}

/// Files by the paths they are served under.
pub(crate) struct Files {
    /// Their name in [`Site::describe`].
    name: String,
    /// By decoded URL path.
    entries: BTreeMap<String, Entry>,
}

impl Files {
    pub(crate) fn new(name: String) -> Self {
        Self { name, entries: BTreeMap::new() }
    }

    fn html(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .filter(|(_, entry)| entry.is_page())
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// Adds a folder that lies directly in `root`.
    pub(crate) fn add_child(
        &mut self,
        root: &Path,
        name: &str,
    ) -> Result<(), SiteError> {
        let mut components = Path::new(name).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(_)), None) => {
                self.add(root, &root.join(name))
            }
            _ => {
                let source = io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a single folder name is needed",
                );
                Err(SiteError::NoFolder { folder: PathBuf::from(name), source })
            }
        }
    }

    /// Lists `folder`; URL paths start at `root`.
    pub(crate) fn add(
        &mut self,
        root: &Path,
        folder: &Path,
    ) -> Result<(), SiteError> {
        let failed =
            |source| SiteError::NoFolder { folder: folder.to_owned(), source };
        let root = Arc::new(root.canonicalize().map_err(failed)?);
        let start = folder.canonicalize().map_err(failed)?;
        if !start.is_dir() {
            return Err(failed(io::ErrorKind::NotADirectory.into()));
        }
        for entry in WalkDir::new(&start) {
            let entry = entry.map_err(|error| failed(error.into()))?;
            // Of what is under a path that is not Unicode no URL can be written
            // down.
            let Some(path) =
                entry.path().strip_prefix(&*root).ok().and_then(url_path)
            else {
                continue;
            };
            let Some(file) = File::new(&root, entry.path()) else {
                continue;
            };
            let len = file.path.metadata().map_err(failed)?.len();
            let content_type =
                content_type(&path).unwrap_or("application/octet-stream");
            self.entries.insert(
                path,
                Entry {
                    len,
                    content_type,
                    file: Some(file),
                    bytes: OnceLock::new(),
                    gzip: OnceLock::new(),
                },
            );
        }
        Ok(())
    }
}

fn url_path(relative: &Path) -> Option<String> {
    let mut path = String::new();
    for component in relative.components() {
        path.push('/');
        path.push_str(component.as_os_str().to_str()?);
    }
    Some(path)
}

/// A regular file inside `root`, symlinks resolved.
struct File {
    root: Arc<PathBuf>,
    path: PathBuf,
}

impl File {
    fn new(root: &Arc<PathBuf>, path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        (path.starts_with(&**root) && path.is_file())
            .then(|| Self { root: Arc::clone(root), path })
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        // A file can have become a symlink since it was listed.
        if !self.path.canonicalize()?.starts_with(&*self.root) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        std::fs::read(&self.path)
    }
}

pub(crate) struct Entry {
    len: u64,
    content_type: &'static str,
    file: Option<File>,
    bytes: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Entry {
    fn in_memory(content_type: &'static str, bytes: Bytes) -> Self {
        Self {
            len: bytes.len() as u64,
            content_type,
            file: None,
            bytes: bytes.into(),
            gzip: OnceLock::new(),
        }
    }

    fn is_page(&self) -> bool {
        self.content_type == HTML
    }

    fn read(&self) -> io::Result<Bytes> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes.clone());
        }
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let bytes = file.read()?;
        Ok(self.bytes.get_or_init(|| bytes.into()).clone())
    }
}

/// Something to serve.
pub(crate) enum Found<'a> {
    Entry(&'a Entry),
    Generated(Generator, usize),
}

impl Found<'_> {
    pub(crate) fn is_page(&self) -> bool {
        match self {
            Self::Entry(entry) => entry.is_page(),
            Self::Generated(..) => true,
        }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Entry(entry) => entry.content_type,
            Self::Generated(..) => HTML,
        }
    }

    /// The file is read where it is asked for. On the server's thread that
    /// blocks, which is meant: the page comes from the disk once, and a second
    /// thread would take a core from the lesson.
    pub(crate) fn read(&self) -> io::Result<Bytes> {
        match self {
            Self::Entry(entry) => entry.read(),
            Self::Generated(generator, index) => Ok(generator
                .html(*index)
                .ok_or(io::ErrorKind::NotFound)?
                .into()),
        }
    }

    /// The same compressed, or `None` for what compression would not make
    /// smaller.
    pub(crate) fn read_gzip(&self) -> io::Result<Option<Bytes>> {
        let text = [
            "text/",
            "application/json",
            "application/xml",
            "image/svg",
            "application/javascript",
        ];
        let bytes = self.read()?;
        if bytes.len() < 256
            || !text
                .iter()
                .any(|prefix| self.content_type().starts_with(prefix))
        {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Entry(entry) => {
                entry.gzip.get_or_init(|| gzip::compress(&bytes)).clone()
            }
            Self::Generated(..) => gzip::compress(&bytes),
        }))
    }
}

fn content_type(path: &str) -> Option<&'static str> {
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    })
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
