// Waits for those who dig, and turns back the others afterward: those at the pool dig, too.
// => failed it_waits_for_those_who_dig_and_returns_the_first_bad_news

use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt, TryStreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What went wrong, and in which gallery.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BadNews(u32, &'static str);

async fn explore<R: Send + 'static>(
    pool: &ThreadPool,
    lamps: &Arc<Semaphore>,
    galleries: Vec<u32>,
    walk: impl AsyncFn(u32) -> Result<R, BadNews>,
    dig: impl Fn(R) -> Result<u32, BadNews> + Clone + Send + 'static,
) -> Result<u32, BadNews> {
    let digs = std::sync::Mutex::new(Vec::new());
    let go = async |gallery| {
        let lamp = Arc::clone(lamps).acquire_owned().await.expect("it is never closed");
        let rock = walk(gallery).await?;
        let (sender, dug) = oneshot::channel();
        let (over, is_over) = oneshot::channel::<()>();
        digs.lock().unwrap().push(is_over);
        let dig = dig.clone();
        pool.spawn(move || {
            if !sender.is_closed() {
                let found = dig(rock);
                // Before the news: who hears it may count the lamps.
                drop(lamp);
                let _ = sender.send(found);
            } else {
                drop(lamp);
            }
            drop(over);
        });
        dug.await.expect("to dig does not panic")
    };
    let mut out: FuturesUnordered<_> = galleries.into_iter().map(go).collect();
    let mut found = Ok(0);
    while let (Ok(sum), Some(end)) = (found, out.next().await) {
        found = end.map(|kilos: u32| sum + kilos);
    }
    let digs = std::mem::take(&mut *digs.lock().unwrap());
    for is_over in digs {
        let _ = is_over.await;
    }
    found
}

fn main() {
    witness::within(std::time::Duration::from_secs(5), || {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
        let lamps = Arc::new(Semaphore::new(2));
        let walk = async |gallery| Ok(gallery);
        let dig = |gallery| if gallery == 9 { Err(BadNews(9, "water")) } else { Ok(gallery * 10) };
        for galleries in [vec![1, 2, 3], vec![1, 9, 3]] {
            let explored = block_on(explore(&pool, &lamps, galleries, walk, dig));
            println!("{explored:?}; lamps: {}", lamps.available_permits());
        }
    });
}
