//! Fetch all pages and throw them away, as the program fetches.

use std::sync::Arc;
use std::time::Instant;

use chapter_06_pipeline::limit::discard;
use chapter_06_pipeline::pipeline::plan;
use chapter_06_pipeline::program::fetch::Fetcher;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::runtime;
use reqwest::Url;

use super::{Line, argument, lines, since};

/// The file of URLs, and how many requests at once.
pub(super) fn run(arguments: &[String]) -> Line {
    let (urls, at_once) =
        (lines(&argument::<String>(arguments, 0)?)?, argument(arguments, 1)?);
    let runtime = runtime()?;
    let start = Instant::now();
    let urls = urls
        .iter()
        .map(|url| Url::parse(url))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = plan(Concurrency::Fixed(at_once));
    let attempts = plan.attempts(Fetcher::new(&plan.fetch)?, &Arc::default());
    // A task, as the program's lanes are: what it waits for and it are on one
    // thread, which has not to wake another one for each page.
    let all = runtime.spawn(discard(attempts, urls, at_once));
    let bytes = runtime.block_on(all)??;
    Ok(format!("seconds={} result={bytes}", since(start)))
}
