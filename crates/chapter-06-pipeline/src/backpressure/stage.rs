//! Sites, stages whose slow side is the digest, and the table.

use std::error::Error;
use std::io;
use std::sync::Arc;

use lessons::measure::Table;
use origin::{Generator, Origin, Site};

use super::{BOUND, CAP, bounded, into_index, unbounded};
use crate::program::fetch::limits::Limits;
use crate::program::fetch::{self, Fetcher};
use crate::program::progress::Memory;
use crate::program::run::Plan;
use crate::program::run::bridge::Bridge;
use crate::staged::{Page, Stages, sources};

/// A site with `pages` pages, on a server without latency.
pub(super) fn serve(pages: usize) -> Result<Origin, Box<dyn Error>> {
    let generator =
        Generator { pages, words_per_page: 4_000, ..Generator::default() };
    Ok(Origin::serve(Site::generated(generator).preload()?).start()?)
}

/// The program's stages, with one thread to digest: the slow side.
pub(super) fn stages()
-> io::Result<Arc<Stages<Fetcher, impl Fn(&Page) -> u64 + Clone + Send + Sync>>>
{
    let settings = fetch::Settings { max_body: CAP, ..Plan::default().fetch };
    Ok(Arc::new(Stages {
        transport: Fetcher::new(&settings)?,
        bridge: Bridge::new(1)?,
        digest: into_index(Arc::default()),
        memory: Memory::default(),
    }))
}

/// Indexes sites of growing size both ways.
pub(super) async fn print_table() -> Result<(), Box<dyn Error>> {
    const ROUNDS: usize = 3;
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let mut table = Table::new([
        "pages",
        "input",
        "unbounded",
        "",
        "permits",
        "bounded",
        "",
        "permits",
    ]);
    for pages in [40, 80, 160, 320] {
        let origin = serve(pages)?;
        let sources = sources(&origin)?;
        // A busy moment slows the requests down, and fewer pages queue: the
        // most of the rounds.
        let [mut without, mut with] = [((0, 0), 0); 2];
        for _ in 0..ROUNDS {
            let (parts, limits) = (stages()?, Limits::new(BOUND, BOUND, None));
            let words = unbounded(&parts, &limits, sources.clone()).await?;
            without = without.max((parts.memory.most(), limits.peak()));

            let (parts, limits) = (stages()?, Limits::new(BOUND, BOUND, None));
            let same = bounded(&parts, &limits, sources.clone()).await?;
            assert_eq!(same, words, "the same pages");
            with = with.max((parts.memory.most(), limits.peak()));
        }
        let [a, b] = [without, with].map(|((most, bytes), permits)| {
            [format!("{most} pages"), mb(bytes), permits.to_string()]
        });
        let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
        let input = mb(origin.site().page_bytes());
        table.row([pages.to_string(), input, a0, a1, a2, b0, b1, b2]);
    }
    let kib = CAP >> 10;
    println!(
        "\nthe most in memory in {ROUNDS} rounds, with {BOUND} permits and bodies of at most {kib} KiB"
    );
    print!("{table}");
    let most = mb(BOUND as u64 * CAP);
    println!(
        "bounded, never more than permits × cap: {BOUND} × {kib} KiB = {most}"
    );
    Ok(())
}
