// Tells those who wait for the pool apart by their gallery.
// => failed two_may_go_into_the_same_gallery

use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// What went wrong, and in which gallery.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BadNews(u32, &'static str);

type Told = Result<u32, BadNews>;

struct Job<R> {
    rock: R,
    lamp: OwnedSemaphorePermit,
    tell: mpsc::UnboundedSender<Told>,
}

struct State<R> {
    stopped: bool,
    first: Option<BadNews>,
    jobs: HashMap<u64, Job<R>>,
}

struct Shared<R>(Arc<Mutex<State<R>>>);

impl<R> Shared<R> {
    fn stop(&self, news: Option<BadNews>) {
        let mut state = self.0.lock().unwrap();
        if !state.stopped {
            state.first = news;
            state.stopped = true;
        }
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
    }

    fn stopped(&self) -> bool {
        self.0.lock().unwrap().stopped
    }
}

impl<R> Drop for Shared<R> {
    fn drop(&mut self) {
        self.stop(None);
    }
}

fn run<R>(state: &Arc<Mutex<State<R>>>, id: u64, dig: impl FnOnce(R) -> Told) {
    let job = state.lock().unwrap().jobs.remove(&id);
    let Some(Job { rock, lamp, tell }) = job else {
        return;
    };
    let told = dig(rock);
    if let Err(news) = told {
        let mut state = state.lock().unwrap();
        if !state.stopped {
            state.first = Some(news);
            state.stopped = true;
        }
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
    }
    drop(lamp);
    let _ = tell.send(told);
}

async fn explore<R: Send + 'static>(
    pool: &ThreadPool,
    lamps: &Arc<Semaphore>,
    galleries: Vec<u32>,
    walk: impl AsyncFn(u32) -> Result<R, BadNews>,
    dig: impl Fn(R) -> Result<u32, BadNews> + Clone + Send + 'static,
) -> Result<u32, BadNews> {
    let state = State { stopped: false, first: None, jobs: HashMap::new() };
    let shared = Shared(Arc::new(Mutex::new(state)));
    let (tell, mut told) = mpsc::unbounded_channel::<Told>();
    let walk = &walk;
    let mut walkers = FuturesUnordered::new();
    let mut rest = galleries.into_iter();
    let mut next = rest.next();
    let mut lamp = Box::pin(Arc::clone(lamps).acquire_owned());
    let mut sum = 0;
    let mut digging = 0;
    let mut id;
    while next.is_some() || digging > 0 || !walkers.is_empty() {
        if shared.stopped() {
            break;
        }
        tokio::select! {
            biased;
            Some(dug) = told.recv(), if digging > 0 => {
                digging -= 1;
                match dug {
                    Ok(many) => sum += many,
                    Err(news) => shared.stop(Some(news)),
                }
            }
            Some(walked) = walkers.next(), if !walkers.is_empty() => {
                let (rock, lamp, gallery): (Result<R, BadNews>, OwnedSemaphorePermit, u32) = walked;
                let mut gallery_of = vec![u64::from(gallery)];
                match rock {
                    Err(news) => shared.stop(Some(news)),
                    Ok(rock) => {
                        let mut state = shared.0.lock().unwrap();
                        if state.stopped {
                            continue;
                        }
                        id = gallery_of.remove(0);
                        digging += 1;
                        state.jobs.insert(id, Job { rock, lamp, tell: tell.clone() });
                        drop(state);
                        let state = Arc::clone(&shared.0);
                        let dig = dig.clone();
                        pool.spawn(move || run(&state, id, dig));
                    }
                }
            }
            taken = &mut lamp, if next.is_some() => {
                let taken = taken.expect("nobody closes it");
                if shared.stopped() {
                    continue;
                }
                let Some(gallery) = next.take() else { continue };
                walkers.push(async move { (walk(gallery).await, taken, gallery) });
                next = rest.next();
                lamp = Box::pin(Arc::clone(lamps).acquire_owned());
            }
        }
    }
    drop(lamp);
    drop(walkers);
    drop(tell);
    if shared.stopped() {
        while told.recv().await.is_some() {}
        let first = shared.0.lock().unwrap().first;
        if let Some(news) = first {
            return Err(news);
        }
    }
    Ok(sum)
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
