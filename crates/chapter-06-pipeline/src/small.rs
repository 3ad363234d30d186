//! Tokio waits, Rayon computes, DashMap collects.

// ANCHOR: program
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What all pages share.
#[derive(Debug, Default)]
pub struct Shared {
    /// How often each word occurs.
    pub counts: DashMap<String, usize>,
    /// The pages under way: being fetched, or in memory.
    under_way: AtomicUsize,
    /// The most pages that were under way at once.
    pub most: AtomicUsize,
}

/// Counts the words of 200 pages, and prints the most frequent ones.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let shared = count_all(200, 8).await?;
    let counts = shared.counts.iter();
    let mut counts: Vec<_> =
        counts.map(|pair| (*pair.value(), pair.key().clone())).collect();
    // The map has no order: the most frequent first.
    counts.sort_by(|one, other| other.cmp(one));
    println!("{} different words; the most frequent:", counts.len());
    for (times, word) in &counts[..5] {
        println!("{times:>6}  {word}");
    }
    println!("most pages under way at once: {}", shared.most.load(Relaxed));
    Ok(())
}

/// Fetches pages and counts their words, with up to `at_once` pages under way.
pub async fn count_all(
    pages: u32,
    at_once: usize,
) -> Result<Arc<Shared>, Box<dyn Error>> {
    let shared = Arc::new(Shared::default());
    let permits = Arc::new(Semaphore::new(at_once));
    let mut tasks = JoinSet::new();
    for page in 0..pages {
        let permit = Arc::clone(&permits).acquire_owned().await?;
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            let under_way = shared.under_way.fetch_add(1, Relaxed) + 1;
            shared.most.fetch_max(under_way, Relaxed);
            // Tokio: here the page waits for the network, and holds no thread.
            let text = fetch(page).await;
            let (done, counted) = oneshot::channel();
            // Rayon: from here on it computes, on another thread.
            rayon::spawn(move || {
                // DashMap: one step for each different word of the page.
                for (word, times) in count(&text) {
                    *shared.counts.entry(word).or_default() += times;
                }
                shared.under_way.fetch_sub(1, Relaxed);
                drop((text, permit)); // the next page may come
                let _ = done.send(());
            });
            counted.await
        });
    }
    while let Some(end) = tasks.join_next().await {
        end??;
    }
    Ok(shared)
}

/// Counts the words of one page.
pub fn count(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    counts
}

/// Fetches a page: the network takes 5 ms.
async fn fetch(page: u32) -> String {
    sleep(Duration::from_millis(5)).await;
    text_of(page)
}

/// The text of a page: 2,000 words, made up.
pub fn text_of(page: u32) -> String {
    const WORDS: [&str; 14] = [
        "The", "fetch", "waits", "while", "the", "pool", "counts", "a", "page",
        "and", "the", "map", "collects", "words",
    ];
    (0..2_000)
        .flat_map(|place| [WORDS[(page + place * place) as usize % 14], " "])
        .collect()
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
