use super::*;
use tokio::runtime::Builder;
use tokio::time::{Instant, timeout};
use witness::{Log, PATIENT, Rendezvous, Threads, within};

/// For a meeting that cannot take place.
const SHORT: Duration = Duration::from_millis(10);

/// An answer that comes when `n` have been asked for.
async fn with_the_others<T>(all: &Rendezvous, answer: T) -> T {
    all.meet_async().await;
    answer
}

#[tokio::test(start_paused = true)]
async fn all_are_asked_before_any_has_answered() {
    let all = Rendezvous::new(3);
    let dish = dish(
        with_the_others(&all, "soup".to_owned()),
        with_the_others(&all, 850),
        with_the_others(&all, true),
    );
    let dish =
        timeout(PATIENT, dish).await.expect("nobody waits for an answer alone");
    let expected = Dish { name: "soup".to_owned(), cents: 850, in_stock: true };
    assert_eq!(dish, expected);
}

#[tokio::test(start_paused = true)]
async fn joined_waits_take_as_long_as_the_longest() {
    let start = Instant::now();
    let [one, two, three] = [1, 2, 3].map(Duration::from_secs);
    dish(
        ask("a", one, String::new()),
        ask("b", three, 0),
        ask("c", two, false),
    )
    .await;
    assert_eq!(start.elapsed(), three);
}

#[tokio::test]
async fn joined_work_is_done_on_one_thread_one_after_the_other() {
    let (log, threads) = (Log::new(), Threads::new());
    let halves = ["left", "right"].map(|half| {
        let (log, threads) = (log.clone(), threads.clone());
        move || {
            for step in 0..3 {
                threads.note();
                log.push((half, step));
            }
        }
    });
    joined(halves).await;
    assert_eq!(threads.count(), 1);
    let left = ["left"; 3].into_iter().zip(0..);
    let right = ["right"; 3].into_iter().zip(0..);
    assert_eq!(log.events(), left.chain(right).collect::<Vec<_>>());
}

#[test]
fn only_tasks_on_two_workers_can_be_in_two_places_at_once() {
    within(PATIENT, || {
        let two_workers = Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("two threads");
        assert_eq!(two_workers.block_on(joined(meeting(SHORT))), [false; 2]);
        assert_eq!(two_workers.block_on(spawned(meeting(PATIENT))), [true; 2]);
        // Two tasks, but one thread.
        let one_thread =
            Builder::new_current_thread().build().expect("no new thread");
        assert_eq!(one_thread.block_on(spawned(meeting(SHORT))), [false; 2]);
        assert_eq!(one_thread.block_on(joined(meeting(SHORT))), [false; 2]);
    });
}

#[tokio::test]
async fn joined_and_spawned_count_the_same() {
    assert_eq!(joined(primes(1_600)).await, [168, 83]);
    assert_eq!(spawned(primes(1_600)).await, [168, 83]);
}

#[test]
fn the_output_says_whether_they_met() {
    assert_eq!(in_words([true; 2]), "they met");
    assert_eq!(in_words([true, false]), "they missed each other");
    assert_eq!(in_words([false, true]), "they missed each other");
}
