// A mine has few lamps, which others need, too. Somebody goes into each gallery: takes a lamp,
// walks in, then digs on a thread of the pool, and gives the lamp back. All galleries are begun as
// soon as there are lamps, in their order, and those who walk do it at the same time. `explore`
// returns how much was dug in all. But the first bad news, of who walks or who digs, is what it
// returns instead:
// - Nobody takes a lamp then, who walks turns back (is dropped), and no digging begins.
// - Who digs already cannot be stopped, and keeps the lamp until the digging has ended.
// - `explore` returns when every lamp that it took is back.
// If `explore` is dropped, the same happens, and the lamps come back without it. To walk or dig
// does not panic. No thread is kept busy by waiting.
//
// How it is judged: bad news come while others walk, while others dig, and while some wait for the
// pool. The test counts the lamps that are there when `explore` returns, and those in use at once,
// of 1, 3, 9, 16 and 300. Others take lamps as well, and keep them. Wakes are counted.
//
// Lesson: chapter-06 faults

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
    let _ = none.recv().await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{FutureExt, pending};
    use futures::task::{ArcWake, waker};
    use std::pin::Pin;
    use std::sync::{Arc, Condvar, Mutex, mpsc};
    use std::task::{Context, Poll};
    use std::time::Duration;
    use tokio::sync::Notify;
    use witness::{Drops, Log, Peak, Rendezvous, Threads, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);
    /// The longest that somebody digs who is never told to end.
    const DIGGING: Duration = Duration::from_secs(10);

    fn pool(threads: usize) -> ThreadPool {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("miner {number}"))
            .build();
        pool.expect("a few threads")
    }

    /// Counts wakes, and lets a thread wait for the next one.
    #[derive(Default)]
    struct Bell(Mutex<usize>, Condvar);

    impl ArcWake for Bell {
        fn wake_by_ref(bell: &Arc<Self>) {
            *bell.0.lock().expect("no panic") += 1;
            bell.1.notify_all();
        }
    }

    /// An exploration that the test asks by itself.
    struct Watched<'a> {
        future: Pin<Box<dyn Future<Output = Result<u32, BadNews>> + 'a>>,
        bell: Arc<Bell>,
        heard: usize,
    }

    impl<'a> Watched<'a> {
        fn new(future: impl Future<Output = Result<u32, BadNews>> + 'a) -> Self {
            Watched { future: Box::pin(future), bell: Arc::default(), heard: 0 }
        }

        fn ask(&mut self) -> Poll<Result<u32, BadNews>> {
            self.heard = *self.bell.0.lock().expect("no panic");
            let waker = waker(Arc::clone(&self.bell));
            self.future.as_mut().poll(&mut Context::from_waker(&waker))
        }

        /// Asks whenever it is woken, until it has ended.
        fn end(&mut self) -> Result<u32, BadNews> {
            loop {
                if let Poll::Ready(end) = self.ask() {
                    return end;
                }
                self.wait();
            }
        }

        /// Asks as long as there are wakes. Whether it has ended.
        fn ask_while_woken(&mut self) -> Poll<Result<u32, BadNews>> {
            for _ in 0..1000 {
                let poll = self.ask();
                if poll.is_ready() || *self.bell.0.lock().expect("no panic") == self.heard {
                    return poll;
                }
            }
            panic!("woken a thousand times, and nothing happened: it asks again and again");
        }

        fn wait(&self) {
            let wakes = self.bell.0.lock().expect("no panic");
            let woken = self.bell.1.wait_timeout_while(wakes, PATIENCE, |it| *it == self.heard);
            assert!(!woken.expect("no panic").1.timed_out(), "it waits, and nobody wakes it");
        }
    }

    /// Digging that lasts until it is told to end.
    #[derive(Clone, Default)]
    struct Face(Arc<(Mutex<(usize, bool)>, Condvar)>);

    impl Face {
        fn dig(&self) {
            let mut state = self.0.0.lock().expect("no panic");
            state.0 += 1;
            self.0.1.notify_all();
            let waited = self.0.1.wait_timeout_while(state, DIGGING, |(_, over)| !*over);
            // Then nobody digs for long anymore.
            waited.expect("no panic").0.1 = true;
        }

        /// Waits until so many dig.
        fn wait_for(&self, many: usize) {
            let state = self.0.0.lock().expect("no panic");
            let waited = self.0.1.wait_timeout_while(state, PATIENCE, |(dig, _)| *dig < many);
            assert!(!waited.expect("no panic").1.timed_out(), "not all dig who could");
        }

        fn end(&self) {
            self.0.0.lock().expect("no panic").1 = true;
            self.0.1.notify_all();
        }
    }

    #[test]
    fn the_lamp_is_held_while_they_dig_and_they_dig_on_the_pool() {
        let (early, names, more) = within(LIMIT, || {
            let (pool, lamps) = (pool(2), Arc::new(Semaphore::new(2)));
            let (face, names, walked) = (Face::default(), Threads::new(), Log::new());
            let (at, noted) = (face.clone(), names.clone());
            let walk = async |gallery| {
                walked.push(gallery);
                Ok(gallery)
            };
            let dig = move |gallery: u32| {
                noted.note();
                at.dig();
                Ok(gallery)
            };
            let mut exploring = Watched::new(explore(&pool, &lamps, vec![1, 2, 3], walk, dig));
            let early = exploring.ask_while_woken().is_ready();
            face.wait_for(2);
            let more = (walked.len(), lamps.available_permits());
            face.end();
            assert_eq!(exploring.end(), Ok(6), "what was dug");
            (early, names.names(), more)
        });
        assert!(!early, "it has waited with the thread, or does not wait at all");
        assert_eq!(
            more,
            (2, 0),
            "galleries that were begun while two dig with two lamps, and lamps"
        );
        let stranger = names.iter().find(|name| !name.starts_with("miner"));
        assert_eq!(stranger, None, "who digs and is no thread of the pool");
    }

    #[test]
    fn the_last_lamp_is_back_before_the_last_news() {
        let (found, there) = within(LIMIT, || {
            let (pool, lamps, face) = (pool(1), Arc::new(Semaphore::new(3)), Face::default());
            let at = face.clone();
            let dig = move |gallery: u32| {
                at.dig();
                Ok(gallery)
            };
            let walk = async |gallery| Ok(gallery);
            let mut exploring = Box::pin(explore(&pool, &lamps, vec![4], walk, dig));
            // Who brings the news stays there for a moment: until the test has asked.
            let ((tell, told), (ask, asked)) = (mpsc::channel(), mpsc::channel::<()>());
            let (tell, asked) = (Mutex::new(tell), Mutex::new(asked));
            let waker = exercises::hooked(
                || (),
                move || {
                    let _ = tell.lock().expect("no panic").send(());
                    if std::thread::current().name().is_some_and(|name| name.starts_with("miner")) {
                        let asked = asked.lock().expect("no panic");
                        let _ = asked.recv_timeout(Duration::from_millis(300));
                    }
                },
            );
            let mut cx = Context::from_waker(&waker);
            let mut found = exploring.as_mut().poll(&mut cx);
            // It may have woken itself. The next wake is that of the last who digs.
            while found.is_pending() && told.try_recv().is_ok() {
                found = exploring.as_mut().poll(&mut cx);
            }
            face.end();
            let mut there = lamps.available_permits();
            while found.is_pending() {
                told.recv_timeout(PATIENCE).expect("it waits, and nobody wakes it");
                found = exploring.as_mut().poll(&mut cx);
                there = lamps.available_permits();
                let _ = ask.send(());
            }
            (found, there)
        });
        assert_eq!((found, there), (Poll::Ready(Ok(4)), 3), "what was dug, and lamps, of three");
    }

    #[test]
    fn every_gallery_is_dug_and_every_lamp_used() {
        for lamps_in_all in [1, 3, 9, 16, 300] {
            let (found, most, after, mut walked, digs) = within(LIMIT, move || {
                let (pool, lamps) = (pool(2), Arc::new(Semaphore::new(lamps_in_all)));
                let (peak, digs, walked, all) =
                    (Peak::new(), Log::new(), Log::new(), Rendezvous::new(lamps_in_all));
                let noted = digs.clone();
                let walk = async |gallery: u32| {
                    walked.push(gallery);
                    let light = peak.enter();
                    // All who have a lamp are under way at the same time.
                    all.meet_async().await;
                    Ok((gallery, light))
                };
                let dig = move |(gallery, light)| {
                    noted.push(gallery);
                    drop(light);
                    Ok(gallery)
                };
                let galleries = (1..=3 * lamps_in_all as u32).collect();
                let found = block_on(explore(&pool, &lamps, galleries, walk, dig));
                let digs = digs.len();
                (found, peak.max(), lamps.available_permits(), walked.events(), digs)
            });
            let galleries = 3 * lamps_in_all as u32;
            assert_eq!(found, Ok((1..=galleries).sum()), "what was dug, with {lamps_in_all} lamps");
            assert_eq!(most, lamps_in_all, "lamps in use at once");
            assert_eq!(after, lamps_in_all, "lamps that are back in the end");
            let first = &walked[..lamps_in_all.min(walked.len())];
            let expected: Vec<_> = (1..=lamps_in_all as u32).collect();
            assert_eq!(first, expected, "the galleries that were begun first");
            // Later on, two lamps may come back at the same moment.
            walked.sort();
            assert_eq!(walked, (1..=galleries).collect::<Vec<_>>(), "galleries that were begun");
            assert_eq!(digs, galleries as usize, "galleries that were dug");
        }
        let nothing = within(LIMIT, || {
            let lamps = Arc::new(Semaphore::new(0));
            block_on(explore(&pool(1), &lamps, vec![], async |_| Ok(1), Ok))
        });
        assert_eq!(nothing, Ok(0), "no galleries, and no lamps");
    }

    #[test]
    fn bad_news_ends_those_who_walk_and_who_wait() {
        for lamps_in_all in [3, 9, 16] {
            let (end, lamps, walking, walked) = within(LIMIT, move || {
                let (pool, lamps) = (pool(1), Arc::new(Semaphore::new(lamps_in_all)));
                let (walking, walked, last) = (Drops::new(), Log::new(), lamps_in_all as u32);
                let walk = async |gallery| {
                    walked.push(gallery);
                    let _guard = walking.guard();
                    if gallery == last {
                        return Err(BadNews(gallery, "bats"));
                    }
                    pending::<Result<u32, BadNews>>().await
                };
                let galleries = (1..=3 * last).collect();
                let mut exploring = Watched::new(explore(&pool, &lamps, galleries, walk, Ok));
                let end = exploring.ask_while_woken();
                // Not dropped yet: it must have seen to the others before it returned.
                (end, lamps.available_permits(), walking.alive(), walked.len())
            });
            let news = Poll::Ready(Err(BadNews(lamps_in_all as u32, "bats")));
            assert_eq!(end, news, "the bad news, with {lamps_in_all} lamps");
            assert_eq!(lamps, lamps_in_all, "lamps that are back when it returns");
            assert_eq!(walking, 0, "walkers who have not turned back when it returns");
            assert_eq!(walked, lamps_in_all, "galleries that were begun");
        }
    }

    #[test]
    fn it_waits_for_those_who_dig_and_returns_the_first_bad_news() {
        for threads in [1, 3, 4] {
            let (early, there, end, lamps, began) = within(LIMIT, move || {
                let (pool, lamps) = (pool(threads), Arc::new(Semaphore::new(20)));
                let (face, news, began) = (Face::default(), Arc::new(Notify::new()), Log::new());
                let (at, noted) = (face.clone(), began.clone());
                let bad = Arc::clone(&news);
                // Gallery 0 has bad news; those with higher numbers dig, or wait for the pool.
                let walk = async |gallery| {
                    if gallery == 0 {
                        bad.notified().await;
                        return Err(BadNews(0, "bats"));
                    }
                    Ok(gallery)
                };
                let dig = move |gallery| {
                    noted.push(gallery);
                    at.dig();
                    Err(BadNews(gallery, "water"))
                };
                let galleries = (0..10).collect();
                let mut exploring = Watched::new(explore(&pool, &lamps, galleries, walk, dig));
                let mut early = exploring.ask_while_woken().is_ready();
                face.wait_for(threads);
                // Others have come meanwhile, and keep two lamps.
                let _others = lamps.try_acquire_many(2).expect("ten are in use, of twenty");
                news.notify_one();
                early |= exploring.ask_while_woken().is_ready();
                let there = lamps.available_permits();
                face.end();
                let end = exploring.end();
                (early, there, end, lamps.available_permits(), began.len())
            });
            assert!(!early, "it returned while {threads} dig, with their lamps");
            assert!(
                there <= 18 - threads,
                "{there} lamps are there, and {threads} of 18 are in use"
            );
            assert_eq!(end, Err(BadNews(0, "bats")), "the first bad news");
            assert_eq!(lamps, 18, "lamps that are back when it returns, but for those of others");
            assert_eq!(began, threads, "digs that began: those that had not begun must not");
        }
    }

    #[test]
    fn bad_news_may_come_from_who_digs() {
        let (end, lamps) = within(LIMIT, || {
            let (pool, lamps) = (pool(2), Arc::new(Semaphore::new(9)));
            let walk = async |gallery: u32| {
                if gallery != 7 {
                    return pending().await;
                }
                Ok(gallery)
            };
            let dig = |gallery| Err(BadNews(gallery, "water"));
            let mut exploring = Watched::new(explore(&pool, &lamps, (1..40).collect(), walk, dig));
            (exploring.end(), lamps.available_permits())
        });
        assert_eq!(end, Err(BadNews(7, "water")), "the bad news");
        assert_eq!(lamps, 9, "lamps that are back when it returns");
        // The one whose digging ends first is the first, not the one with the lower number.
        let (end, lamps) = within(LIMIT, || {
            let (pool, lamps) = (pool(2), Arc::new(Semaphore::new(9)));
            let (face, walking) = (Face::default(), Drops::new());
            let at = face.clone();
            let dig = move |gallery: u32| {
                if gallery == 1 {
                    at.dig();
                }
                Err(BadNews(gallery, "water"))
            };
            // Who walks to gallery 3 turns back at the news of gallery 2.
            let walk = async |gallery: u32| {
                let _guard = walking.guard();
                if gallery == 3 { pending().await } else { Ok(gallery) }
            };
            let mut exploring = Watched::new(explore(&pool, &lamps, vec![1, 2, 3], walk, dig));
            let mut early = exploring.ask_while_woken().is_ready();
            face.wait_for(1);
            while !early && walking.alive() > 0 {
                exploring.wait();
                early = exploring.ask_while_woken().is_ready();
            }
            face.end();
            let end = if early { Ok(0) } else { exploring.end() };
            (end, lamps.available_permits())
        });
        assert_eq!(
            end,
            Err(BadNews(2, "water")),
            "the first bad news (`Ok(0)`: it came too early)"
        );
        assert_eq!(lamps, 9, "lamps that are back when it returns");
    }

    #[test]
    fn who_drops_it_has_the_lamps_back_as_well() {
        let (while_digging, after, began) = within(LIMIT, || {
            let (pool, lamps) = (pool(1), Arc::new(Semaphore::new(5)));
            let (face, began) = (Face::default(), Log::new());
            let (at, noted) = (face.clone(), began.clone());
            let walk = async |gallery: u32| if gallery > 2 { pending().await } else { Ok(gallery) };
            let dig = move |gallery| {
                noted.push(gallery);
                at.dig();
                Ok(gallery)
            };
            let mut exploring = Watched::new(explore(&pool, &lamps, (1..20).collect(), walk, dig));
            let early = exploring.ask_while_woken();
            assert!(early.is_pending(), "it has ended, and nobody has dug");
            face.wait_for(1);
            drop(exploring);
            let while_digging = lamps.available_permits();
            face.end();
            // There is one thread: when this has had its turn, the others have.
            pool.install(|| ());
            let back = lamps.acquire_many(5).now_or_never().is_some();
            (while_digging, back, began.events())
        });
        // One digs, and one waits for the pool, or has given its lamp back already.
        assert!(
            while_digging == 3 || while_digging == 4,
            "{while_digging} lamps of 5 while one digs"
        );
        assert!(after, "not every lamp is back");
        assert_eq!(began, [1], "digs that began");
    }

    #[test]
    fn two_may_go_into_the_same_gallery() {
        let found = within(LIMIT, || {
            let lamps = Arc::new(Semaphore::new(9));
            block_on(explore(&pool(1), &lamps, vec![5, 5, 7, 5], async |gallery| Ok(gallery), Ok))
        });
        assert_eq!(found, Ok(22), "what was dug: each time 5, 5, 7 and 5");
    }

    #[test]
    fn who_waits_for_a_lamp_leaves_the_queue() {
        let (there, end) = within(LIMIT, || {
            let (pool, lamps) = (pool(1), Arc::new(Semaphore::new(2)));
            let (face, news) = (Face::default(), Arc::new(Notify::new()));
            let (at, bad) = (face.clone(), Arc::clone(&news));
            // One walks, one digs, and one waits for a lamp.
            let walk = async |gallery| {
                if gallery == 1 {
                    bad.notified().await;
                    return Err(BadNews(1, "bats"));
                }
                Ok(gallery)
            };
            let dig = move |gallery| {
                at.dig();
                Ok(gallery)
            };
            let mut exploring = Watched::new(explore(&pool, &lamps, vec![1, 2, 3], walk, dig));
            assert!(exploring.ask_while_woken().is_pending(), "it has ended, and nobody has dug");
            face.wait_for(1);
            news.notify_one();
            assert!(exploring.ask_while_woken().is_pending(), "it returned while one digs");
            let there = lamps.available_permits();
            face.end();
            (there, exploring.end())
        });
        assert_eq!(there, 1, "lamps of two that others can take, while one digs");
        assert_eq!(end, Err(BadNews(1, "bats")), "the bad news");
    }
}
