// Archaeologists dig at many sites, `at_once` at a time. The earth from a site is sifted on a
// thread of the pool as soon as it is dug up, while others still dig. Only then the site is done,
// and the next is begun at once, whatever the others do. Return how many shards came from each site,
// in any order. It may be dropped at any moment: no sifter panics then. This does not compile. Repair
// it.
//
// How it is judged: one site is dug while the earth of another is sifted, or they miss each other.
// The test counts the heaps of earth that are there at once, and whether all are gone in the end.
// There is one heap from each site, which cannot be copied.
//
// Lesson: chapter-06 staged

use futures::executor::block_on;
use futures::stream::{self, StreamExt};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

async fn excavate<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    sites: Vec<u32>,
    at_once: usize,
    dig: impl AsyncFn(u32) -> E,
    sift: fn(&E) -> u32,
) -> Vec<(u32, u32)> {
    let site_by_site = stream::iter(sites).map(async |site| {
        let earth = dig(site).await;
        (site, on_the_pool(pool, &earth, sift).await)
    });
    site_by_site.buffer_unordered(at_once).collect().await
}

async fn on_the_pool<E: Send + Sync + 'static>(
    pool: &ThreadPool,
    earth: &E,
    sift: fn(&E) -> u32,
) -> u32 {
    let (sender, shards) = oneshot::channel();
    // TODO: this job may outlive what it borrows.
    pool.spawn(move || {
        // Nobody may be waiting anymore, which is no fault.
        let _ = sender.send(sift(earth));
    });
    shards.await.expect("sifting does not panic")
}

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let dig = async |site: u32| ["a shard", "a bone", "a shard"].repeat(site as usize);
    let sift = |earth: &Vec<&str>| earth.iter().filter(|find| **find == "a shard").count() as u32;
    println!("{:?}", block_on(excavate(&pool, vec![7, 8, 9], 2, dig, sift)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, mpsc};
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::Builder;
    use tokio::sync::Notify;
    use tokio::time::timeout;
    use witness::{Peak, Rendezvous, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    /// Knows what becomes of it when it is sifted.
    type Earth = Box<dyn Fn() -> u32 + Send + Sync>;

    fn earth(when_sifted: impl Fn() -> u32 + Send + Sync + 'static) -> Earth {
        Box::new(when_sifted)
    }

    /// Digs at three sites at once. Returns what came from which site, sorted.
    fn run(sites: u32, dig: impl AsyncFn(u32) -> Earth + Send + 'static) -> Vec<(u32, u32)> {
        within(LIMIT, move || {
            let threads = ThreadPoolBuilder::new().num_threads(2);
            let pool = threads.thread_name(|_| "sifter".into()).build().expect("two threads");
            // Its clock is there for patience. Nothing is judged by it.
            let runtime = Builder::new_current_thread().enable_time().build();
            let all = excavate(&pool, (1..=sites).collect(), 3, dig, |earth| earth());
            let mut found = runtime.expect("it takes no thread").block_on(all);
            found.sort();
            found
        })
    }

    #[test]
    fn the_second_is_dug_while_the_first_is_sifted() {
        let (pair, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
        let sifting = Arc::new(Notify::new());
        let dig = async move |site| {
            if site == 2 {
                // This one comes to the meeting only when the first earth is being sifted.
                let meeting = async {
                    sifting.notified().await;
                    pair.meet_async().await;
                };
                let late = timeout(PATIENCE, meeting).await.is_err();
                missed.fetch_or(late, Ordering::Relaxed);
            }
            let (pair, missed, sifting) = (pair.clone(), Arc::clone(&missed), Arc::clone(&sifting));
            earth(move || {
                if site == 1 {
                    sifting.notify_one();
                    // Who comes after a missed meeting need not wait as well.
                    let late = missed.load(Ordering::Relaxed) || pair.meet(PATIENCE).is_err();
                    missed.store(late, Ordering::Relaxed);
                }
                assert_eq!(thread::current().name(), Some("sifter"));
                u32::from(!missed.load(Ordering::Relaxed))
            })
        };
        let found = run(2, dig);
        assert_eq!(found, [(1, 1), (2, 1)], "nobody dug while the first earth was sifted");
    }

    #[test]
    fn so_many_dig_at_once_and_no_more_heaps_are_there() {
        let (digging, heaps) = (Peak::new(), Peak::new());
        let (diggers, there) = (digging.clone(), heaps.clone());
        let dig = async move |site| {
            let _digs = digging.enter();
            tokio::task::yield_now().await;
            let heap = Mutex::new(Some(heaps.enter()));
            earth(move || {
                drop(heap.lock().expect("nobody panics").take());
                site * 10
            })
        };
        let found = run(12, dig);
        assert_eq!(diggers.max(), 3, "diggers at once");
        assert!(there.max() <= 3, "heaps at once, for three: {}", there.max());
        assert_eq!(there.total(), 12, "each site is dug once");
        assert!(found.into_iter().eq((1..=12).map(|site| (site, site * 10))));
    }

    #[test]
    fn who_is_done_begins_the_next_at_once() {
        let (fourth, late) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let waited = Arc::clone(&late);
        let dig = async move |site| {
            match site {
                // Its end comes only when the fourth site is begun.
                2 => {
                    let begun = timeout(PATIENCE, fourth.notified()).await;
                    late.fetch_or(begun.is_err(), Ordering::Relaxed);
                }
                4 => fourth.notify_one(),
                _ => {}
            }
            earth(move || site)
        };
        let found = run(7, dig);
        assert!(
            !waited.load(Ordering::Relaxed),
            "the fourth site was begun when all three were done"
        );
        assert!(found.into_iter().eq((1..=7).map(|site| (site, site))));
    }

    #[test]
    fn dropped_midway_it_breaks_nothing() {
        let (panics, gone) = within(LIMIT, || {
            let panics = Arc::new(AtomicUsize::new(0));
            let reached = Arc::clone(&panics);
            let pool = ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "sifter".into());
            let pool = pool.panic_handler(move |_| _ = reached.fetch_add(1, Ordering::Relaxed));
            let pool = pool.build().expect("one thread");
            let (heap, gone) = mpsc::channel::<()>();
            let (begin, begun) = mpsc::channel();
            let (end, ended) = mpsc::channel::<()>();
            let ended = Arc::new(Mutex::new(ended));
            let dig = async move |site| {
                let (heap, begin, ended) = (heap.clone(), begin.clone(), Arc::clone(&ended));
                earth(move || {
                    let _ = begin.send(());
                    let _ = ended.lock().expect("nobody panics").recv_timeout(PATIENCE);
                    // It is still there, whatever became of those who waited.
                    let _ = &heap;
                    site
                })
            };
            let mut all = Box::pin(excavate(&pool, vec![1, 2, 3], 2, dig, |earth| earth()));
            let waker = std::task::Waker::noop();
            let polled = all.as_mut().poll(&mut std::task::Context::from_waker(waker));
            assert!(polled.is_pending(), "it waited with the thread");
            begun.recv_timeout(PATIENCE).expect("the first earth is sifted");
            drop(all);
            drop(end);
            // There is one thread: behind this, the others have had their turn.
            pool.install(|| ());
            let gone = gone.recv_timeout(PATIENCE);
            pool.install(|| ());
            (panics.load(Ordering::Relaxed), gone)
        });
        assert_eq!(panics, 0, "panics that reached the pool");
        assert_eq!(gone, Err(mpsc::RecvTimeoutError::Disconnected), "some earth was never let go");
    }

    #[test]
    fn all_earth_is_gone_in_the_end() {
        let (sender, gone) = mpsc::channel::<()>();
        let dig = async move |site| {
            let is_there = sender.clone();
            earth(move || {
                let _ = &is_there;
                site
            })
        };
        run(5, dig);
        let all = gone.recv_timeout(PATIENCE);
        assert_eq!(all, Err(mpsc::RecvTimeoutError::Disconnected), "some earth was never let go");
    }

    #[test]
    fn two_heaps_are_sifted_at_once() {
        let (pair, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
        let dig = async move |_| {
            let (pair, missed) = (pair.clone(), Arc::clone(&missed));
            earth(move || {
                missed.fetch_or(pair.meet(PATIENCE).is_err(), Ordering::Relaxed);
                u32::from(!missed.load(Ordering::Relaxed))
            })
        };
        assert_eq!(
            run(2, dig),
            [(1, 1), (2, 1)],
            "a heap waited though a thread had nothing to do"
        );
    }

    #[test]
    fn three_hundred_dig_at_once() {
        let (most, mut found) = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
            let digging = Peak::new();
            let dig = async |site| {
                let _digs = digging.enter();
                tokio::task::yield_now().await;
                site
            };
            // Some sites are there twice.
            let sites = (0..700).map(|site| site / 2).collect();
            let runtime = Builder::new_current_thread().build().expect("it takes no thread");
            let all = runtime.block_on(excavate(&pool, sites, 300, dig, |site| *site));
            (digging.max(), all)
        });
        assert_eq!(most, 300, "diggers at once");
        found.sort();
        let expected = (0..700).map(|site| (site / 2, site / 2));
        assert!(found.into_iter().eq(expected), "each site is in it as often as it was dug");
    }

    #[test]
    fn even_nothing_is_sifted_on_the_pool() {
        let found = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
            let sift = |(): &()| u32::from(rayon::current_thread_index().is_some());
            block_on(excavate(&pool, vec![1, 2], 1, async |_| (), sift))
        });
        assert!(found.iter().all(|(_, on_the_pool)| *on_the_pool == 1), "sifted by who waits");
    }

    #[test]
    fn no_earth_is_kept() {
        let heaps = Peak::new();
        let there = heaps.clone();
        let dig = async move |site| {
            let heap = heaps.enter();
            earth(move || {
                let _ = &heap;
                site
            })
        };
        run(60, dig);
        // Three, and each of two sifters may be about to let one go.
        assert!(there.max() <= 5, "heaps at once, of sixty, for three: {}", there.max());
    }

    #[test]
    fn two_that_are_done_at_the_same_moment_make_room_for_two() {
        let begun = within(LIMIT, || {
            let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
            let (begun, wakes) = (witness::Log::new(), witness::Log::new());
            let dig = async |site: u32| {
                begun.push(site);
                if site > 2 {
                    std::future::pending::<()>().await;
                }
                site
            };
            let sites = (1..=9).collect();
            let mut all = Box::pin(excavate(&pool, sites, 3, dig, |site| *site));
            let noted = wakes.clone();
            let waker = exercises::hooked(|| (), move || noted.push(()));
            let mut cx = std::task::Context::from_waker(&waker);
            let mut heard = usize::MAX;
            // It is asked as long as it is woken. Before each time, all that was dug is sifted.
            while heard != wakes.len() {
                heard = wakes.len();
                assert!(all.as_mut().poll(&mut cx).is_pending(), "seven sites are never done");
                pool.install(|| ());
            }
            begun.events()
        });
        assert_eq!(begun, [1, 2, 3, 4, 5], "sites that were begun: two of three are done");
    }
}
