//! Tokio: one task blocks the thread, and all others wait for it.
//!
//! cargo run -p timeline --example with_tokio

use std::thread;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{Instrument, info_span};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let timeline =
        timeline::timeline("three pages on one thread, one of them blocks");
    let paths = ["/", "/blog", "/about"];
    // The span belongs to the future: it is entered for each poll, and alive in
    // between.
    let fetches = paths.map(|path| {
        tokio::spawn(fetch(path).instrument(info_span!("fetch", path)))
    });
    for fetch in fetches {
        fetch.await.expect("a fetch does not panic");
    }
    timeline.draw();
}

async fn fetch(path: &str) {
    sleep(Duration::from_millis(10)).await;
    if path == "/blog" {
        // The mistake: this is not `sleep(…).await`, and keeps the thread from
        // the others.
        thread::sleep(Duration::from_millis(30));
    }
    sleep(Duration::from_millis(10)).await;
}
