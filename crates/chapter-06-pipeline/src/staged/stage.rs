//! The site, and the table.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use lessons::measure::{Table, human, in_turn};
use origin::{Generator, Origin, Site};
use reqwest::Url;
use tokio::runtime::Builder;

use super::{AT_ONCE, Stages, overlap, staged, streamed};
use crate::program::body::Body;
use crate::program::digest::digest;
use crate::program::fetch::{self, Fetcher};
use crate::program::progress::{BodyBytes, Memory};
use crate::program::run::Plan;
use crate::program::run::bridge::{Bridge, Panicked};
use crate::program::source::Source;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A page did not come.
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    /// A page is elsewhere. The program goes there, see its `attempts`; this
    /// lesson does not.
    #[error("{0} has moved to {1}")]
    Moved(Source, Url),
    /// A page could not be digested.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// A page that has been fetched.
#[derive(Debug)]
pub struct Page {
    /// Where it came from.
    pub url: String,
    /// The answer's body.
    pub body: Body,
    pub(super) _held: BodyBytes,
}

/// The number of words that the program finds in a page.
pub fn words(page: &Page) -> u64 {
    let Body { bytes, media_type, charset, .. } = &page.body;
    digest(bytes, *media_type, charset.as_deref())
        .expect("made-up pages are HTML")
        .words
        .into()
}

/// A server's pages as sources for the program.
pub fn sources(origin: &Origin) -> Result<Vec<Source>, Box<dyn Error>> {
    origin.urls().iter().map(|url| Ok(Source::Url(Url::parse(url)?))).collect()
}

/// A made-up site on a server that waits for `latency`, and up to `jitter`
/// longer.
pub(super) fn serve(
    latency: Duration,
    jitter: Duration,
) -> Result<Origin, Box<dyn Error>> {
    let generator =
        Generator { pages: 128, words_per_page: 4_000, ..Generator::default() };
    println!(
        "{} pages of {} words, each {} to {} ms away; {AT_ONCE} at once\n",
        generator.pages,
        generator.words_per_page,
        latency.as_millis(),
        (latency + jitter).as_millis()
    );
    let site = Site::generated(generator).preload()?;
    Ok(Origin::serve(site).latency(latency).jitter(jitter).start()?)
}

type Parts = Stages<Fetcher, fn(&Page) -> u64>;

/// The program's client and bridge.
pub(super) fn stages() -> io::Result<Parts> {
    let plan = Plan::default();
    let (transport, bridge) =
        (Fetcher::new(&plan.fetch)?, Bridge::new(plan.threads)?);
    Ok(Stages { transport, bridge, digest: words, memory: Memory::default() })
}

/// One run: how long it took, how long both stages were at work, the most pages
/// and bytes in memory, and the words.
type Round = (Duration, Duration, (usize, u64), u64);

fn round(
    run: impl FnOnce(&Parts) -> Result<u64, Box<dyn Error>>,
) -> Result<Round, Box<dyn Error>> {
    let parts = stages()?;
    let (timeline, start) = (timeline::timeline("measured"), Instant::now());
    let words = run(&parts)?;
    let took = start.elapsed();
    let recording = timeline.finish();
    let both = overlap(recording.named("fetch"), recording.named("digest"));
    Ok((took, both, parts.memory.most(), words))
}

/// Measures both ways in turn.
pub(super) fn print_table(sources: &[Source]) -> Result<(), Box<dyn Error>> {
    const ROUNDS: usize = 3;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut staged = || {
        round(|parts| Ok(runtime.block_on(staged(parts, sources, AT_ONCE))?))
    };
    let mut streamed = || {
        round(|parts| Ok(runtime.block_on(streamed(parts, sources, AT_ONCE))?))
    };
    let rounds = in_turn(ROUNDS, [&mut staged, &mut streamed]);
    let mut table =
        Table::new(["", "time", "both at once", "most in memory", "", "words"]);
    for (name, rounds) in ["staged", "streamed"].into_iter().zip(rounds) {
        let rounds = rounds.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (took, both, (pages, bytes), words) =
            rounds.into_iter().min().expect("some rounds");
        let (pages, bytes) =
            (format!("{pages} pages"), format!("{:.1} MB", bytes as f64 / 1e6));
        table.row([
            name.to_owned(),
            human(took),
            human(both),
            pages,
            bytes,
            words.to_string(),
        ]);
    }
    print!("\nthe fastest of {ROUNDS}\n{table}");
    Ok(())
}
