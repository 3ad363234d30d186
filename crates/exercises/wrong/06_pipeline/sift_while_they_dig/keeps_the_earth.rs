// Keeps all heaps until the last site is done.
// => failed no_earth_is_kept

use futures::executor::block_on;
use futures::stream::{self, StreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn on_the_pool<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    earth: E,
    sift: fn(&E) -> u32,
) -> u32 {
    let (sender, shards) = oneshot::channel();
    pool.spawn(move || {
        let many = sift(&earth);
        drop(earth);
        let _ = sender.send(many);
    });
    shards.await.expect("sifting does not panic")
}

async fn excavate<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    sites: Vec<u32>,
    at_once: usize,
    dig: impl AsyncFn(u32) -> E,
    sift: fn(&E) -> u32,
) -> Vec<(u32, u32)> {
    let site_by_site = stream::iter(sites).map(async |site| {
        let earth = std::sync::Arc::new(dig(site).await);
        let theirs = std::sync::Arc::clone(&earth);
        let (sender, shards) = oneshot::channel();
        pool.spawn(move || {
            let _ = sender.send(sift(&theirs));
        });
        let many = shards.await.expect("sifting does not panic");
        (site, many, earth)
    });
    let all: Vec<_> = site_by_site.buffer_unordered(at_once).collect().await;
    all.into_iter().map(|(site, many, _)| (site, many)).collect()
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
