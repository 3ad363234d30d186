// As many lanes as there may be diggers; each takes the next site from one iterator.

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
    let lanes = at_once.min(sites.len());
    let sites = std::sync::Mutex::new(sites.into_iter());
    let (dig, sites) = (&dig, &sites);
    let lane = move || async move {
        let mut done = Vec::new();
        loop {
            let site = sites.lock().unwrap().next();
            let Some(site) = site else {
                return done;
            };
            let earth = dig(site).await;
            let (sender, shards) = oneshot::channel();
            pool.spawn(move || {
                let many = sift(&earth);
                let _ = sender.send((earth, many));
            });
            let (earth, many) = shards.await.expect("sifting does not panic");
            drop(earth);
            done.push((site, many));
        }
    };
    let all = futures::future::join_all((0..lanes).map(|_| lane()));
    all.await.into_iter().flatten().collect()
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
