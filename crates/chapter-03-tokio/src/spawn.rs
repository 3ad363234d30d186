//! A task runs on its own, and its handle says how it ended.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::sync::mpsc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;
use tracing::{Instrument, info_span};

// ANCHOR: mean
/// A sensor, the time until it answers, and what it will answer.
#[derive(Clone, Debug)]
pub struct Sensor {
    /// Where it hangs.
    pub place: &'static str,
    /// How long it takes to answer.
    pub takes: Duration,
    /// What it has measured.
    pub readings: Vec<u32>,
}

/// The mean of a sensor's readings.
///
/// # Panics
/// If there are none: it divides by their number.
pub async fn mean(sensor: Sensor) -> u32 {
    sleep(sensor.takes).instrument(info_span!("ask", place = sensor.place)).await;
    sensor.readings.iter().sum::<u32>() / sensor.readings.len() as u32
}
// ANCHOR_END: mean

// ANCHOR: means
/// How the task of each sensor ended, in the order of the sensors.
pub async fn means(sensors: Vec<Sensor>) -> Vec<Result<u32, JoinError>> {
    let tasks: Vec<_> = sensors.into_iter().map(|sensor| tokio::spawn(mean(sensor))).collect();
    let mut ends = Vec::new();
    for task in tasks {
        ends.push(task.await);
    }
    ends
}
// ANCHOR_END: means

// ANCHOR: save_means
/// Saves the mean of each sensor, waits for all tasks, and believes that all went well.
pub async fn save_means(
    sensors: Vec<Sensor>,
    save: impl Fn(&'static str, u32) + Clone + Send + 'static,
) {
    let mut tasks = Vec::new();
    for sensor in sensors {
        let save = save.clone();
        tasks.push(tokio::spawn(async move {
            let place = sensor.place;
            let mean = mean(sensor).await;
            save(place, mean);
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
}
// ANCHOR_END: save_means

// ANCHOR: as_they_end
/// How the task of each sensor ended, in the order in which they did.
pub async fn as_they_end(sensors: Vec<Sensor>) -> Vec<(&'static str, Result<u32, JoinError>)> {
    let mut tasks = JoinSet::new();
    let mut places = HashMap::new();
    for sensor in sensors {
        let place = sensor.place;
        places.insert(tasks.spawn(mean(sensor)).id(), place);
    }
    let mut ends = Vec::new();
    while let Some(end) = tasks.join_next_with_id().await {
        // A task that panicked returned nothing, not even its name. It still has its id.
        ends.push(match end {
            Ok((id, mean)) => (places[&id], Ok(mean)),
            Err(error) => (places[&error.id()], Err(error)),
        });
    }
    ends
}
// ANCHOR_END: as_they_end

// ANCHOR: leave
/// Starts the same job as three tasks, waits for `patience`, and then wants none of them.
/// Returns how the aborted one ended.
pub async fn leave<F, T>(
    job: impl Fn(&'static str) -> F,
    patience: Duration,
) -> Result<T, JoinError>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let aborted = tokio::spawn(job("aborted"));
    let detached = tokio::spawn(job("its handle dropped"));
    let mut set = JoinSet::new();
    set.spawn(job("its set dropped"));

    sleep(patience).await;
    aborted.abort();
    drop(detached);
    drop(set);
    aborted.await
}
// ANCHOR_END: leave

/// Three sensors, of which the one on the roof sends nothing.
pub fn sensors() -> Vec<Sensor> {
    [("cellar", 60, vec![11, 12, 10]), ("roof", 20, vec![]), ("hall", 40, vec![21, 19])]
        .map(|(place, takes, readings)| Sensor {
            place,
            takes: Duration::from_millis(takes),
            readings,
        })
        .into()
}

/// Asks the sensors with and without a look at how the tasks ended; then leaves three tasks alone.
///
/// With `STRICT` in the environment, a sensor without a mean is a failure.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let (send, receive) = mpsc::channel();
    let save = move |place, mean| send.send((place, mean)).expect("it is received below");
    save_means(sensors(), save).await;
    let mut saved: Vec<_> = receive.iter().collect();
    saved.sort();
    println!("three sensors, and `let _ = task.await`");
    println!("  no error, and saved: {saved:?}\n");

    let timeline = lessons::timeline("the roof panics, the others go on");
    let ends = as_they_end(sensors()).await;
    timeline.draw();
    for (place, end) in &ends {
        match end {
            Ok(mean) => println!("  {place}: {mean}"),
            Err(error) => println!("  {place}: {error}"),
        }
    }
    println!();

    let timeline = lessons::timeline("three tasks of 60 ms, not wanted after 20");
    let job = |task| {
        let takes = Duration::from_millis(60);
        async move { sleep(takes).await }.instrument(info_span!("task", task))
    };
    let end = leave(job, Duration::from_millis(20)).await;
    sleep(Duration::from_millis(60)).await;
    timeline.draw();
    println!("the aborted one: {}", end.expect_err("it was aborted"));

    if env::var_os("STRICT").is_some() {
        for (place, end) in ends {
            end.map_err(|error| format!("no mean of the {place}: {error}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;
    use witness::{Drops, Log};

    const PATIENT: Duration = Duration::from_secs(60);

    fn panic_message(error: JoinError) -> String {
        let panic = error.into_panic();
        panic.downcast_ref::<&str>().expect("a message without arguments").to_string()
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
        let told: Vec<_> = ends.into_iter().map(|(place, end)| (place, end.ok())).collect();
        assert_eq!(told, [("roof", None), ("hall", Some(20)), ("cellar", Some(11))]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_tasks_wait_at_once() {
        let start = Instant::now();
        means(sensors()).await;
        assert_eq!(start.elapsed(), Duration::from_millis(60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_runs_before_anybody_awaits_it() {
        let log = Log::new();
        let events = log.clone();
        let task = tokio::spawn(async move { log.push("ran") });
        tokio::task::yield_now().await;
        assert_eq!(events.events(), ["ran"]);
        task.await.expect("it does not panic");
    }

    /// How many of the three tasks were canceled, and how many finished.
    async fn left(takes: Duration, patience: Duration) -> (Result<(), JoinError>, [Drops; 3]) {
        let drops = [(); 3].map(|()| Drops::new());
        let places = ["aborted", "its handle dropped", "its set dropped"];
        let job = |task| {
            let place = places.iter().position(|place| *place == task).expect("one of three");
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
}
