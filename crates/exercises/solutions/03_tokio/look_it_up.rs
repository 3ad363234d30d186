// A lighthouse has kept its log for two hundred years. Somebody looks something up in it, which
// keeps a thread busy. `look_up` returns what was found, or `None` if looking panicked. This does
// not compile. Repair it.
//
// How it is judged: while somebody looks something up, another task of the same thread must make
// progress, and forty others can look at the same time. Everybody reads in the one log, not in a
// copy, and it can be given away afterward. Who waits is polled when something was found, not again
// and again.
//
// Lesson: chapter-03 blocking

use std::sync::Arc;
use tokio::task;

#[derive(Clone)]
struct Logbook {
    pages: Vec<String>,
}

type Look = Box<dyn FnOnce(&Logbook) -> usize + Send>;

async fn look_up(logbook: &Arc<Logbook>, look: Look) -> Option<usize> {
    let logbook = Arc::clone(logbook);
    let looking = task::spawn_blocking(move || look(&logbook));
    looking.await.ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pages = ["calm", "storm, a ship in distress", "fog"].map(str::to_owned).to_vec();
    let logbook = Arc::new(Logbook { pages });
    let storms = |log: &Logbook| log.pages.iter().filter(|page| page.contains("storm")).count();
    println!("storms: {:?}", look_up(&logbook, Box::new(storms)).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};
    use tokio::runtime::Builder;
    use tokio::sync::oneshot;
    use tokio::task;
    use witness::{Log, Rendezvous, polls, within};

    const LIMIT: Duration = Duration::from_secs(40);
    const PATIENCE: Duration = Duration::from_secs(15);

    fn logbook() -> Arc<Logbook> {
        Arc::new(Logbook { pages: vec!["fog".to_owned(); 12] })
    }

    /// Runs a test on one thread.
    fn on_one_thread<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no other thread").block_on(test())
        })
    }

    #[test]
    fn other_tasks_make_progress_meanwhile() {
        let found = on_one_thread(async || {
            let (tell, told) = oneshot::channel();
            let meeting = Rendezvous::new(2);
            let neighbor = meeting.clone();
            // It sets out when it hears that somebody looks, and is on its way for some polls.
            task::spawn(async move {
                told.await.expect("somebody looks something up");
                for _ in 0..10 {
                    task::yield_now().await;
                }
                neighbor.meet_async().await;
            });
            let look = move |log: &Logbook| {
                tell.send(()).expect("the neighbor listens");
                meeting.meet(PATIENCE).map_or(0, |()| log.pages.len())
            };
            look_up(&logbook(), Box::new(look)).await
        });
        assert_eq!(found, Some(12), "0 if the neighbor could not come to the one who looks");
    }

    #[test]
    fn two_can_look_at_the_same_time() {
        let found = on_one_thread(two_look);
        assert_eq!(found, (Some(12), Some(12)), "who met nobody found 0");
        // Two in the same task, on a runtime that has more threads.
        let found = within(LIMIT, || {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
            runtime.expect("two threads").block_on(two_look())
        });
        assert_eq!(found, (Some(12), Some(12)), "who met nobody found 0, on two threads");
    }

    /// Two who look up something in the same task, and wait for each other meanwhile.
    async fn two_look() -> (Option<usize>, Option<usize>) {
        let (pair, missed) = (Rendezvous::new(2), Arc::new(AtomicBool::new(false)));
        let look = || -> Look {
            let (pair, missed) = (pair.clone(), Arc::clone(&missed));
            Box::new(move |log| {
                // Who comes after the other has given up need not wait as well.
                let late = missed.load(Ordering::Relaxed);
                if late || pair.meet(PATIENCE).is_err() {
                    missed.store(true, Ordering::Relaxed);
                    return 0;
                }
                log.pages.len()
            })
        };
        let logbook = logbook();
        tokio::join!(look_up(&logbook, look()), look_up(&logbook, look()))
    }

    #[test]
    fn forty_can_look_at_the_same_time() {
        let found = on_one_thread(async || {
            // One, and forty others.
            let (all, missed) = (Rendezvous::new(41), Arc::new(AtomicBool::new(false)));
            let logbook = logbook();
            let looks = (0..41).map(|_| {
                let (all, missed) = (all.clone(), Arc::clone(&missed));
                let look: Look = Box::new(move |log| {
                    let late = missed.load(Ordering::Relaxed);
                    if late || all.meet(PATIENCE).is_err() {
                        missed.store(true, Ordering::Relaxed);
                        return 0;
                    }
                    log.pages.len()
                });
                look_up(&logbook, look)
            });
            futures::future::join_all(looks).await
        });
        assert_eq!(found, [Some(12); 41], "who did not meet all the others found 0");
    }

    #[test]
    fn who_waits_is_polled_when_something_was_found() {
        let polls = on_one_thread(async || {
            let look = |log: &Logbook| {
                thread::sleep(Duration::from_millis(300));
                log.pages.len()
            };
            let logbook = logbook();
            let (looking, polls) = polls(look_up(&logbook, Box::new(look)));
            assert_eq!(looking.await, Some(12));
            polls.count()
        });
        assert!(polls <= 5, "polled {polls} times: it does not wait, it asks");
    }

    #[test]
    fn all_read_in_one_log_that_is_free_afterward() {
        let places = Log::new();
        let seen = places.clone();
        let (place, owners) = on_one_thread(async move || {
            let logbook = logbook();
            for _ in 0..2 {
                let seen = seen.clone();
                let look = move |log: &Logbook| {
                    seen.push(log.pages.as_ptr().addr());
                    log.pages.len()
                };
                assert_eq!(look_up(&logbook, Box::new(look)).await, Some(12));
            }
            // A thread that has told what it found may need a moment more to end.
            let give_up = Instant::now() + PATIENCE;
            while Arc::strong_count(&logbook) > 1 && Instant::now() < give_up {
                thread::sleep(Duration::from_millis(1));
            }
            (logbook.pages.as_ptr().addr(), Arc::strong_count(&logbook))
        });
        assert_eq!(places.events(), [place, place], "somebody read in a copy");
        assert_eq!(owners, 1, "owners of the log afterward");
    }

    #[test]
    fn a_panic_is_a_none() {
        let found = on_one_thread(async || {
            let logbook = logbook();
            let first =
                look_up(&logbook, Box::new(|_| panic!("this look panics on purpose"))).await;
            let second = look_up(&logbook, Box::new(|log| log.pages.len())).await;
            let give_up = Instant::now() + PATIENCE;
            while Arc::strong_count(&logbook) > 1 && Instant::now() < give_up {
                thread::sleep(Duration::from_millis(1));
            }
            (first, second, Arc::strong_count(&logbook))
        });
        assert_eq!(found, (None, Some(12), 1), "found, and the owners of the log afterward");
    }

    #[test]
    fn any_number_may_be_found() {
        for number in [0, usize::MAX] {
            let found =
                on_one_thread(async move || look_up(&logbook(), Box::new(move |_| number)).await);
            assert_eq!(found, Some(number), "what the look returned");
        }
    }
}
