//! A server that misbehaves in every way: each fault is a row in the report, the rest is exact.

use std::error::Error;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use origin::{Fault, Generator, Origin, RetryAfter, Site};
use reqwest::{Client, Url};
use tokio_util::sync::CancellationToken;

use crate::program::body::{Body, MediaType};
use crate::program::digest::{Digest, Extract, Unreadable, digest, digest_body};
use crate::program::fetch;
use crate::program::index::{Builder, Index};
use crate::program::report::Report;
use crate::program::run::concurrency::Concurrency;
use crate::program::run::{self, Plan, Progress};
use crate::program::source::Source;

// ANCHOR: faults
/// One page for each fault, named for it.
pub fn faults() -> Vec<(&'static str, Fault)> {
    let long = RetryAfter::Seconds(600);
    let soon = RetryAfter::Seconds(1);
    vec![
        ("/gone.html", Fault::NotFound),
        ("/busy-for-long.html", Fault::Unavailable { retry_after: long }),
        ("/busy-once.html", Fault::first(1, Fault::Unavailable { retry_after: soon })),
        ("/reset-once.html", Fault::first(1, Fault::Reset)),
        ("/reset.html", Fault::Reset),
        ("/lying-length.html", Fault::ShortBody),
        ("/slow-drip.html", Fault::SlowDrip { bytes: 1, every: Duration::from_millis(50) }),
        ("/silent.html", Fault::Hang),
        ("/endless.html", Fault::Endless),
        ("/gzip-bomb.html", Fault::GzipBomb { size: 64 << 20 }),
    ]
}
// ANCHOR_END: faults

/// A page of a good server that our own code cannot bear.
const POISONED: &str = "/poisoned.html";

/// Twenty good pages, one for each fault, and a poisoned one.
pub fn misbehaving() -> std::io::Result<Origin> {
    let good =
        Site::generated(Generator { pages: 20, words_per_page: 100, ..Generator::default() });
    let page =
        |path: &'static str| (path, format!("<title>{path}</title><p>{}", "late ".repeat(50)));
    let bad = Site::pages(faults().into_iter().map(|(path, _)| page(path)));
    let poison = Site::pages([(POISONED, "<p>POISON")]);
    let mut server = Origin::serve(good.and(bad).and(poison));
    for (path, fault) in faults() {
        server = server.fault(path, fault);
    }
    server.start()
}

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

/// A client as it comes: no timeout, no bound on a body.
fn client() -> reqwest::Result<Client> {
    // The first caller in a process decides; a second finds the same provider there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build()
}

// ANCHOR: plan
/// What the program is allowed to wait for, to keep, and to repeat.
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
pub async fn careful(origin: &Origin, plan: Plan) -> Result<(Index, Report), Box<dyn Error>> {
    let urls = origin.urls();
    let sources =
        urls.iter().map(|url| Url::parse(url).map(Source::Url)).collect::<Result<_, _>>()?;
    let progress = Arc::new(Progress::default());
    Ok(run::run(plan, sources, CancellationToken::new(), progress).await?)
}

// ANCHOR: exact
/// What the index must be: all pages but those that failed, from memory, one after the other.
pub fn exact(origin: &Origin, report: &Report) -> Index {
    let builder = Builder::new();
    for path in origin.site().paths() {
        let url = origin.url_of(&path);
        if report.failures.iter().all(|failure| failure.url != url) {
            let page = origin.site().page(&path).expect("the site has its own pages");
            let digest = digest(&page, MediaType::Html, None).expect("it is a page");
            builder.add(&url, page.len() as u64, digest);
        }
    }
    builder.finish()
}
// ANCHOR_END: exact

/// The naive reader, and the program, at the same server.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
pub async fn main() -> Result<(), Box<dyn Error>> {
    hush();
    let origin = misbehaving()?;
    let bad = faults();
    let mut paths = origin.site().paths();
    let all = paths.len();
    paths.retain(|path| path != POISONED && bad.iter().all(|(bad, _)| path != bad));
    println!("{all} pages: {} good ones, {} with a fault, 1 poisoned\n", paths.len(), bad.len());

    println!("the wrong way, unwrap:");
    paths.extend(bad.iter().map(|(path, _)| (*path).to_owned()));
    let urls = paths.iter().map(|path| origin.url_of(path)).collect();
    let read = Arc::new(AtomicUsize::new(0));
    let ended = tokio::spawn(naive(client()?, urls, Arc::clone(&read))).await;
    println!("  it read {} pages", read.load(Ordering::Relaxed));
    let error_pages = ["/gone.html", "/busy-for-long.html", "/busy-once.html"];
    let taken = error_pages.iter().filter(|path| origin.requests_of(path) > 0).count();
    println!("  {taken} of them are error pages, taken for pages");
    if let Err(error) = ended {
        let payload = error.into_panic();
        let said = payload.downcast_ref::<String>().map_or("not said", String::as_str);
        println!("  then it was over: {}", said.split(" {").next().unwrap_or(said));
    }

    let origin = misbehaving()?;
    let (index, report) = careful(&origin, plan()).await?;
    println!("\nthe program:");
    println!("  {} pages in the index, {} failed", report.documents, report.failed);
    for path in bad.into_iter().map(|(path, _)| path).chain([POISONED]) {
        let (asked, url) = (origin.requests_of(path), origin.url_of(path));
        let failure = report.failures.iter().find(|failure| failure.url == url);
        let (kind, detail) = failure.map_or(("indexed", "at the second attempt"), |failure| {
            (failure.kind.name(), failure.detail.as_str())
        });
        let detail = detail.replace("; ", &format!(";\n{:40}", ""));
        println!("  {path:20} {asked}×  {kind:12} {detail}");
    }
    let same = if index == exact(&origin, &report) { "exactly" } else { "NOT" };
    println!("\nthe index is {same} that of the {} other pages read from memory", report.documents);
    Ok(())
}

/// Keeps the panics that this lesson is about off the terminal.
fn hush() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        if !said.contains("poisoned") && !said.contains("reqwest::Error") {
            before(info);
        }
    }));
}

#[cfg(test)]
mod tests;
