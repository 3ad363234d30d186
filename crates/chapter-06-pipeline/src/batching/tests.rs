use super::*;
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const MS: Duration = Duration::from_millis(1);

/// Lets texts arrive at these milliseconds. Returns the batches, and when each
/// text was answered.
async fn play(
    limits: BatchLimits,
    arrivals: &[u32],
) -> (Vec<Batch>, Vec<u128>) {
    let (batcher, serving) = batched(limits);
    let start = Instant::now();
    let callers = arrivals.iter().map(|&at| {
        let batcher = batcher.clone();
        async move {
            sleep(at * MS).await;
            assert_eq!(batcher.rate("two words".into()).await, Ok(2));
            start.elapsed().as_millis()
        }
    });
    let callers = futures::future::join_all(callers);
    drop(batcher);
    let answered =
        timeout(3_600_000 * MS, callers).await.expect("all are answered");
    (serving.await.expect("it does not panic"), answered)
}

fn batches(expected: &[(usize, u32)]) -> Vec<Batch> {
    let batch =
        |&(texts, waited): &(usize, u32)| Batch { texts, waited: waited * MS };
    expected.iter().map(batch).collect()
}

#[tokio::test(start_paused = true)]
async fn a_batch_goes_by_size_or_by_time_whichever_comes_first() {
    let limits = BatchLimits { most: 3, longest: 10 * MS };
    // Full by size, at once: nobody waits for the time.
    assert_eq!(
        play(limits, &[0, 0, 0]).await,
        (batches(&[(3, 0)]), vec![20; 3])
    );
    assert_eq!(
        play(limits, &[0, 4, 9]).await,
        (batches(&[(3, 9)]), vec![29; 3])
    );
    // Full by time: the third comes too late.
    let (served, answered) = play(limits, &[0, 9, 11]).await;
    assert_eq!(
        (served, answered),
        (batches(&[(2, 10), (1, 19)]), vec![30, 30, 50])
    );
    // Alone, it waits for no longer than it must.
    assert_eq!(play(limits, &[5]).await, (batches(&[(1, 10)]), vec![35]));
}

#[tokio::test(start_paused = true)]
async fn a_trickle_does_not_keep_the_batch_open() {
    let limits = BatchLimits { most: 100, longest: 25 * MS };
    let (served, _) = play(limits, &[1, 11, 21, 31, 41]).await;
    // The first goes at 26 and is answered at 46; the fourth, of 31, is then 15
    // old, and goes at 56.
    assert_eq!(served, batches(&[(3, 25), (2, 25)]));
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_the_model_does_not_wait_for_others_again() {
    let limits = BatchLimits { most: 2, longest: 10 * MS };
    // The third has waited twenty when the model is free.
    let (served, answered) = play(limits, &[0, 0, 0]).await;
    assert_eq!(served, batches(&[(2, 0), (1, 20)]));
    assert_eq!(answered, [20, 20, 40]);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_lost_and_nobody_waits_longer_than_the_longest_for_a_free_model()
 {
    for seed in 0..200 {
        let mut random = Rng::with_seed(seed);
        let limits = BatchLimits {
            most: random.usize(1..8),
            longest: random.u32(0..40) * MS,
        };
        let mut at = 0;
        let arrivals: Vec<u32> = (0..random.usize(1..40))
            .map(|_| {
                at += random.u32(0..12);
                at
            })
            .collect();
        let (served, answered) = play(limits, &arrivals).await;
        assert_eq!(answered.len(), arrivals.len());
        assert_eq!(
            served.iter().map(|b| b.texts).sum::<usize>(),
            arrivals.len(),
            "{seed}"
        );
        assert!(
            served.iter().all(|batch| batch.texts <= limits.most),
            "{seed}: {served:?}"
        );
        let mut free_at = 0;
        let mut done = 0;
        for batch in &served {
            // The batch's oldest is the next in line; the model began when it
            // was answered, less the call.
            let oldest = u128::from(arrivals[done]);
            let began = answered[done] - CALL.as_millis();
            let due = free_at.max(oldest + limits.longest.as_millis());
            assert!(
                began <= due,
                "{seed}: began at {began}, due at {due}: {served:?}"
            );
            free_at = began + CALL.as_millis();
            done += batch.texts;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_partial_batch_goes_as_soon_as_no_more_can_come() {
    let limits = BatchLimits { most: 100, longest: 3_600_000 * MS };
    let (batcher, serving) = batched(limits);
    let ratings = [
        batcher.send("one".into()).await,
        batcher.send("and two".into()).await,
    ];
    drop(batcher);
    assert_eq!(serving.await.expect("it does not panic"), batches(&[(2, 0)]));
    assert_eq!(
        ratings.map(|mut rating| rating.try_recv()),
        [Ok(Ok(1)), Ok(Ok(2))]
    );
}

#[tokio::test(start_paused = true)]
async fn each_caller_gets_its_own_answer() {
    let (batcher, serving) = batched(BatchLimits { most: 7, longest: 5 * MS });
    let mut callers = JoinSet::new();
    for words in 1..=100_usize {
        let batcher = batcher.clone();
        callers.spawn(async move {
            sleep((words as u32 * 37 % 50) * MS).await;
            (words, batcher.rate("word ".repeat(words)).await)
        });
    }
    drop(batcher);
    for (words, rating) in callers.join_all().await {
        assert_eq!(rating, Ok(words));
    }
    let served = serving.await.expect("it does not panic");
    assert_eq!(served.iter().map(|batch| batch.texts).sum::<usize>(), 100);
    assert!(served.len() < 20, "{} calls", served.len());
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_fails_its_callers_and_nobody_else() {
    let (batcher, _) = batched(BatchLimits { most: 3, longest: 5 * MS });
    let texts = ["a", "", "b", "c", "d d", "e"];
    let ratings = texts.map(|text| batcher.rate(text.into()));
    let ratings = futures::future::join_all(ratings).await;
    let refused = Err(Refused("text 2 of 3 is empty".into()));
    assert_eq!(
        ratings,
        [refused.clone(), refused.clone(), refused, Ok(1), Ok(2), Ok(1)]
    );
}

#[tokio::test(start_paused = true)]
async fn who_has_gone_is_not_asked_for() {
    let (batcher, serving) = batched(BatchLimits { most: 3, longest: 10 * MS });
    // Two that go before their batch does: one beside a patient neighbor, one
    // alone.
    let (gone, patient) = tokio::join!(
        timeout(5 * MS, batcher.rate("impatient".into())),
        batcher.rate("I can wait".into())
    );
    assert_eq!((gone.is_err(), patient), (true, Ok(3)));
    assert!(timeout(5 * MS, batcher.rate("impatient".into())).await.is_err());
    drop(batcher);
    let served = serving.await.expect("it does not panic");
    assert_eq!(served, batches(&[(1, 10)]));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_is_an_error_and_no_hang() {
    let (batcher, serving) = batched(BatchLimits { most: 3, longest: 10 * MS });
    serving.abort();
    let rating = timeout(1_000 * MS, batcher.rate("anybody?".into())).await;
    assert!(rating.expect("it does not hang").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_call_each_is_a_queue() {
    let model = Mutex::new(Model::default());
    let start = Instant::now();
    let ratings = (0..12).map(|_| one_by_one(&model, "two words".into()));
    let ratings = futures::future::join_all(ratings).await;
    assert!(ratings.iter().all(|rating| *rating == Ok(2)));
    assert_eq!((model.into_inner().calls, start.elapsed()), (12, 12 * CALL));

    let limits = BatchLimits { most: 6, longest: 10 * MS };
    let (served, answered) = play(limits, &[0; 12]).await;
    assert_eq!(served.len(), 2);
    assert_eq!(answered.iter().max(), Some(&(2 * CALL.as_millis())));
}
