//! The program over workers: chapter 6's run, with its requests and digests
//! made elsewhere.
//!
//! ```text
//!             coordinator                NATS JetStream               workers
//!
//!  chapter 6's run ──► request ──► OVERLAP-JOBS ──────────────► fetch ──► digest
//!  (limits, retries,               a work queue of files          │
//!   robots.txt, links,                                            │
//!   journal, index)  ◄── result ◄── OVERLAP-RESULTS ◄─────────────┘
//! ```
//!
//! What concerns many documents stays in one place, and that is chapter 6's own
//! code: the [`coordinator`] gives it a
//! [`Transport`](chapter_06_pipeline::program::fetch::Transport) that asks
//! workers instead of the network. A job is published only when the limits
//! allow its request, so they hold over all workers together. A [`worker`]
//! knows one document at a time.
//!
//! [`message`] is what travels, [`connection`] the way to the server.

pub mod connection;
pub mod coordinator;
pub mod local;
pub mod message;
pub mod worker;

use std::time::Duration;

/// The stream of jobs that nobody has done yet.
pub const JOBS: &str = "OVERLAP-JOBS";
/// The stream of results that no coordinator has taken yet.
pub const RESULTS: &str = "OVERLAP-RESULTS";

/// Bytes that the stream of jobs may have. When it is full, the server refuses
/// more, and who publishes waits.
const JOBS_BYTES: i64 = 64 << 20;
/// Bytes that the stream of results may have.
const RESULTS_BYTES: i64 = 256 << 20;
/// What nobody has taken for so long is thrown away: its run is gone.
const OLDEST: Duration = Duration::from_secs(24 * 3_600);

/// A worker that says nothing of a job for so long has lost it, and another one
/// gets it.
pub const ACK_WAIT: Duration = Duration::from_secs(3);
/// So often a worker says that it still has its jobs.
const PROGRESS: Duration = Duration::from_millis(700);
/// Deliveries after which jobs are not tried again: each worker that had them
/// has ended.
const MOST_DELIVERIES: i64 = 10;

/// A server that is away for longer is not waited for.
pub const LONGEST_AWAY: Duration = Duration::from_secs(300);
/// For the last words to the server.
const FAREWELL: Duration = Duration::from_secs(2);
/// Until something is asked of the server again.
const RETRY: Duration = Duration::from_millis(200);

/// The two kinds of jobs. A file is on some machines only, so only workers that
/// may read it take such a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A URL, which every worker can fetch.
    Url,
    /// A file.
    File,
}

impl Lane {
    /// The name of its consumer, and a part of its subjects.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Url => "url",
            Lane::File => "file",
        }
    }
}

/// One process that coordinates a run. The same run may have several, one after
/// the other: each goes on where the last one was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// The run.
    pub run: u64,
    /// The process.
    pub process: u64,
}

impl Incarnation {
    /// The subject of one message with jobs.
    fn jobs(self, lane: Lane, number: u64) -> String {
        let Incarnation { run, process } = self;
        let lane = lane.name();
        format!("overlap.jobs.{lane}.{run:016x}.{process:016x}.{number}")
    }

    /// The subject of all jobs of the run, of every process.
    fn jobs_of_run(self) -> String {
        format!("overlap.jobs.*.{:016x}.>", self.run)
    }

    /// The subject on which workers ask which jobs are still wanted.
    fn wanted(self) -> String {
        let Incarnation { run, process } = self;
        format!("overlap.wanted.{run:016x}.{process:016x}")
    }

    /// The subject of the results.
    fn results(self) -> String {
        let Incarnation { run, process } = self;
        format!("overlap.results.{run:016x}.{process:016x}")
    }

    /// The subject of all results of the run, of every process.
    fn results_of_run(self) -> String {
        format!("overlap.results.{:016x}.>", self.run)
    }
}
