// Several bakers share an oven with room for so many loaves: each permit of the semaphore is a
// place. Bake these loaves, each in a task of its own that is spawned when there is a place for it.
// Return what came out, in the order of the loaves, with `None` for one whose task panicked.
//
// How it is judged: the most loaves in the oven, of all bakers together, must be its places, no
// less and no more. No task may wait for a place. The clock moves only when everybody waits, and
// says when a place was left empty.

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
    let mut tasks = Vec::new();
    for loaf in loaves {
        let oven = Arc::clone(oven);
        let place = oven.acquire_owned().await.expect("nobody closes the oven");
        let baking = bake(loaf);
        tasks.push(tokio::spawn(async move {
            let loaf = baking.await;
            drop(place);
            loaf
        }));
    }

    let mut baked = Vec::new();
    for task in tasks {
        baked.push(task.await.ok());
    }
    baked
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
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::runtime::{Builder, Handle};
    use tokio::sync::Semaphore;
    use tokio::time::{Instant, sleep};
    use witness::{Log, Peak, within};

    const LIMIT: Duration = Duration::from_secs(5);

    struct Seen {
        /// For each baker what came out: the seconds, as text.
        baked: Vec<Vec<Option<String>>>,
        /// The most loaves in the oven.
        peak: usize,
        /// The most tasks.
        tasks: usize,
        seconds: u64,
    }

    /// Lets one baker bake each list of loaves that take so many seconds, all at the same time. A
    /// loaf of more than a hundred takes a hundred less, and then panics.
    fn bake(places: usize, bakers: &[&[u32]]) -> Seen {
        let bakers: Vec<Vec<u32>> = bakers.iter().map(|loaves| loaves.to_vec()).collect();
        within(LIMIT, move || {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("it takes no thread").block_on(async {
                let (start, peak, tasks) = (Instant::now(), Peak::new(), Log::new());
                let bake = |loaf: u32| {
                    let (peak, tasks) = (peak.clone(), tasks.clone());
                    async move {
                        let _in_the_oven = peak.enter();
                        tasks.push(Handle::current().metrics().num_alive_tasks());
                        sleep(Duration::from_secs(u64::from(loaf % 100))).await;
                        assert!(loaf < 100, "this loaf burns on purpose");
                        format!("{loaf}")
                    }
                };
                let oven = Arc::new(Semaphore::new(places));
                let baking = bakers.into_iter().map(|loaves| bake_all(&oven, loaves, bake));
                let baked = futures::future::join_all(baking).await;
                let tasks = tasks.events().into_iter().max().unwrap_or(0);
                Seen { baked, peak: peak.max(), tasks, seconds: start.elapsed().as_secs() }
            })
        })
    }

    fn all(loaves: &[u32]) -> Vec<Option<String>> {
        loaves.iter().map(|&loaf| (loaf < 100).then(|| loaf.to_string())).collect()
    }

    #[test]
    fn the_oven_is_full_and_never_too_full() {
        for places in 1..=5 {
            let loaves = [5, 3, 1, 4, 2, 5, 3, 1, 4, 2];
            let seen = bake(places, &[&loaves]);
            assert_eq!(seen.peak, places, "loaves in an oven for {places}");
            assert_eq!(seen.baked, [all(&loaves)], "in the order of the loaves");
        }
    }

    #[test]
    fn bakers_share_the_oven() {
        let seen = bake(3, &[&[2, 2, 2], &[2, 2, 2, 2], &[2, 2]]);
        assert_eq!(seen.peak, 3, "loaves of all bakers in an oven for 3");
        assert_eq!(seen.seconds, 6, "seconds for nine loaves of two, three at a time");
        assert_eq!(seen.baked.concat(), all(&[2; 9]));
    }

    #[test]
    fn no_place_is_left_empty() {
        // While the first is in one place, all the rest can be baked in the other.
        assert_eq!(bake(2, &[&[8, 1, 1, 1, 1, 1, 1, 2]]).seconds, 8, "seconds until all are done");
        assert_eq!(bake(3, &[&[2, 6, 4, 2, 2, 2]]).seconds, 6, "seconds until all are done");
    }

    #[test]
    fn no_task_waits_for_a_place() {
        let seen = bake(3, &[&[1; 50]]);
        assert_eq!(seen.baked, [all(&[1; 50])]);
        assert_eq!(seen.tasks, 3, "tasks for an oven with 3 places");
    }

    #[test]
    fn a_loaf_that_burns_gives_back_its_place() {
        let seen = bake(2, &[&[3, 101, 102, 4, 101]]);
        assert_eq!(seen.baked, [all(&[3, 101, 102, 4, 101])], "`None` for a loaf that burned");
        assert_eq!(seen.seconds, 7, "seconds until all are done");
    }
}
