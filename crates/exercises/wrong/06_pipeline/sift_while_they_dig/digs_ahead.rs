// Bounds the diggers and not the earth, which piles up where it is sifted.
// => failed so_many_dig_at_once_and_no_more_heaps_are_there

use futures::executor::block_on;
use futures::stream::{self, StreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn excavate<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    sites: Vec<u32>,
    at_once: usize,
    dig: impl AsyncFn(u32) -> E,
    sift: fn(&E) -> u32,
) -> Vec<(u32, u32)> {
    let digging = stream::iter(sites).map(async |site| (site, dig(site).await));
    let mut heaps = std::pin::pin!(digging.buffer_unordered(at_once));
    let mut sifting = Vec::new();
    while let Some((site, earth)) = heaps.next().await {
        sifting.push((site, on_the_pool(pool, earth, sift)));
    }
    let mut found = Vec::new();
    for (site, shards) in sifting {
        found.push((site, shards.await));
    }
    found
}

async fn on_the_pool<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    earth: E,
    sift: fn(&E) -> u32,
) -> u32 {
    let (sender, shards) = oneshot::channel();
    pool.spawn(move || {
        // Nobody may be waiting anymore, which is no fault.
        let _ = sender.send(sift(&earth));
    });
    shards.await.expect("sifting does not panic")
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
