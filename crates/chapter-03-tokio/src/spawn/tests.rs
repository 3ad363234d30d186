use super::*;
use tokio::time::Instant;
use witness::{Drops, Log, PATIENT};

fn panic_message(error: JoinError) -> String {
    let panic = error.into_panic();
    panic
        .downcast_ref::<&str>()
        .expect("a message without arguments")
        .to_string()
}

#[tokio::test(start_paused = true)]
async fn unasked_a_panic_is_a_missing_line_and_nothing_else() {
    let log = Log::new();
    let saved = log.clone();
    save_means(sensors(), move |place, mean| saved.push((place, mean))).await;
    assert_eq!(log.events(), [("hall", 20), ("cellar", 11)]);
}

#[tokio::test(start_paused = true)]
async fn asked_a_panic_is_an_error_and_the_rest_complete() {
    let [cellar, roof, hall] =
        <[_; 3]>::try_from(means(sensors()).await).expect("one end a sensor");
    assert_eq!((cellar.ok(), hall.ok()), (Some(11), Some(20)));
    let error = roof.expect_err("it sent no readings");
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(panic_message(error), "attempt to divide by zero");
}

#[tokio::test(start_paused = true)]
async fn each_end_comes_with_its_place_in_the_order_of_ending() {
    let ends = as_they_end(sensors()).await;
    let values: Vec<_> =
        ends.into_iter().map(|(place, end)| (place, end.ok())).collect();
    assert_eq!(
        values,
        [("roof", None), ("hall", Some(20)), ("cellar", Some(11))]
    );
}

#[tokio::test(start_paused = true)]
async fn the_tasks_wait_at_once() {
    let start = Instant::now();
    means(sensors()).await;
    assert_eq!(start.elapsed(), Duration::from_millis(60));
}

/// How many of the three tasks were canceled, and how many finished.
async fn left(
    takes: Duration,
    patience: Duration,
) -> (Result<(), JoinError>, [Drops; 3]) {
    let drops = [(); 3].map(|()| Drops::new());
    let places = ["aborted", "its handle dropped", "its set dropped"];
    let job = |task| {
        let place = places
            .iter()
            .position(|place| *place == task)
            .expect("one of three");
        let guard = drops[place].guard();
        async move {
            sleep(takes).await;
            guard.finish();
        }
    };
    let end = leave(job, patience).await;
    sleep(PATIENT).await;
    (end, drops)
}

#[tokio::test(start_paused = true)]
async fn only_the_one_whose_handle_was_dropped_goes_on() {
    let second = Duration::from_secs(1);
    let (end, drops) = left(2 * second, second).await;
    assert!(end.expect_err("it was aborted").is_cancelled());
    assert_eq!(drops.each_ref().map(Drops::canceled), [1, 0, 1]);
    assert_eq!(drops.each_ref().map(Drops::finished), [0, 1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_has_ended_cannot_be_aborted_anymore() {
    let second = Duration::from_secs(1);
    let (end, drops) = left(second, 2 * second).await;
    end.expect("it had finished");
    assert_eq!(drops.each_ref().map(Drops::finished), [1, 1, 1]);
}
