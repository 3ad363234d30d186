//! A shop with its articles in one shard or in four, and a second thread that looks in.

use std::thread;

use tracing::info_span;

use super::{Sharded, SharedMap};

/// Counts articles, each on a thread of its own and with its entry locked meanwhile.
pub(super) fn count_stock(
    stock: &impl SharedMap<u32, u64>,
    articles: [u32; 4],
    count: impl Fn() -> u64 + Sync,
) {
    thread::scope(|scope| {
        for article in articles {
            let span = info_span!("count", article);
            let count = &count;
            scope.spawn(move || stock.update(article, |entry| *entry = span.in_scope(count)));
        }
    });
}

/// Four articles of which no two share a shard.
///
/// # Panics
/// If there are fewer than four shards.
pub(super) fn four_apart(stock: &Sharded<u32, u64>) -> [u32; 4] {
    assert!(stock.shards.len() >= 4, "four articles need four shards");
    let mut taken = Vec::new();
    let mut free = (0..).filter(|article| {
        let shard = stock.shard_of(article);
        let is_free = !taken.contains(&shard);
        taken.push(shard);
        is_free
    });
    [(); 4].map(|()| free.next().expect("the numbers do not end"))
}

/// The number of articles from 1 to `others` that a second thread can reach while one changes
/// article 0.
pub(super) fn reachable(stock: &impl SharedMap<u32, u64>, others: u32) -> usize {
    let look = || (1..=others).filter(|article| !stock.is_locked(article)).count();
    let mut reached = 0;
    stock.update(0, |_| {
        let second = thread::scope(|scope| scope.spawn(look).join());
        reached = second.expect("looking does not panic");
    });
    reached
}
