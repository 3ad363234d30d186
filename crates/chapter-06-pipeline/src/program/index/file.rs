//! The index on disk.
//!
//! ```text
//! "OVERLAP\n"  version u32  crc32 u32  three lengths u64  contents (postcard)  postings  texts
//! ```
//! All integers are little-endian. The checksum covers everything after itself.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::document::{DocumentsBuilder, Saved};
use super::{Contents, Document, Index, Term};

const MAGIC: &[u8; 8] = b"OVERLAP\n";
const VERSION: u32 = 4;
const HEADER: usize = 40;

/// Why an index could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the index '{}': {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is something else.
    #[error("'{}' is not a saved index; make one with: chapter-06 index --save FILE", .0.display())]
    NotAnIndex(PathBuf),
    /// The file was written by another version of the program.
    #[error("the index '{}' has version {found}, this program reads {VERSION}; make it anew with: chapter-06 index --save FILE", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
    },
    /// The file ends early or was changed.
    #[error("the index '{}' is damaged ({what}); make it anew with: chapter-06 index --save FILE", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The part that does not fit.
        what: &'static str,
    },
}

impl Index {
    /// Writes the index beside `path` and then puts it in its place, so that a
    /// reader sees the old file or the new one and never a part. Returns how
    /// many bytes it takes.
    ///
    /// # Errors
    /// If the folder cannot be written; the old file, if any, is as it was.
    pub fn save(&self, path: &Path) -> io::Result<u64> {
        self.save_unless(path, || false)
    }

    /// [`save`](Index::save), asking now and then whether to stop.
    ///
    /// # Errors
    /// As `save`, and [`io::ErrorKind::Interrupted`] if it was to stop; nothing
    /// is left of it then.
    pub fn save_unless(
        &self,
        path: &Path,
        stop: impl Fn() -> bool,
    ) -> io::Result<u64> {
        let go_on = || -> io::Result<()> {
            if stop() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        };
        let texts =
            self.documents().iter().map(|document| document.text().as_bytes());
        let sizes: Vec<u64> =
            texts.clone().map(|text| text.len() as u64).collect();
        let documents: Vec<Saved<'_>> =
            self.documents().iter().map(Document::saved).collect();
        let contents = (documents, &self.contents.terms, &sizes);
        let contents =
            postcard::to_stdvec(&contents).map_err(io::Error::other)?;
        go_on()?;
        let lengths = [
            contents.len() as u64,
            self.postings.len() as u64,
            sizes.iter().sum(),
        ];
        let lengths: Vec<u8> =
            lengths.into_iter().flat_map(u64::to_le_bytes).collect();
        let parts =
            [&lengths[..], &contents, &self.postings].into_iter().chain(texts);
        let mut checksum = crc32fast::Hasher::new();
        for (nth, part) in parts.clone().enumerate() {
            if nth % PIECES == 0 {
                go_on()?;
            }
            for piece in part.chunks(PIECE) {
                checksum.update(piece);
                if piece.len() == PIECE {
                    go_on()?;
                }
            }
        }

        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = temporary(folder, path)?;
        let mut out = BufWriter::with_capacity(1 << 20, file.as_file_mut());
        out.write_all(MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.write_all(&checksum.finalize().to_le_bytes())?;
        let mut unsynced = 0;
        for (nth, part) in parts.enumerate() {
            if nth % PIECES == 0 {
                go_on()?;
            }
            for piece in part.chunks(PIECE) {
                out.write_all(piece)?;
                unsynced += piece.len();
                // Nothing stops a sync, so none is to take long.
                if unsynced >= SYNC {
                    out.flush()?;
                    out.get_ref().sync_data()?;
                    unsynced = 0;
                }
                if piece.len() == PIECE {
                    go_on()?;
                }
            }
        }
        out.flush()?;
        drop(out);
        go_on()?;
        file.as_file().sync_all()?;
        go_on()?;
        let bytes = file.as_file().metadata()?.len();
        file.persist(path)?;
        Ok(bytes)
    }

    /// Reads a saved index.
    ///
    /// # Errors
    /// If there is none, or it is damaged, or of another version; nothing is
    /// loaded in part.
    pub fn load(path: &Path) -> Result<Index, LoadError> {
        let failed = |source| LoadError::Io { path: path.into(), source };
        // Looked at before it is opened: to open a pipe is to wait for its
        // other end.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(LoadError::NotAnIndex(path.into()));
        }
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut bytes = Vec::new();
        (&file).take(HEADER as u64).read_to_end(&mut bytes).map_err(failed)?;
        // What is no index, or not whole, is not read into memory.
        Self::sizes(&bytes, length, path)?;
        file.take(length - bytes.len() as u64)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Self::parse(&bytes, path)
    }

    /// The lengths of the three parts, from a header that begins a file of this
    /// length.
    fn sizes(
        start: &[u8],
        length: u64,
        path: &Path,
    ) -> Result<[u64; 3], LoadError> {
        let damaged = |what| LoadError::Damaged { path: path.into(), what };
        if !start.starts_with(MAGIC) {
            return Err(LoadError::NotAnIndex(path.into()));
        }
        let version =
            start.get(8..12).ok_or_else(|| damaged("it ends in its header"))?;
        let found = u32::from_le_bytes(
            version.try_into().expect("four bytes were taken"),
        );
        if found != VERSION {
            return Err(LoadError::Version { path: path.into(), found });
        }
        let header = start
            .get(..HEADER)
            .ok_or_else(|| damaged("it ends in its header"))?;
        let number = |at: usize| {
            u64::from_le_bytes(
                header[at..at + 8].try_into().expect("eight bytes were taken"),
            )
        };
        let sizes = [16, 24, 32].map(number);
        let total = sizes
            .iter()
            .try_fold(HEADER as u64, |sum, size| sum.checked_add(*size));
        if total != Some(length) {
            return Err(damaged(
                "its length is not the one it was written with",
            ));
        }
        Ok(sizes)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Index, LoadError> {
        let damaged = |what| LoadError::Damaged { path: path.into(), what };
        let [contents, postings, _] =
            Self::sizes(bytes, bytes.len() as u64, path)?;
        let (header, rest) = bytes.split_at(HEADER);
        let written = u32::from_le_bytes(
            header[12..16].try_into().expect("four bytes were taken"),
        );
        if crc32fast::hash(&bytes[16..]) != written {
            return Err(damaged("its checksum is wrong"));
        }
        let (contents, rest) = rest.split_at(contents as usize);
        let (postings, texts) = rest.split_at(postings as usize);
        let (saved, terms, sizes): (Vec<Saved<'_>>, Vec<Term>, Vec<u64>) =
            postcard::from_bytes(contents)
                .map_err(|_| damaged("its contents cannot be read"))?;
        let unfit = || damaged("its parts do not fit together");
        let mut rest = std::str::from_utf8(texts)
            .map_err(|_| damaged("its texts are not UTF-8"))?;
        if sizes.len() != saved.len() {
            return Err(unfit());
        }
        let mut documents = DocumentsBuilder::default();
        for (number, (saved, size)) in (0..).zip(saved.into_iter().zip(sizes)) {
            let Saved { url, title, language, anchors, .. } = &saved;
            let lengths = [url, title, language, anchors]
                .map(|string| string.len() as u64);
            // Together, because a part is found by the lengths of those before
            // it.
            let total = lengths
                .iter()
                .try_fold(size, |sum, length| sum.checked_add(*length));
            if total.is_none_or(|total| total > u64::from(u32::MAX)) {
                return Err(unfit());
            }
            let text = rest.get(..size as usize).ok_or_else(unfit)?;
            documents.push(number, saved, text);
            rest = &rest[text.len()..];
        }
        let contents =
            Contents { documents: documents.take().collect(), terms };
        let index = Index::new(contents, postings.to_vec());
        if index.is_sound() { Ok(index.with_marks()) } else { Err(unfit()) }
    }

    /// Whether everything refers to what is there, so that nothing later can be
    /// out of bounds, and lies as [`save`](Self::save) puts it: no sum is too
    /// large, and no list is read for two terms.
    fn is_sound(&self) -> bool {
        let Contents { documents, terms } = &self.contents;
        let mut end = 0;
        let fits = |term: &Term| {
            let (start, length) = (term.postings.start, term.postings.length);
            let next = start
                .checked_add(length)
                .filter(|next| *next <= self.postings.len() as u64);
            start == end
                && next.inspect(|next| end = *next).is_some()
                && self
                    .list(term)
                    .all(|entry| (entry.document as usize) < documents.len())
        };
        let mut bytes = documents.iter().map(|document| document.bytes);
        let mut occurrences = terms.iter().map(|term| term.occurrences);
        terms.iter().all(fits)
            && terms.is_sorted_by(|a, b| a.text < b.text)
            && bytes.try_fold(0, u64::checked_add).is_some()
            && occurrences.try_fold(0, u64::checked_add).is_some()
    }
}

/// Bytes that are written, or summed up, before it is asked whether to stop.
const PIECE: usize = 1 << 20;
/// Bytes that are written before the disk has to have them.
const SYNC: usize = 8 << 20;
/// And parts: most are small.
const PIECES: usize = 1_000;

/// A file to write to, with the permissions of the one that it will replace.
fn temporary(
    folder: &Path,
    path: &Path,
) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".overlap-");
    // Temporary files are private by default; this one is to become an ordinary
    // file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(folder)?;
    if let Ok(found) = fs::metadata(path) {
        file.as_file().set_permissions(found.permissions())?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
