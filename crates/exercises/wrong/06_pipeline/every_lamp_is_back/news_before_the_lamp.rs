// Tells of the end of the digging, and then gives the lamp back.
// => failed the_last_lamp_is_back_before_the_last_news

use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt, TryStreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What went wrong, and in which gallery.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BadNews(u32, &'static str);

use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;

#[derive(Default)]
struct Mine {
    closed: bool,
    news: Option<BadNews>,
}

impl Mine {
    fn close(&mut self, news: BadNews) {
        if !self.closed {
            self.closed = true;
            self.news = Some(news);
        }
    }
}

struct Leave(Arc<Mutex<Mine>>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.lock().unwrap().closed = true;
    }
}

async fn explore<R: Send + 'static>(
    pool: &ThreadPool,
    lamps: &Arc<Semaphore>,
    galleries: Vec<u32>,
    walk: impl AsyncFn(u32) -> Result<R, BadNews>,
    dig: impl Fn(R) -> Result<u32, BadNews> + Clone + Send + 'static,
) -> Result<u32, BadNews> {
    let mine: Arc<Mutex<Mine>> = Arc::default();
    let leave = Leave(Arc::clone(&mine));
    let walk = &walk;
    let go = |gallery: u32, lamp| async move { (walk(gallery).await, lamp) };
    let mut galleries = galleries.into_iter().peekable();
    let mut lamp: Option<Pin<Box<_>>> = None;
    let mut walkers = FuturesUnordered::new();
    let mut diggers = FuturesUnordered::new();
    let mut total = 0;
    std::future::poll_fn(|cx| {
        loop {
            if mine.lock().unwrap().closed {
                return Poll::Ready(());
            }
            if let Some(gallery) = galleries.peek().copied() {
                let waits = lamp.get_or_insert_with(|| Box::pin(Arc::clone(lamps).acquire_owned()));
                if let Poll::Ready(taken) = waits.as_mut().poll(cx) {
                    lamp = None;
                    galleries.next();
                    walkers.push(go(gallery, taken.expect("never closed")));
                    continue;
                }
            }
            if let Poll::Ready(Some((walked, lamp))) = walkers.poll_next_unpin(cx) {
                match walked {
                    Err(news) => mine.lock().unwrap().close(news),
                    Ok(found) => {
                        let (dig, mine) = (dig.clone(), Arc::clone(&mine));
                        let (sender, receiver) = oneshot::channel();
                        pool.spawn(move || {
                            let begins = !mine.lock().unwrap().closed;
                            let mut dug = 0;
                            if begins {
                                match dig(found) {
                                    Ok(some) => dug = some,
                                    Err(news) => mine.lock().unwrap().close(news),
                                }
                            }
                            let _ = sender.send(dug);
                            drop(lamp);
                        });
                        diggers.push(receiver);
                    }
                }
                continue;
            }
            if let Poll::Ready(Some(dug)) = diggers.poll_next_unpin(cx) {
                total += dug.expect("to dig does not panic");
                continue;
            }
            let over = galleries.peek().is_none() && walkers.is_empty() && diggers.is_empty();
            return if over { Poll::Ready(()) } else { Poll::Pending };
        }
    })
    .await;
    drop(leave);
    drop(lamp);
    drop(walkers);
    while diggers.next().await.is_some() {}
    let news = mine.lock().unwrap().news;
    news.map_or(Ok(total), Err)
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
