//! Fetch all pages and throw them away: as the program fetches, and by its HTTP
//! client alone.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use chapter_06_pipeline::limit::discard;
use chapter_06_pipeline::pipeline::plan;
use chapter_06_pipeline::program::fetch::Fetcher;
use chapter_06_pipeline::program::run::concurrency::Concurrency;
use chapter_06_pipeline::program::run::runtime;
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Url;
use tokio::runtime::Runtime;

use super::pipeline::{client, get};
use super::{Line, argument, lines, since};

/// The way, the file of URLs, and how many requests at once.
pub(super) fn run(arguments: &[String]) -> Line {
    let (way, urls, at_once) = (
        argument::<String>(arguments, 0)?,
        lines(&argument::<String>(arguments, 1)?)?,
        argument(arguments, 2)?,
    );
    let runtime = runtime()?;
    let start = Instant::now();
    let bytes = match way.as_str() {
        "ours" => ours(&runtime, &urls, at_once)?,
        _ => runtime.block_on(plainly(&urls, at_once))?,
    };
    Ok(format!("seconds={} result={bytes}", since(start)))
}

/// reqwest, with a bound, and nothing else.
async fn plainly(urls: &[String], at_once: usize) -> reqwest::Result<u64> {
    let client = client()?;
    let pages = urls.iter().map(|url| get(&client, url));
    let pages = stream::iter(pages).buffer_unordered(at_once);
    pages.try_fold(0, async |sum, page| Ok(sum + page.len() as u64)).await
}

/// The program's way, with its limits for each host and its retries.
fn ours(
    runtime: &Runtime,
    urls: &[String],
    at_once: usize,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let urls = urls
        .iter()
        .map(|url| Url::parse(url))
        .collect::<Result<Vec<_>, _>>()?;
    let plan = plan(Concurrency::Fixed(at_once));
    let attempts = plan.attempts(Fetcher::new(&plan.fetch)?, &Arc::default());
    // A task, as the program's lanes are: what it waits for and it are on one
    // thread, which has not to wake another one for each page.
    let all = runtime.spawn(discard(attempts, urls, at_once));
    Ok(runtime.block_on(all)??)
}
