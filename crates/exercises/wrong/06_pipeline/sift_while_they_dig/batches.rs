// Digs in batches: who is done waits for the slowest of the batch.
// => failed who_is_done_begins_the_next_at_once

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
    let mut found = Vec::new();
    for batch in sites.chunks(at_once) {
        // whoever is done waits for the slowest of the batch
        found.extend(futures::future::join_all(batch.iter().map(async |&site| {
            let earth = dig(site).await;
            (site, on_the_pool(pool, earth, sift).await)
        })).await);
    }
    found
}

async fn on_the_pool<E: Send + Sync + 'static>(pool: &ThreadPool, earth: E, sift: fn(&E) -> u32) -> u32 {
    let (sender, shards) = oneshot::channel();
    pool.spawn(move || { let _ = sender.send(sift(&earth)); });
    shards.await.expect("sifting does not panic")
}


fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
