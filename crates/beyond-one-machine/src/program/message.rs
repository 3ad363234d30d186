//! What travels: jobs, their results, and the pieces of a result.
//!
//! Whoever knows the server's token can publish anything, so nothing that comes
//! is trusted: each message is read into a value whose numbers are within their
//! bounds, or it is refused. A digest is checked where it is read, see
//! [`Digest::from_bytes`](chapter_06_pipeline::program::digest::Digest::from_bytes).

use std::path::PathBuf;
use std::time::Duration;

use chapter_06_pipeline::program::directives::Directives;
use chapter_06_pipeline::program::failure::Kind;
use chapter_06_pipeline::program::fetch;
use chapter_06_pipeline::program::source::Source;
use serde::{Deserialize, Serialize};

use super::{Incarnation, Lane};

/// The first byte of every message. A worker of another version is told apart.
const VERSION: u8 = 2;
/// The largest body that a job may ask for, as on the command line.
const MOST_BODY: u64 = 1 << 30;
/// The longest that a job may ask a worker to wait, as on the command line.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);
/// Connections, or requests that were sent again, between two results. More are
/// nobody's, and could not be added up.
const MOST_COUNTED: u64 = u32::MAX as u64;
/// Jobs that one worker may have in hand, as on the command line.
pub const MOST_SLOTS: u32 = 1_000;
/// Pieces that one result may come in.
const MOST_PIECES: u32 = 8_192;

/// The bytes are no such message, or one of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is not one that this version of the program sends")]
pub struct Malformed;

/// Jobs that one message may have. More would save little, and would keep from
/// other workers what they could do.
pub const MOST_TOGETHER: usize = 8;

/// Jobs of one coordinator that travel together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    run: u64,
    process: u64,
    /// Whether the links of the pages are wanted.
    pub links: bool,
    connect_timeout: Duration,
    timeout: Duration,
    max_body: u64,
    jobs: Vec<Job>,
}

/// One request that a worker is to make, and whose body it is to digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The number of the job among those of its coordinator.
    pub number: u64,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    /// With the name and the password in it, if there are any: the worker needs
    /// them.
    Url(String),
    File(PathBuf),
}

impl Jobs {
    /// Jobs with the limits of their requests.
    pub fn new(
        from: Incarnation,
        links: bool,
        settings: &fetch::Settings,
        jobs: Vec<Job>,
    ) -> Jobs {
        let Incarnation { run, process } = from;
        let fetch::Settings { connect_timeout, timeout, max_body } = *settings;
        Jobs { run, process, links, connect_timeout, timeout, max_body, jobs }
    }

    /// The jobs as a message.
    pub fn to_bytes(&self) -> Vec<u8> {
        sealed(self)
    }

    /// The jobs of a message.
    ///
    /// # Errors
    /// If they are none, or ask for more than the command line allows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Jobs, Malformed> {
        let (jobs, rest) = opened::<Jobs>(bytes)?;
        let within = rest.is_empty()
            && (1..=MOST_TOGETHER).contains(&jobs.jobs.len())
            && (1..=MOST_BODY).contains(&jobs.max_body)
            && jobs.timeout <= LONGEST
            && jobs.connect_timeout <= LONGEST;
        if !within || jobs.jobs.iter().any(|job| job.source().is_none()) {
            return Err(Malformed);
        }
        Ok(jobs)
    }

    /// Who waits for the results.
    pub fn from(&self) -> Incarnation {
        Incarnation { run: self.run, process: self.process }
    }

    /// The limits of the requests.
    pub fn settings(&self) -> fetch::Settings {
        fetch::Settings {
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            max_body: self.max_body,
        }
    }

    /// Each job, at least one.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }
}

impl Job {
    /// The job of fetching a source, or `None` for a file whose name is no
    /// text: that cannot be sent.
    pub fn new(number: u64, source: &Source) -> Option<Job> {
        let place = match source {
            Source::Url(url) => Place::Url(url.as_str().to_owned()),
            Source::File(path) => Place::File(path.to_str()?.into()),
        };
        Some(Job { number, place })
    }

    /// Where the document comes from; `None` if that is neither a file nor of
    /// the web.
    pub fn source(&self) -> Option<Source> {
        match &self.place {
            Place::Url(url) => web(url).map(Source::Url),
            Place::File(path) => {
                path.is_absolute().then(|| Source::File(path.clone()))
            }
        }
    }

    /// The kind of place that it comes from.
    pub fn lane(&self) -> Lane {
        match self.place {
            Place::Url(_) => Lane::Url,
            Place::File(_) => Lane::File,
        }
    }

    /// Bytes that it takes in a message, about.
    pub fn size(&self) -> usize {
        let place = match &self.place {
            Place::Url(url) => url.len(),
            Place::File(path) => path.as_os_str().len(),
        };
        place + 16
    }
}

/// Numbers of jobs: those that a worker asks about, and those of them whose
/// results have not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers(pub Vec<u64>);

impl Numbers {
    /// The numbers as a message.
    pub fn to_bytes(&self) -> Vec<u8> {
        sealed(self)
    }

    /// The numbers of a message.
    ///
    /// # Errors
    /// If they are none, or more than one message has jobs.
    pub fn from_bytes(bytes: &[u8]) -> Result<Numbers, Malformed> {
        let (numbers, rest) = opened::<Numbers>(bytes)?;
        let within = rest.is_empty() && numbers.0.len() <= MOST_TOGETHER;
        within.then_some(numbers).ok_or(Malformed)
    }
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The worker.
    pub worker: u64,
    /// Jobs that it can have in hand at once.
    pub slots: u32,
    /// Connections that its worker has made since its last result.
    pub connections: u64,
    /// Requests that its worker has sent again since its last result.
    pub resent: u64,
    /// What came.
    pub answer: Answer,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A document.
    Document {
        /// Bytes of its body.
        size: u64,
        /// The server's directives.
        directives: Directives,
        /// Its digest, as bytes that have not been looked at.
        digest: Vec<u8>,
    },
    /// It is elsewhere.
    Redirect(reqwest::Url),
    /// There is none.
    Failed(fetch::Error),
}

#[derive(Serialize, Deserialize)]
struct SentOutcome {
    worker: u64,
    slots: u32,
    connections: u64,
    resent: u64,
    answer: SentAnswer,
}

#[derive(Serialize, Deserialize)]
enum SentAnswer {
    /// The digest follows, to the end.
    Document {
        size: u64,
        noindex: bool,
        nofollow: bool,
    },
    Redirect(String),
    Failed {
        kind: Kind,
        detail: String,
        transient: bool,
        retry_after: Option<Duration>,
        status: Option<u16>,
        answered: bool,
    },
}

impl Outcome {
    /// The outcome as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (answer, digest): (_, &[u8]) = match &self.answer {
            Answer::Document { size, directives, digest } => (
                SentAnswer::Document {
                    size: *size,
                    noindex: directives.noindex,
                    nofollow: directives.nofollow,
                },
                digest,
            ),
            Answer::Redirect(to) => {
                (SentAnswer::Redirect(to.as_str().to_owned()), &[])
            }
            Answer::Failed(error) => {
                let error = error.clone();
                let answer = SentAnswer::Failed {
                    kind: error.kind,
                    detail: error.detail,
                    transient: error.transient,
                    retry_after: error.retry_after,
                    status: error.status,
                    answered: error.answered,
                };
                (answer, &[])
            }
        };
        let &Outcome { worker, slots, connections, resent, .. } = self;
        let mut bytes =
            sealed(&SentOutcome { worker, slots, connections, resent, answer });
        bytes.extend_from_slice(digest);
        bytes
    }

    /// The outcome of these bytes.
    ///
    /// # Errors
    /// If they are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Outcome, Malformed> {
        let (sent, rest) = opened::<SentOutcome>(bytes)?;
        let SentOutcome { worker, slots, connections, resent, answer } = sent;
        if connections.max(resent) > MOST_COUNTED || slots > MOST_SLOTS {
            return Err(Malformed);
        }
        let answer = match answer {
            SentAnswer::Document { size, noindex, nofollow }
                if size <= MOST_BODY =>
            {
                let directives = Directives { noindex, nofollow };
                let digest = rest.to_vec();
                Answer::Document { size, directives, digest }
            }
            SentAnswer::Document { .. } => return Err(Malformed),
            _ if !rest.is_empty() => return Err(Malformed),
            SentAnswer::Redirect(to) => {
                Answer::Redirect(web(&to).ok_or(Malformed)?)
            }
            SentAnswer::Failed {
                kind,
                detail,
                transient,
                retry_after,
                status,
                answered,
                // How long a server asks to wait has no bound, also without
                // workers: whoever waits has one.
            } => Answer::Failed(fetch::Error {
                kind,
                detail,
                transient,
                retry_after,
                status,
                answered,
            }),
        };
        Ok(Outcome { worker, slots, connections, resent, answer })
    }
}

/// A piece of a result: all of it, unless it is larger than the server takes in
/// one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The job's number.
    pub number: u64,
    /// The delivery of the job that this is the result of: two workers that
    /// have both done it may have got two different pages.
    pub delivery: u64,
    /// Which piece it is, from 0.
    pub nth: u32,
    /// How many there are.
    pub of: u32,
    /// Its bytes.
    pub bytes: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct Head {
    number: u64,
    delivery: u64,
    nth: u32,
    of: u32,
    length: u64,
}

/// Bytes that a piece takes in a message beside its own, at most.
const HEAD: usize = 1 + 10 + 10 + 5 + 5 + 10;

/// A result as pieces that fit into messages of `most` bytes.
pub fn pieces(
    number: u64,
    delivery: u64,
    result: &[u8],
    most: usize,
) -> impl ExactSizeIterator<Item = Piece<'_>> {
    let chunks = result.chunks(most.saturating_sub(HEAD).max(1));
    let of = chunks.len() as u32;
    chunks.zip(0..of).map(move |(bytes, nth)| Piece {
        number,
        delivery,
        nth,
        of,
        bytes,
    })
}

impl<'a> Piece<'a> {
    /// Bytes that it takes in a message, at most.
    pub fn size(&self) -> usize {
        HEAD + self.bytes.len()
    }

    /// Appends it to a message.
    pub fn push_to(&self, message: &mut Vec<u8>) {
        let &Piece { number, delivery, nth, of, bytes } = self;
        let length = bytes.len() as u64;
        let head = Head { number, delivery, nth, of, length };
        message.extend_from_slice(&sealed(&head));
        message.extend_from_slice(bytes);
    }

    /// Takes one from the beginning of what is left of a message.
    ///
    /// # Errors
    /// If none stands there.
    pub fn take(message: &mut &'a [u8]) -> Result<Piece<'a>, Malformed> {
        let (head, rest) = opened::<Head>(message)?;
        let Head { number, delivery, nth, of, length } = head;
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        if nth >= of || of > MOST_PIECES {
            return Err(Malformed);
        }
        let (bytes, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        *message = rest;
        Ok(Piece { number, delivery, nth, of, bytes })
    }
}

/// A URL that a transport may ask for.
fn web(url: &str) -> Option<reqwest::Url> {
    let url: reqwest::Url = url.parse().ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn sealed(value: &impl Serialize) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION])
        .expect("memory takes what is in memory")
}

fn opened<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
) -> Result<(T, &'a [u8]), Malformed> {
    let (&VERSION, bytes) = bytes.split_first().ok_or(Malformed)? else {
        return Err(Malformed);
    };
    postcard::take_from_bytes(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests;
