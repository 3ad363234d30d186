// Futures unordered.

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
    let mut sites = sites.into_iter();
    let one = async |site: u32| {
        let earth = dig(site).await;
        let (sender, shards) = oneshot::channel();
        pool.spawn(move || { sender.send(sift(&earth)).ok(); });
        (site, shards.await.unwrap())
    };
    let mut busy: futures::stream::FuturesUnordered<_> = sites.by_ref().take(at_once).map(&one).collect();
    let mut found = Vec::new();
    while let Some(done) = busy.next().await {
        found.push(done);
        busy.extend(sites.next().map(&one));
    }
    found
}


fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
