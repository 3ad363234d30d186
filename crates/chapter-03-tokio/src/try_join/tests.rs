use super::*;

const WELL: fn() -> Booking = || Ok(500);

/// A trip's answer, after how many milliseconds it came, how many tasks were
/// alive by then, and the parts booked when all of them have ended.
async fn seen<F: Future>(
    trip: impl FnOnce(Booked) -> F,
) -> (F::Output, u128, usize, Vec<&'static str>) {
    let (booked, start) = (Booked::default(), Instant::now());
    let answer = trip(booked.clone()).await;
    let after = start.elapsed().as_millis();
    let alive = Handle::current().metrics().num_alive_tasks();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(
        Handle::current().metrics().num_alive_tasks(),
        0,
        "a second is long enough"
    );
    let booked = booked.lock().expect("nobody panics with it").clone();
    (answer, after, alive, booked)
}

#[tokio::test(start_paused = true)]
async fn all_went_well() {
    let all = vec!["hotel", "car", "flight"];
    let seen_futures = seen(|log| on_futures(parts(WELL, log))).await;
    assert_eq!(seen_futures, (Ok(890), 100, 0, all.clone()));
    let (price, after, alive, booked) =
        seen(|log| as_tasks(parts(WELL, log))).await;
    assert_eq!((price.ok(), after, alive, booked), (Some(890), 100, 0, all));
}

#[tokio::test(start_paused = true)]
async fn the_first_error_drops_the_other_futures() {
    let seen = seen(|log| on_futures(parts(SOLD_OUT, log))).await;
    assert_eq!(seen, (Err(SoldOut("hotel")), 20, 0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn what_was_booked_before_the_error_stays_booked() {
    let late = |log: Booked| {
        [("car", 10), ("hotel", 20), ("flight", 30)].map(|(part, takes)| {
            let answer = if part == "hotel" { SOLD_OUT } else { WELL };
            book(part, Duration::from_millis(takes), answer, log.clone())
        })
    };
    let seen = seen(|log| on_futures(late(log))).await;
    assert_eq!(seen, (Err(SoldOut("hotel")), 20, 0, vec!["car"]));
}

#[tokio::test(start_paused = true)]
async fn on_handles_the_error_is_inside_the_ok_and_the_rest_is_booked() {
    let (answer, after, _, booked) =
        seen(|log| on_handles(parts(SOLD_OUT, log))).await;
    let answer = answer.expect("as far as the handles know, all is well");
    assert_eq!(answer, (Ok(300), Err(SoldOut("hotel")), Ok(90)));
    assert_eq!((after, booked), (100, vec!["car", "flight"]));
}

#[tokio::test(start_paused = true)]
async fn on_handles_a_panic_returns_at_once_and_the_rest_runs_on() {
    let (answer, after, alive, booked) =
        seen(|log| on_handles(parts(PANICS, log))).await;
    assert!(answer.expect_err("a task panicked").is_panic());
    assert_eq!((after, alive, booked), (20, 2, vec!["car", "flight"]));
}

#[tokio::test(start_paused = true)]
async fn flattened_the_error_is_seen_and_the_rest_runs_on() {
    for hotel in [SOLD_OUT, PANICS] {
        let (answer, after, alive, booked) =
            seen(|log| on_flattened(parts(hotel, log))).await;
        assert!(answer.is_err());
        assert_eq!((after, alive, booked), (20, 2, vec!["car", "flight"]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_set_that_is_shut_down_leaves_no_task_alive() {
    let (answer, after, alive, booked) =
        seen(|log| as_tasks(parts(SOLD_OUT, log))).await;
    let error = answer.expect_err("the hotel is sold out");
    assert_eq!(error.downcast_ref(), Some(&SoldOut("hotel")));
    assert_eq!((after, alive, booked), (20, 0, vec![]));

    let (answer, after, alive, booked) =
        seen(|log| as_tasks(parts(PANICS, log))).await;
    let error = answer.expect_err("a task panicked");
    assert!(error.downcast_ref().is_some_and(JoinError::is_panic));
    assert_eq!((after, alive, booked), (20, 0, vec![]));
}
