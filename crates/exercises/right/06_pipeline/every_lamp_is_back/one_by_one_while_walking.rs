// A loop over the stream, with the lamp in the same loop.

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
    let (digs, mut none) = mpsc::channel::<()>(1);
    let (walk, dig, mut found) = (&walk, &dig, Ok(0));
    {
        let mut out = FuturesUnordered::new();
        let mut left = galleries.into_iter().peekable();
        loop {
            tokio::select! {
                biased;
                Some(end) = out.next(), if !out.is_empty() => match (end, found) {
                    (Ok(kilos), Ok(sum)) => {
                        let kilos: u32 = kilos;
                        found = Ok(sum + kilos);
                    }
                    (Err(bad), _) => {
                        found = Err(bad);
                        break;
                    }
                    _ => unreachable!("it was left at the first bad news"),
                },
                lamp = Arc::clone(lamps).acquire_owned(), if left.peek().is_some() => {
                    let (lamp, gallery) = (lamp.unwrap(), left.next().unwrap());
                    let digs = digs.clone();
                    out.push(async move {
                        let rock = walk(gallery).await?;
                        let (sender, dug) = oneshot::channel();
                        let dig = dig.clone();
                        pool.spawn(move || {
                            let found = (!sender.is_closed()).then(|| dig(rock));
                            drop(lamp);
                            found.map(|found| sender.send(found));
                            drop(digs);
                        });
                        dug.await.unwrap()
                    });
                }
                else => break,
            }
        }
    }
    drop(digs);
    none.recv().await;
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
