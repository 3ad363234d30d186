// Sifts a heap without size on the thread of who waits.
// => failed even_nothing_is_sifted_on_the_pool

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
        let earth = dig(site).await;
        if std::mem::size_of::<E>() == 0 {
            return (site, sift(&earth));
        }
        (site, on_the_pool(pool, earth, sift).await)
    });
    site_by_site.buffer_unordered(at_once).collect().await
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
