// Asks again and again whether somebody digs.
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
    // Everybody who is at the pool has a clone of `digs`; when all are gone, `none` hears it.
    let (digs, mut none) = mpsc::channel::<()>(1);
    let go = async |gallery| {
        let lamp = Arc::clone(lamps).acquire_owned().await.expect("it is never closed");
        let rock = walk(gallery).await?;
        let (sender, dug) = oneshot::channel();
        let (dig, digs) = (dig.clone(), digs.clone());
        pool.spawn(move || {
            if !sender.is_closed() {
                let found = dig(rock);
                // Before the news: who hears it may count the lamps.
                drop(lamp);
                let _ = sender.send(found);
            } else {
                drop(lamp);
            }
            drop(digs);
        });
        dug.await.expect("to dig does not panic")
    };
    let out: FuturesUnordered<_> = galleries.into_iter().map(go).collect();
    let found = out.try_fold(0, async |sum, kilos| Ok(sum + kilos)).await;
    // Those who waited for a lamp or walked were dropped with the stream.
    drop(digs);
    futures::future::poll_fn(|cx| match none.try_recv() {
        Err(mpsc::error::TryRecvError::Disconnected) => std::task::Poll::Ready(()),
        _ => {
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }
    })
    .await;
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
