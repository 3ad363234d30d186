//! Every fault is a row in the report, the rest is exact.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use origin::Origin;
use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;

use self::stage::{POISONED, client, misbehaving};
use crate::program::body::{Body, MediaType};
use crate::program::digest::{
    Digest, Extract, Unreadable, digest, digest_body,
};
use crate::program::fetch;
use crate::program::index::{Builder, Index};
use crate::program::report::Report;
use crate::program::run::concurrency::Concurrency;
use crate::program::run::{self, Plan, Progress};
use crate::program::source::Source;

// ANCHOR: naive
/// Reads page after page and counts them, and unwraps what may fail.
pub async fn naive(client: Client, urls: Vec<String>, read: Arc<AtomicUsize>) {
    for url in urls {
        let response = client.get(url).send().await.unwrap();
        let page = response.text().await.unwrap();
        assert!(!page.contains("POISON"), "this page is poisoned");
        read.fetch_add(1, Ordering::Relaxed);
    }
}
// ANCHOR_END: naive

// ANCHOR: plan
/// A plan with little patience: for waiting, for large bodies, for other
/// attempts.
pub fn plan() -> Plan {
    let fetch = fetch::Settings {
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_millis(300),
        max_body: 1 << 20,
    };
    Plan {
        concurrency: Concurrency::Fixed(8),
        retries: 1,
        fetch,
        digest: fragile,
        ..Plan::default()
    }
}

/// The program's digest, with a bug.
fn fragile(body: &Body, extract: Extract) -> Result<Digest, Unreadable> {
    assert!(!body.bytes.ends_with(b"POISON"), "this page is poisoned");
    digest_body(body, extract)
}
// ANCHOR_END: plan

/// Runs the program over all pages of a server.
pub async fn careful(
    origin: &Origin,
    plan: Plan,
) -> Result<(Index, Report), Box<dyn Error>> {
    let urls = origin.urls();
    let sources = urls
        .iter()
        .map(|url| Url::parse(url).map(Source::Url))
        .collect::<Result<_, _>>()?;
    let progress = Arc::new(Progress::default());
    Ok(run::run(plan, sources, CancellationToken::new(), progress).await?)
}

// ANCHOR: exact
/// The index as it must be: all pages but those that failed, from memory, one
/// after the other.
pub fn exact(origin: &Origin, report: &Report) -> Index {
    let builder = Builder::new();
    for path in origin.site().paths() {
        let url = origin.url_of(&path);
        if report.failures.iter().all(|failure| failure.url != url) {
            let page =
                origin.site().page(&path).expect("the site has its own pages");
            let digest =
                digest(&page, MediaType::Html, None).expect("it is a page");
            builder.add(&url, page.len() as u64, digest);
        }
    }
    builder.finish()
}
// ANCHOR_END: exact

/// The naive reader, and the program, at the same server.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let _hidden = lessons::hide_panics(|_, message| {
        message.contains("poisoned") || message.contains("reqwest::Error")
    });
    let (origin, faults) = (misbehaving()?, faults());
    let mut paths = origin.site().paths();
    let all = paths.len();
    paths.retain(|path| {
        path != POISONED && faults.iter().all(|(bad, _)| path != bad)
    });
    println!(
        "{all} pages: {} good ones, {} with a fault, 1 poisoned\n",
        paths.len(),
        faults.len()
    );

    println!("the wrong way, unwrap:");
    paths.extend(faults.iter().map(|(path, _)| (*path).to_owned()));
    let urls = paths.iter().map(|path| origin.url_of(path)).collect();
    let read = Arc::new(AtomicUsize::new(0));
    let ended = tokio::spawn(naive(client()?, urls, Arc::clone(&read))).await;
    println!("  it read {} pages", read.load(Ordering::Relaxed));
    stage::print_error_pages(&origin);
    if let Err(error) = ended {
        stage::print_panic(error);
    }

    let origin = misbehaving()?;
    let (index, report) = careful(&origin, plan()).await?;
    println!("\nthe program:");
    println!(
        "  {} pages in the index, {} failed",
        report.documents, report.failed
    );
    stage::print_rows(&origin, &report);
    let same = if index == exact(&origin, &report) { "exactly" } else { "NOT" };
    println!(
        "\nthe index is {same} that of the {} other pages read from memory",
        report.documents
    );
    Ok(())
}

mod stage;
pub use stage::faults;

#[cfg(test)]
mod tests;
