//! The full program indexes the Rust documentation.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use origin::{Origin, Site};
use reqwest::Url;
use tokio_util::sync::CancellationToken;

use crate::cli::print;
use crate::program::index::{Index, Query};
use crate::program::report::Report;
use crate::program::run::concurrency::Concurrency;
use crate::program::run::{self, Plan, Progress};
use crate::program::source::Source;

/// Indexes pages of our own server.
pub async fn pipeline(
    urls: &[String],
    concurrency: Concurrency,
) -> Result<(Index, Report), Box<dyn Error>> {
    let sources = urls
        .iter()
        .map(|url| Url::parse(url).map(Source::Url))
        .collect::<Result<_, _>>()?;
    let (stop, progress) =
        (CancellationToken::new(), Arc::new(Progress::default()));
    Ok(run::run(plan(concurrency), sources, stop, progress).await?)
}

/// A plan in which the only host, our own, may have every permit.
pub fn plan(concurrency: Concurrency) -> Plan {
    Plan { concurrency, per_host: 1 << 20, ..Plan::default() }
}

/// Indexes the Rust documentation at 20 ms latency, reports, and searches it
/// once.
pub fn main() -> Result<(), Box<dyn Error>> {
    let site = Site::best().preload()?;
    println!("{}", site.describe());
    let origin =
        Origin::serve(site).latency(Duration::from_millis(20)).start()?;
    let runtime = run::runtime()?;

    let timeline =
        timeline::timeline("fetching waits while digesting computes");
    let (index, report) =
        runtime.block_on(pipeline(&origin.urls(), Concurrency::Auto))?;
    timeline.draw();
    println!();
    anstream::print!("{}", print::table(&report.with_top(&index, 10)));

    let query = Query::parse("\"data race\" thread")?;
    let found = index.search(&query, 1);
    if let Some(best) = found.hits.first() {
        println!(
            "\n\"data race\" and thread stand in {} documents; the best is",
            found.total
        );
        println!("  {}", best.document.title());
    }
    Ok(())
}
