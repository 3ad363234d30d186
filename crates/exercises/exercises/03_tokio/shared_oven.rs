// Several bakers share an oven with room for so many loaves: each permit of the semaphore is a
// place. Bake these loaves, each in a task of its own that is spawned when there is a place for it.
// Return what came out, in the order of the loaves, with `None` for one whose task panicked. The
// place is free when the loaf has come out, and who has no loaf left waits for no place.
//
// How it is judged: the most loaves in the oven, of all bakers together, must be its places, no
// less and no more. No task may wait for a place, and no loaf is baked outside of a task that was
// spawned for it. The clock moves only when everybody waits, and says exactly when a place was left
// empty. Polls are counted: who waits for a place stands in the queue of the semaphore.
//
// Lesson: chapter-03 limits

use std::sync::Arc;
use tokio::sync::Semaphore;

async fn bake_all<F>(
    oven: &Arc<Semaphore>,
    loaves: Vec<u32>,
    bake: impl Fn(u32) -> F,
) -> Vec<Option<String>>
where
    F: Future<Output = String> + Send + 'static,
{
    // TODO: no loaf without a place, and no place held longer than its loaf bakes.
    todo!()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let oven = Arc::new(Semaphore::new(2));
    let bake = |loaf| async move { format!("loaf {loaf}") };
    println!("{:?}", bake_all(&oven, vec![1, 2, 3], bake).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::Semaphore;
    use tokio::task::Id;
    use tokio::time::{Instant, sleep};
    use witness::{Log, Peak, Polls, within};

    const LIMIT: Duration = Duration::from_secs(20);

    struct Seen {
        /// For each baker what came out: the seconds, as text.
        baked: Vec<Vec<Option<String>>>,
        /// The most loaves in the oven.
        peak: usize,
        /// The most tasks.
        tasks: usize,
        /// The tasks in which loaves were baked.
        ids: Vec<Option<Id>>,
        /// How often the bakers were polled.
        polls: usize,
        seconds: f64,
    }

    /// What is called a second here: a clock that ticks in round numbers does not meet it.
    const SECOND: Duration = Duration::from_millis(1_003);

    /// Lets one baker bake each list of loaves that take so many seconds, all at the same time. A
    /// loaf of more than a hundred takes a hundred less, and then panics.
    fn bake(places: usize, bakers: &[&[u32]]) -> Seen {
        let bakers: Vec<Vec<u32>> = bakers.iter().map(|loaves| loaves.to_vec()).collect();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, peak, tasks) = (Instant::now(), Peak::new(), Log::new());
                let (polls, ids) = (Polls::new(), Log::new());
                let bake = |loaf: u32| {
                    let (peak, tasks, ids) = (peak.clone(), tasks.clone(), ids.clone());
                    async move {
                        let _in_the_oven = peak.enter();
                        tasks.push(Handle::current().metrics().num_alive_tasks());
                        ids.push(tokio::task::try_id());
                        sleep(SECOND * (loaf % 100)).await;
                        assert!(loaf < 100, "this loaf burns on purpose");
                        format!("{loaf}")
                    }
                };
                let oven = Arc::new(Semaphore::new(places));
                let baking =
                    bakers.into_iter().map(|loaves| polls.watch(bake_all(&oven, loaves, bake)));
                let baked = futures::future::join_all(baking).await;
                let tasks = tasks.events().into_iter().max().unwrap_or(0);
                let seconds = start.elapsed().div_duration_f64(SECOND);
                let (polls, ids) = (polls.count(), ids.events());
                Seen { baked, peak: peak.max(), tasks, ids, polls, seconds }
            })
        })
    }

    fn all(loaves: &[u32]) -> Vec<Option<String>> {
        loaves.iter().map(|&loaf| (loaf < 100).then(|| loaf.to_string())).collect()
    }

    #[test]
    fn the_oven_is_full_and_never_too_full() {
        for places in [1, 2, 3, 4, 5, 9] {
            let loaves = [5, 3, 1, 4, 2, 5, 3, 1, 4, 2].repeat(3);
            let seen = bake(places, &[&loaves]);
            assert_eq!(seen.peak, places, "loaves in an oven for {places}");
            assert_eq!(seen.baked, [all(&loaves)], "in the order of the loaves");
        }
    }

    #[test]
    fn each_loaf_has_a_task_of_its_own() {
        let seen = bake(4, &[&[2, 3, 1, 2, 3, 1, 2, 3, 1]]);
        let tasks: Option<HashSet<Id>> = seen.ids.into_iter().collect();
        assert_eq!(tasks.map(|tasks| tasks.len()), Some(9), "tasks in which 9 loaves were baked");
        assert_eq!(bake(3, &[&[], &[1]]).baked, [vec![], all(&[1])], "no loaves, nothing is baked");
    }

    #[test]
    fn bakers_share_the_oven() {
        let seen = bake(3, &[&[2, 2, 2], &[2, 2, 2, 2], &[2, 2]]);
        assert_eq!(seen.peak, 3, "loaves of all bakers in an oven for 3");
        assert_eq!(seen.seconds, 6.0, "seconds for nine loaves of two, three at a time");
        assert_eq!(seen.baked.concat(), all(&[2; 9]));
    }

    #[test]
    fn no_place_is_left_empty() {
        // While the first is in one place, all the rest can be baked in the other.
        let seen = bake(2, &[&[8, 1, 1, 1, 1, 1, 1, 2]]);
        assert_eq!(seen.seconds, 8.0, "seconds until all are done");
        assert!(seen.polls <= 30, "{} polls for 8 loaves: it looks again and again", seen.polls);
        let seen = bake(3, &[&[2, 6, 4, 2, 2, 2]]);
        assert_eq!(seen.seconds, 6.0, "seconds until all are done");
    }

    /// Runs a test on one thread, with a clock that moves when everybody waits.
    fn paused<T: Send + 'static>(test: impl AsyncFnOnce() -> T + Send + 'static) -> T {
        within(LIMIT, || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(test())
        })
    }

    #[test]
    fn who_waits_keeps_their_place_in_the_queue() {
        let (begun, ended) = paused(async || {
            let (start, begun, ended) = (Instant::now(), Log::new(), Log::new());
            let oven = Arc::new(Semaphore::new(2));
            let bake = |loaf: u32| {
                let begun = begun.clone();
                async move {
                    begun.push(loaf);
                    sleep(SECOND * loaf).await;
                    String::new()
                }
            };
            // Loaves of the first come out while it waits behind others.
            let bakers = [vec![4, 1, 2, 6], vec![9, 3], vec![7, 8]].map(|loaves| async {
                bake_all(&oven, loaves, bake).await;
                ended.push(start.elapsed().div_duration_f64(SECOND));
            });
            futures::future::join_all(bakers).await;
            (begun.events(), ended.events())
        });
        assert_eq!(begun, [4, 1, 2, 9, 7, 6, 3, 8], "the loaves, as they were put in");
        assert_eq!(ended, [15.0, 17.0, 23.0], "seconds after which the bakers were done");
    }

    #[test]
    fn who_has_no_loaf_left_waits_for_no_place() {
        let ended = paused(async || {
            let (start, ended) = (Instant::now(), Log::new());
            let oven = Arc::new(Semaphore::new(1));
            let bake = |loaf: u32| async move {
                sleep(SECOND * loaf).await;
                String::new()
            };
            let bakers = [vec![1], vec![2], vec![50]].map(|loaves| async {
                bake_all(&oven, loaves, bake).await;
                ended.push(start.elapsed().div_duration_f64(SECOND));
            });
            futures::future::join_all(bakers).await;
            ended.events()
        });
        assert_eq!(ended, [1.0, 3.0, 53.0], "seconds after which the bakers were done");
    }

    #[test]
    fn a_baker_who_sleeps_keeps_no_place() {
        let free = paused(async || {
            let oven = Arc::new(Semaphore::new(3));
            let bake = |_| async {
                sleep(SECOND).await;
                String::new()
            };
            let mut baking = std::pin::pin!(bake_all(&oven, vec![1, 2, 3], bake));
            let first = futures::poll!(baking.as_mut());
            assert!(first.is_pending(), "the loaves are in the oven");
            // Nobody polls the baker meanwhile.
            sleep(5 * SECOND).await;
            let free = oven.available_permits();
            baking.await;
            free
        });
        assert_eq!(free, 3, "free places when all loaves have come out");
    }

    #[test]
    fn equal_loaves_are_loaves_of_their_own() {
        let mut baked = paused(async || {
            let (oven, nth) = (Arc::new(Semaphore::new(2)), std::cell::Cell::new(0));
            let bake = |_| {
                let number = nth.replace(nth.get() + 1);
                async move { number.to_string() }
            };
            bake_all(&oven, vec![5; 9], bake).await
        });
        baked.sort();
        let all: Vec<_> = (0..9).map(|number| Some(number.to_string())).collect();
        assert_eq!(baked, all, "what came out of nine equal loaves");
    }

    #[test]
    fn no_task_waits_for_a_place() {
        let seen = bake(3, &[&[1; 50]]);
        assert_eq!(seen.baked, [all(&[1; 50])]);
        assert!(seen.tasks <= 9, "{} tasks for an oven with 3 places", seen.tasks);
    }

    #[test]
    fn a_loaf_that_burns_gives_back_its_place() {
        let seen = bake(2, &[&[3, 101, 102, 4, 101]]);
        assert_eq!(seen.baked, [all(&[3, 101, 102, 4, 101])], "`None` for a loaf that burned");
        assert_eq!(seen.seconds, 7.0, "seconds until all are done");
    }
}
