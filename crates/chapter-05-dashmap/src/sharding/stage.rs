//! A shop with its articles in one shard or in four, and a second thread that
//! looks in.

use std::sync::{Arc, Mutex};
use std::thread;

use dashmap::DashMap;
use tracing::info_span;

use super::{
    LockPerKey, Sharded, SharedMap, cleared_in_the_gap, cleared_meanwhile,
};

/// Counts articles, each on a thread of its own and with its entry locked
/// meanwhile.
pub(super) fn count_stock(
    stock: &impl SharedMap<u32, u64>,
    articles: [u32; 4],
    count: impl Fn() -> u64 + Sync,
) {
    thread::scope(|scope| {
        for article in articles {
            let span = info_span!("count", article);
            let count = &count;
            scope.spawn(move || {
                stock.update(article, |entry| *entry = span.in_scope(count))
            });
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

/// The number of articles from 1 to `others` that a second thread can reach
/// while one changes article 0.
pub(super) fn reachable(
    stock: &impl SharedMap<u32, u64>,
    others: u32,
) -> usize {
    let look =
        || (1..=others).filter(|article| !stock.is_locked(article)).count();
    let mut reached = 0;
    stock.update(0, |_| {
        let second = thread::scope(|scope| scope.spawn(look).join());
        reached = second.expect("looking does not panic");
    });
    reached
}

pub(super) fn print_reachable() {
    println!(
        "one thread changes an article; \
         of 10000 others, a second thread reaches"
    );
    for shards in [1, 4, 16, 64] {
        let reached = reachable(&Sharded::new(shards), 10_000);
        println!("  {:<16} {reached:>5}", format!("Sharded::new({shards})"));
    }
    println!(
        "  {:<16} {:>5}\n",
        "DashMap::new()",
        reachable(&DashMap::new(), 10_000)
    );
}

pub(super) fn print_cleared() {
    println!("10 there, 5 delivered, cleared away meanwhile");
    println!("  {:<14}  cleared  left  lost", "");
    for (map, cleared_and_left) in [
        ("a lock per key", cleared_in_the_gap(&LockPerKey::default())),
        ("64 shards", cleared_meanwhile(&Sharded::new(64))),
        ("DashMap", cleared_meanwhile(&DashMap::new())),
    ] {
        let [cleared, left] = cleared_and_left.map(Option::unwrap_or_default);
        println!(
            "  {map:<14}  {cleared:>7}  {left:>4}  {:>4}",
            15 - cleared - left
        );
    }
    let counts = 2 * size_of::<usize>(); // the numbers of `Arc`s and `Weak`s
    let per_key =
        size_of::<Arc<Mutex<u64>>>() + counts + size_of::<Mutex<u64>>();
    println!(
        "\nbytes for a value of {}: {per_key} with a lock of its own",
        size_of::<u64>()
    );
}
