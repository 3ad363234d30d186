// Begins one site in place of two that are done at the same moment.
// => failed two_that_are_done_at_the_same_moment_make_room_for_two

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
    let dig = &dig;
    let one = move |site: u32| async move {
        let earth = dig(site).await;
        (site, on_the_pool(pool, earth, sift).await)
    };
    let mut sites = sites.into_iter();
    let mut under_way = stream::FuturesUnordered::new();
    for site in sites.by_ref().take(at_once) {
        under_way.push(one(site));
    }
    let mut done = Vec::new();
    loop {
        let ended = under_way.by_ref().ready_chunks(at_once.max(1)).next().await;
        let Some(ended) = ended else {
            return done;
        };
        done.extend(ended);
        if let Some(site) = sites.next() {
            under_way.push(one(site));
        }
    }
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}
