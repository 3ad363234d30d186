//! Tokio fetches, Rayon counts, a thread writes: too many spans for a row each,
//! so the picture has a row for each stage and each thread.
//!
//! cargo run -p timeline --example all_three

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{Instrument, info_span};

fn main() {
    let timeline = timeline::timeline("30 pages fetched, counted and written");
    let (counted, counts) = mpsc::channel();
    let writer = thread::Builder::new().name("writer".into());
    let writer = writer
        .spawn(move || {
            for (page, letters) in counts {
                info_span!("write", page).in_scope(|| write(page, letters));
            }
        })
        .expect("a thread can be started");

    Runtime::new().expect("a runtime can be made").block_on(async {
        let mut pages = JoinSet::new();
        for page in 0..30 {
            let counted = counted.clone();
            pages.spawn(async move {
                let text =
                    fetch(page).instrument(info_span!("fetch", page)).await;
                // Made here and entered there: until Rayon takes the job, it
                // waits.
                let count = info_span!("count", page);
                rayon::spawn(move || {
                    let letters = count.in_scope(|| count_letters(&text));
                    counted
                        .send((page, letters))
                        .expect("the writer is there to the end");
                });
            });
        }
        pages.join_all().await;
    });
    drop(counted);
    writer.join().expect("the writer does not panic");
    timeline.draw();
}

async fn fetch(page: u64) -> String {
    sleep(Duration::from_millis(5 + page % 5 * 4)).await;
    "All happy families are alike. ".repeat(20_000)
}

fn count_letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

fn write(page: u64, letters: usize) {
    println!("page {page:2}: {letters} letters");
}
