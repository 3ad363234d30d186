//! The whole program against real sockets, judged by what an independent route finds.

mod command;
mod corpus;
mod counts;
mod crawls;
mod faults;
mod follow;
mod layers;
mod resume;
mod scenarios;

use std::env;
use std::fmt::Debug;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chapter_06_pipeline::program::index::Index;
use chapter_06_pipeline::program::journal::{Journal, JournalError};
use chapter_06_pipeline::program::report::Report;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::{Plan, Progress, run, runtime};
use chapter_06_pipeline::program::source::Source;
use origin::Origin;
use tokio_util::sync::CancellationToken;
use witness::{PATIENT, within};

/// No test may take this long on any machine; a hung one is named.
const LIMIT: Duration = Duration::from_secs(240);

fn sources(origin: &Origin) -> Vec<Source> {
    let urls = origin.urls().into_iter();
    urls.map(|url| Source::Url(url.parse().expect("the origin's URLs are valid"))).collect()
}

/// The origin is the only host: it may have every place.
fn plan(concurrency: usize) -> Plan {
    Plan { concurrency: Concurrency::Fixed(concurrency), per_host: concurrency, ..Plan::default() }
}

/// Opens a state that its last run has let go of.
fn open_journal(dir: &Path, sources: &[Source], depth: Option<u32>) -> Journal {
    try_open_journal(dir, sources, depth).expect("it can be kept")
}

/// Opens a state. A process that another test starts at this moment has a copy of the lock until
/// its own program begins: that is waited for.
fn try_open_journal(
    dir: &Path,
    sources: &[Source],
    depth: Option<u32>,
) -> Result<Journal, JournalError> {
    loop {
        match Journal::open(dir, sources, depth) {
            Err(JournalError::InUse(_)) => thread::yield_now(),
            state => return state,
        }
    }
}

fn run_all(plan: Plan, sources: Vec<Source>) -> (Index, Report) {
    let run = run(plan, sources, CancellationToken::new(), Arc::new(Progress::default()));
    runtime().expect("a runtime").block_on(run).expect("the client and the pool can be made")
}

/// Makes what each seed stands for and looks for problems with it. A failure names the seed.
fn try_seeds<T: Debug + Send + 'static>(
    seeds: impl Iterator<Item = u64>,
    make: impl Fn(u64) -> T,
    problems: fn(&T) -> Vec<String>,
) {
    for seed in seeds {
        let made = make(seed);
        let shown = format!("seed {seed}: {made:#?}");
        let run = AssertUnwindSafe(|| within(PATIENT, move || problems(&made)));
        let wrong = panic::catch_unwind(run);
        let wrong = wrong.unwrap_or_else(|_| panic!("it panicked or hung\n{shown}"));
        assert!(wrong.is_empty(), "{wrong:#?}\n{shown}");
    }
}

/// The seeds that `just faults` was asked for.
fn asked_seeds() -> Range<u64> {
    let asked = env::var("OVERLAP_SEEDS").expect("OVERLAP_SEEDS says which, as in 5000..6000");
    let (from, to) = asked.split_once("..").unwrap_or((&asked, ""));
    let from = from.parse().expect("the first seed is a number");
    let to = if to.is_empty() { from + 1 } else { to.parse().expect("the end is a number") };
    from..to
}
