//! A task runs on its own, and its handle says how it ended.

// ANCHOR: program
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
    /// Its measurements.
    pub readings: Vec<u32>,
}

/// The mean of a sensor's readings.
///
/// # Panics
/// If there are none: it divides by their number.
pub async fn mean(sensor: Sensor) -> u32 {
    sleep(sensor.takes)
        .instrument(info_span!("ask", place = sensor.place))
        .await;
    sensor.readings.iter().sum::<u32>() / sensor.readings.len() as u32
}
// ANCHOR_END: mean

// ANCHOR: means
/// How the task of each sensor ended, in the order of the sensors.
pub async fn means(sensors: Vec<Sensor>) -> Vec<Result<u32, JoinError>> {
    let tasks: Vec<_> =
        sensors.into_iter().map(|sensor| tokio::spawn(mean(sensor))).collect();
    let mut ends = Vec::new();
    for task in tasks {
        ends.push(task.await);
    }
    ends
}
// ANCHOR_END: means

// ANCHOR: save_means
/// Saves the mean of each sensor, waits for all tasks, and believes that all
/// went well.
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
pub async fn as_they_end(
    sensors: Vec<Sensor>,
) -> Vec<(&'static str, Result<u32, JoinError>)> {
    let mut tasks = JoinSet::new();
    let mut places = HashMap::new();
    for sensor in sensors {
        let place = sensor.place;
        places.insert(tasks.spawn(mean(sensor)).id(), place);
    }
    let mut ends = Vec::new();
    while let Some(end) = tasks.join_next_with_id().await {
        // A task that panicked returned nothing, not even its name. It still
        // has its id.
        ends.push(match end {
            Ok((id, mean)) => (places[&id], Ok(mean)),
            Err(error) => (places[&error.id()], Err(error)),
        });
    }
    ends
}
// ANCHOR_END: as_they_end

// ANCHOR: leave
/// Starts the same job as three tasks, waits for `patience`, and then wants
/// none of them. Returns how the aborted one ended.
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

/// Asks the sensors with and without a look at how the tasks ended; then leaves
/// three tasks alone.
///
/// With `STRICT` in the environment, a sensor without a mean is a failure.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn main() -> Result<(), Box<dyn Error>> {
    println!("three sensors, and `let _ = task.await`");
    println!("  no error, and saved: {:?}\n", saved().await);

    let timeline = timeline::timeline("the roof panics, the others go on");
    let ends = as_they_end(sensors()).await;
    timeline.draw();
    for (place, end) in &ends {
        match end {
            Ok(mean) => println!("  {place}: {mean}"),
            Err(error) => println!("  {place}: {error}"),
        }
    }
    println!();

    let timeline =
        timeline::timeline("three tasks of 60 ms, not wanted after 20");
    let job = |task| {
        sleep(Duration::from_millis(60)).instrument(info_span!("task", task))
    };
    let end = leave(job, Duration::from_millis(20)).await;
    sleep(Duration::from_millis(60)).await;
    timeline.draw();
    let end = end.map_or_else(
        |error| error.to_string(),
        |()| "too late, it had ended".to_owned(),
    );
    println!("the aborted one: {end}");

    if env::var_os("STRICT").is_some() {
        for (place, end) in ends {
            end.map_err(|error| format!("no mean of the {place}: {error}"))?;
        }
    }
    Ok(())
}

/// Three sensors, of which the one on the roof sends nothing.
pub fn sensors() -> Vec<Sensor> {
    [
        ("cellar", 60, vec![11, 12, 10]),
        ("roof", 20, vec![]),
        ("hall", 40, vec![21, 19]),
    ]
    .map(|(place, takes, readings)| Sensor {
        place,
        takes: Duration::from_millis(takes),
        readings,
    })
    .into()
}

/// The means that `save_means` saves, in the order of the places.
async fn saved() -> Vec<(&'static str, u32)> {
    let (send, receive) = mpsc::channel();
    let save = move |place, mean| {
        send.send((place, mean)).expect("it is received below")
    };
    save_means(sensors(), save).await;
    let mut saved: Vec<_> = receive.iter().collect();
    saved.sort();
    saved
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
