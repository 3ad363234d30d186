//! The whole program against real sockets, judged by what an independent route
//! finds.

mod command;
mod corpus;
mod counts;
mod crawls;
mod dear;
mod faults;
mod field;
mod follow;
mod hosts;
mod layers;
mod outages;
mod pages;
mod queries;
mod resume;
mod scenarios;
mod seeded;
mod small;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::journal::{Journal, JournalError};
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use chapter_06_pipeline::program::source::Source;
use origin::Origin;
use tokio_util::sync::CancellationToken;

fn sources(origin: &Origin) -> Vec<Source> {
    let urls = origin.urls().into_iter();
    urls.map(|url| {
        Source::Url(url.parse().expect("the origin's URLs are valid"))
    })
    .collect()
}

/// The origin is the only host: it may have every permit.
fn plan(concurrency: usize) -> Plan {
    Plan {
        concurrency: Concurrency::Fixed(concurrency),
        per_host: concurrency,
        ..Plan::default()
    }
}

/// Opens a journal that its last run has let go of.
fn open_journal(dir: &Path, sources: &[Source], depth: Option<u32>) -> Journal {
    try_open_journal(dir, sources, depth).expect("it can be kept")
}

/// Opens a journal. A process that another test starts at this moment has a
/// copy of the lock until its own program begins: that is waited for.
fn try_open_journal(
    dir: &Path,
    sources: &[Source],
    depth: Option<u32>,
) -> Result<Journal, JournalError> {
    loop {
        match Journal::open(dir, sources, depth) {
            Err(JournalError::InUse(_)) => thread::yield_now(),
            journal => return journal,
        }
    }
}

fn run_all(plan: Plan, sources: Vec<Source>) -> (Index, Report) {
    let run = run(
        plan,
        sources,
        CancellationToken::new(),
        Arc::new(Progress::default()),
    );
    runtime()
        .expect("a runtime")
        .block_on(run)
        .expect("the client and the pool can be made")
}
