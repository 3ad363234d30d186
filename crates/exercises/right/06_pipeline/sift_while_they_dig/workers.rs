// As many diggers as `at_once`, who take the sites from one list.

use futures::executor::block_on;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn excavate<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    sites: Vec<u32>,
    at_once: usize,
    dig: impl AsyncFn(u32) -> E,
    sift: fn(&E) -> u32,
) -> Vec<(u32, u32)> {
    let sites = std::cell::RefCell::new(sites.into_iter());
    let digger = async |_: usize| {
        let mut found = Vec::new();
        loop {
            let next = sites.borrow_mut().next();
            let Some(site) = next else { return found };
            let earth = dig(site).await;
            found.push((site, on_the_pool(pool, earth, sift).await));
        }
    };
    futures::future::join_all((0..at_once).map(digger)).await.concat()
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
