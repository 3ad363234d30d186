//! The server that misbehaves, a client without bounds, and what is printed of
//! a run.

use std::time::Duration;

use origin::{Fault, Generator, Origin, RetryAfter, Site};
use reqwest::Client;
use tokio::task::JoinError;

use crate::program::report::Report;

// ANCHOR: faults
/// One page for each fault, named for it.
pub fn faults() -> Vec<(&'static str, Fault)> {
    let long = RetryAfter::Seconds(600);
    let soon = RetryAfter::Seconds(1);
    vec![
        ("/gone.html", Fault::NotFound),
        ("/busy-for-long.html", Fault::Unavailable { retry_after: long }),
        (
            "/busy-once.html",
            Fault::first(1, Fault::Unavailable { retry_after: soon }),
        ),
        ("/reset-once.html", Fault::first(1, Fault::Reset)),
        ("/reset.html", Fault::Reset),
        ("/lying-length.html", Fault::ShortBody),
        (
            "/slow-drip.html",
            Fault::SlowDrip { bytes: 1, every: Duration::from_millis(50) },
        ),
        ("/silent.html", Fault::Hang),
        ("/endless.html", Fault::Endless),
        ("/gzip-bomb.html", Fault::GzipBomb { size: 64 << 20 }),
    ]
}
// ANCHOR_END: faults

/// A page of a good server that our own code cannot bear.
pub(super) const POISONED: &str = "/poisoned.html";

/// Twenty good pages, one for each fault, and a poisoned one.
pub(super) fn misbehaving() -> std::io::Result<Origin> {
    let good = Site::generated(Generator {
        pages: 20,
        words_per_page: 100,
        ..Generator::default()
    });
    let page = |path: &'static str| {
        (path, format!("<title>{path}</title><p>{}", "late ".repeat(50)))
    };
    let bad = Site::pages(faults().into_iter().map(|(path, _)| page(path)));
    let poison = Site::pages([(POISONED, "<p>POISON")]);
    let mut server = Origin::serve(good.and(bad).and(poison));
    for (path, fault) in faults() {
        server = server.fault(path, fault);
    }
    server.start()
}

/// A client as it comes: no timeout, no bound on a body.
pub(super) fn client() -> reqwest::Result<Client> {
    // The first caller in a process decides; a second finds the same provider
    // there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build()
}

/// How many error pages the naive reader took for pages.
pub(super) fn print_error_pages(origin: &Origin) {
    let error_pages = ["/gone.html", "/busy-for-long.html", "/busy-once.html"];
    let taken =
        error_pages.iter().filter(|path| origin.requests_of(path) > 0).count();
    println!("  {taken} of them are error pages, taken for pages");
}

/// The first words of the panic that ended a task.
pub(super) fn print_panic(error: JoinError) {
    let payload = error.into_panic();
    let message =
        payload.downcast_ref::<String>().map_or("no message", String::as_str);
    println!(
        "  then it was over: {}",
        message.split(" {").next().unwrap_or(message)
    );
}

/// A line for each page with a fault: how often it was requested, and what
/// became of it.
pub(super) fn print_rows(origin: &Origin, report: &Report) {
    for path in faults().into_iter().map(|(path, _)| path).chain([POISONED]) {
        let (asked, url) = (origin.requests_of(path), origin.url_of(path));
        let failure = report.failures.iter().find(|failure| failure.url == url);
        let (kind, detail) = failure
            .map_or(("indexed", "at the second attempt"), |failure| {
                (failure.kind.name(), failure.detail.as_str())
            });
        let detail = detail.replace("; ", &format!(";\n{:40}", ""));
        println!("  {path:20} {asked}×  {kind:12} {detail}");
    }
}
