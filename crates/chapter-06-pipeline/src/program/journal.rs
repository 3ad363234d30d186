//! The journal: on disk, which documents are done, so that a run that was
//! killed can go on.
//!
//! ```text
//! "OVERLAP STATE\n"  version u32  frame: the header  frame: a document  frame: a document  …
//! frame = length u32  crc32 u32  payload (postcard)
//! ```
//!
//! A document's frame is written before its permit is available again, so a run
//! that is killed has at most as many documents to fetch again as were in
//! flight. A frame that was cut short by the kill is cut off at the next start.
//! Nothing is synced to the disk: this is for a process that dies, not for a
//! machine that does; what the machine loses is fetched again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::digest::Outline;
use super::failure::Failure;
use super::source::Source;

const MAGIC: &[u8; 14] = b"OVERLAP STATE\n";
const VERSION: u32 = 3;
const PREAMBLE: usize = MAGIC.len() + 4;
/// Bytes whose checksum is computed to tell damage from an end that was cut
/// short.
const MOST_SUMMED: usize = 4 << 30;
/// Bytes of an end that was cut short: more are damage.
const LONGEST_END: u64 = 64 << 20;
/// Length and checksum of a frame.
const PREFIX: usize = 8;

/// A document that needs no fetching anymore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedOutcome<'a> {
    /// It is in the index.
    Indexed {
        /// Bytes of its body.
        bytes: u64,
        /// Its title.
        title: Cow<'a, str>,
        /// Its text.
        text: Cow<'a, str>,
        /// What it says of its own parts.
        outline: Cow<'a, Outline>,
    },
    /// It failed for good.
    Failed(Cow<'a, Failure>),
    /// It redirects there.
    Redirect(Cow<'a, str>),
}

/// A document that needs no fetching anymore, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<'a> {
    /// Its end.
    pub outcome: RecordedOutcome<'a>,
    /// The pages that it leads to and that were not known before its round; see
    /// [`crawl`](super::crawl).
    pub links: Cow<'a, [String]>,
}

impl<'a> From<RecordedOutcome<'a>> for Record<'a> {
    fn from(outcome: RecordedOutcome<'a>) -> Self {
        Record { outcome, links: Cow::default() }
    }
}

/// The records of earlier runs, by URL.
pub type Replay = BTreeMap<String, Record<'static>>;

/// The run that a journal is of.
#[derive(Serialize, Deserialize)]
struct Header {
    sources: Vec<String>,
    /// How far links are followed, if they are.
    depth: Option<u32>,
    /// Further options, for a person. They may be others each time.
    options: String,
}

/// Why there is no journal to go on with.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The directory or its file cannot be made, read or written.
    #[error("cannot keep the state in '{}': {source}", dir.display())]
    Io {
        /// The directory.
        dir: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another process has it.
    #[error("'{}' is in use by another run", .0.display())]
    InUse(PathBuf),
    /// It is something else.
    #[error("'{}' is not a state that this program wrote; choose another directory for --state", .0.display())]
    NotAJournal(PathBuf),
    /// It was written by another version of the program.
    #[error("the state in '{}' has version {found}, this program reads {VERSION}; delete it to start anew", dir.display())]
    Version {
        /// The directory.
        dir: PathBuf,
        /// The version it has.
        found: u32,
    },
    /// It belongs to a run over other documents.
    #[error("the state in '{}' is of other sources: {what}; choose another directory, or delete it to start anew", dir.display())]
    OtherSources {
        /// The directory.
        dir: PathBuf,
        /// How they differ.
        what: String,
    },
    /// It belongs to a run that follows links farther, or less far.
    #[error("the state in '{}' was begun {then} and not {now}; choose another directory, or delete it to start anew", dir.display())]
    OtherDepth {
        /// The directory.
        dir: PathBuf,
        /// The options then.
        then: String,
        /// The options now.
        now: String,
    },
    /// A part in its middle was changed.
    #[error("the state in '{}' is damaged at byte {at}; delete it to start anew", dir.display())]
    Damaged {
        /// The directory.
        dir: PathBuf,
        /// Where.
        at: u64,
    },
}

/// The journal of one run. Only one process has it at a time.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    tail: Mutex<Tail>,
    before: Mutex<Replay>,
    begun_with: String,
}

#[derive(Debug)]
struct Tail {
    file: File,
    /// Where the last whole frame ends.
    end: u64,
}

impl Journal {
    /// Opens the journal of a run over these sources that follows links up to
    /// `depth` away, or begins one. Makes the directory if there is none. The
    /// bound on the number of pages may be another each time.
    ///
    /// # Errors
    /// If it cannot be read or written, is in use, is damaged, or is of other
    /// sources. Nothing on the disk is changed then.
    pub fn open(
        dir: &Path,
        sources: &[Source],
        depth: Option<u32>,
    ) -> Result<Journal, JournalError> {
        Self::open_with(dir, sources, depth, "")
    }

    /// [`open`](Journal::open) with further options, which are noted when it is
    /// begun.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(
        dir: &Path,
        sources: &[Source],
        depth: Option<u32>,
        options: &str,
    ) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Io { dir: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(failed)?;
        let path = dir.join("journal");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let mut file = file.map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(JournalError::NotAJournal(dir.to_owned()));
        }
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::InUse(dir.to_owned()),
            TryLockError::Error(source) => failed(source),
        })?;
        let length = file.metadata().map_err(failed)?.len();
        let header = Header {
            sources: sources.iter().map(Source::to_string).collect(),
            depth,
            options: options.to_owned(),
        };
        let read = Reader { dir, file: BufReader::new(&file), at: 0, length }
            .read(&header)?;
        let (before, end, begun_with) = match read {
            Some(read) => read,
            None => {
                let mut start = MAGIC.to_vec();
                start.extend_from_slice(&VERSION.to_le_bytes());
                start.extend_from_slice(&frame(&header).map_err(failed)?);
                file.seek(SeekFrom::Start(0))
                    .and_then(|_| file.write_all(&start))
                    .map_err(failed)?;
                (Replay::new(), start.len() as u64, header.options)
            }
        };
        // What was cut short is cut off.
        file.set_len(end).map_err(failed)?;
        let tail = Mutex::new(Tail { file, end });
        Ok(Journal {
            dir: dir.to_owned(),
            tail,
            before: Mutex::new(before),
            begun_with,
        })
    }

    /// The further options that it was begun with.
    pub fn begun_with(&self) -> &str {
        &self.begun_with
    }

    /// How many documents earlier runs have done.
    pub fn done(&self) -> usize {
        self.before.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes the record that an earlier run has made of a document.
    pub fn take(&self, url: &str) -> Option<Record<'static>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner).remove(url)
    }

    /// Takes the records of earlier runs.
    pub fn replay(&self) -> Replay {
        std::mem::take(
            &mut self.before.lock().unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Appends the record of a document that is done.
    ///
    /// # Errors
    /// If it cannot be written. The journal is then as it was before.
    pub fn append(
        &self,
        url: &str,
        record: &Record<'_>,
    ) -> Result<(), JournalError> {
        let failed =
            |source| JournalError::Io { dir: self.dir.clone(), source };
        let frame = frame(&(url, record)).map_err(failed)?;
        // A std mutex around a write: the write goes to the system's memory,
        // not to the disk.
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let end = tail.end;
        let written = tail
            .file
            .seek(SeekFrom::Start(end))
            .and_then(|_| tail.file.write_all(&frame))
            .map_err(failed);
        match written {
            Ok(()) => tail.end += frame.len() as u64,
            // Half a frame would be cut off at the next start, too.
            Err(_) => drop(tail.file.set_len(end)),
        }
        written
    }
}

fn frame(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; PREFIX];
    frame = postcard::to_extend(value, frame).map_err(io::Error::other)?;
    let payload = frame.len() - PREFIX;
    let length = u32::try_from(payload).map_err(io::Error::other)?;
    let checksum = crc32fast::hash(&frame[PREFIX..]);
    frame[..4].copy_from_slice(&length.to_le_bytes());
    frame[4..PREFIX].copy_from_slice(&checksum.to_le_bytes());
    Ok(frame)
}

/// Reads a journal frame by frame: what is no journal is not taken into memory.
struct Reader<'a> {
    dir: &'a Path,
    file: BufReader<&'a File>,
    /// Where the next frame begins.
    at: u64,
    /// Bytes of the file.
    length: u64,
}

/// The records, where the last whole frame ends, and the further options.
type Read = (Replay, u64, String);

impl Reader<'_> {
    /// Reads a journal; `None` if it had not been begun when its process was
    /// killed.
    fn read(mut self, now: &Header) -> Result<Option<Read>, JournalError> {
        let start = self.bytes(PREAMBLE as u64)?;
        let shortest = start.len().min(MAGIC.len());
        if start[..shortest] != MAGIC[..shortest] {
            return Err(JournalError::NotAJournal(self.dir.to_owned()));
        }
        let Some(version) = start.get(MAGIC.len()..PREAMBLE) else {
            return Ok(None);
        };
        let found = u32::from_le_bytes(
            version.try_into().expect("four bytes were taken"),
        );
        if found != VERSION {
            return Err(JournalError::Version {
                dir: self.dir.to_owned(),
                found,
            });
        }
        self.at = PREAMBLE as u64;
        let Some(then) = self.value::<Header>()? else { return Ok(None) };
        let dir = || self.dir.to_owned();
        if then.depth != now.depth {
            let [then, now] = [&then, now].map(Header::follow);
            return Err(JournalError::OtherDepth { dir: dir(), then, now });
        }
        if let Some(what) = difference(&then.sources, &now.sources) {
            return Err(JournalError::OtherSources { dir: dir(), what });
        }
        let mut before = Replay::new();
        while let Some((url, known)) =
            self.value::<(String, Record<'static>)>()?
        {
            before.insert(url, known);
        }
        Ok(Some((before, self.at, then.options)))
    }

    /// The value in the next frame, or `None` if that was cut short. Only the
    /// last one can have been; a wrong checksum before it is damage.
    fn value<T: for<'de> Deserialize<'de>>(
        &mut self,
    ) -> Result<Option<T>, JournalError> {
        let Some(rest) = (self.length - self.at).checked_sub(PREFIX as u64)
        else {
            return Ok(None);
        };
        let prefix = self.bytes(PREFIX as u64)?;
        let (length, checksum) =
            (u64::from(number(&prefix)), number(&prefix[4..]));
        if length == 0 || length > rest {
            // The end of a frame that was cut short, or a length that was
            // changed: then whole frames stand behind it.
            return if self.frame_follows()? {
                Err(self.damaged())
            } else {
                Ok(None)
            };
        }
        let payload = self.bytes(length)?;
        if crc32fast::hash(&payload) != checksum {
            return if length == rest { Ok(None) } else { Err(self.damaged()) };
        }
        let value =
            postcard::from_bytes(&payload).map_err(|_| self.damaged())?;
        self.at += PREFIX as u64 + length;
        Ok(Some(value))
    }

    /// Whether a whole frame begins somewhere behind the start of this one.
    fn frame_follows(&mut self) -> Result<bool, JournalError> {
        let rest = self.length - self.at;
        if rest > LONGEST_END {
            return Ok(true);
        }
        self.file
            .seek(SeekFrom::Start(self.at))
            .map_err(|source| self.failed(source))?;
        let rest = self.bytes(rest)?;
        let rest = rest.get(1..).unwrap_or_default();
        // Bytes of a page look like lengths, too; those that are summed up have
        // a bound.
        let mut summed = 0;
        Ok(rest.windows(PREFIX).enumerate().any(|(at, prefix)| {
            let payload = rest[at + PREFIX..]
                .get(..number(prefix) as usize)
                .unwrap_or_default();
            summed += payload.len();
            !payload.is_empty()
                && summed < MOST_SUMMED
                && crc32fast::hash(payload) == number(&prefix[4..])
        }))
    }

    /// The next bytes of the file; fewer at its end.
    fn bytes(&mut self, length: u64) -> Result<Vec<u8>, JournalError> {
        let mut bytes = Vec::new();
        let read = (&mut self.file).take(length).read_to_end(&mut bytes);
        read.map_err(|source| self.failed(source))?;
        Ok(bytes)
    }

    fn failed(&self, source: io::Error) -> JournalError {
        JournalError::Io { dir: self.dir.to_owned(), source }
    }

    fn damaged(&self) -> JournalError {
        JournalError::Damaged { dir: self.dir.to_owned(), at: self.at }
    }
}

/// The number in the first four bytes.
fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes[..4].try_into().expect("four bytes were taken"))
}

impl Header {
    fn follow(&self) -> String {
        self.depth.map_or("without --follow".into(), |depth| {
            format!("with --follow {depth}")
        })
    }
}

/// How two lists of sources differ, for a person.
fn difference(then: &[String], now: &[String]) -> Option<String> {
    let [then, now] =
        [then, now].map(|names| names.iter().collect::<BTreeSet<_>>());
    if let Some(gone) = then.difference(&now).next() {
        return Some(format!("'{gone}' is not among them now"));
    }
    let new = now.difference(&then).next()?;
    Some(format!("'{new}' was not among them"))
}

#[cfg(test)]
mod tests;
