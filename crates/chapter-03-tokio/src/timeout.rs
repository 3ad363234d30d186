//! A timeout bounds a wait, and drops what it waited for.

// ANCHOR: program
use std::error::Error;
use std::thread;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, yield_now};
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

// ANCHOR: forecast
/// Tomorrow's degrees from a service, if it answers in time. If not, the
/// question is dropped.
pub async fn forecast(
    patience: Duration,
    service: impl Future<Output = i32>,
) -> Result<i32, Elapsed> {
    timeout(patience, service).await
}

/// Tomorrow's degrees from one service, or, if that is too slow, from another.
pub async fn from_either(
    patience: Duration,
    first: impl Future<Output = i32>,
    second: impl Future<Output = i32>,
) -> Result<i32, Elapsed> {
    match forecast(patience, first).await {
        Ok(degrees) => Ok(degrees),
        Err(_too_slow) => forecast(patience, second).await,
    }
}
// ANCHOR_END: forecast

// ANCHOR: as_text
/// Tomorrow's degrees, or a text that looks like an answer to everyone but a
/// human.
pub async fn as_text(
    patience: Duration,
    service: impl Future<Output = i32>,
) -> String {
    match timeout(patience, service).await {
        Ok(degrees) => format!("{degrees} degrees"),
        Err(_) => "timed out".to_owned(),
    }
}
// ANCHOR_END: as_text

// ANCHOR: stubborn
/// Computes a forecast in `steps` steps, without an await.
pub async fn stubborn(steps: usize, mut step: impl FnMut()) -> i32 {
    for _ in 0..steps {
        step();
    }
    21
}

/// The same, with an await after each step.
pub async fn polite(steps: usize, mut step: impl FnMut()) -> i32 {
    for _ in 0..steps {
        step();
        yield_now().await;
    }
    21
}
// ANCHOR_END: stubborn

/// How a task ended, or that it had not when time was up.
pub type End<T> = Result<Result<T, JoinError>, Elapsed>;

// ANCHOR: tasks
/// Stops waiting for a task. The task does not stop.
pub async fn wait_for<T>(patience: Duration, task: JoinHandle<T>) -> End<T> {
    timeout(patience, task).await
}

/// Stops waiting for a task, and stops the task.
pub async fn wait_or_abort<T>(
    patience: Duration,
    mut task: JoinHandle<T>,
) -> End<T> {
    let end = timeout(patience, &mut task).await;
    if end.is_err() {
        task.abort();
    }
    end
}
// ANCHOR_END: tasks

/// Waits for something slow, for something that blocks, and for two tasks; 30
/// ms each.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let patience = ms(30);

    let timeline =
        timeline::timeline("too slow: dropped after 30 ms, another is asked");
    let degrees = from_either(
        patience,
        ask("slow", ms(60), 19),
        ask("quick", ms(20), 21),
    )
    .await;
    timeline.draw();
    println!("  a result that can fail: {degrees:?}");
    let text = as_text(patience, ask("slow", ms(60), 19)).await;
    println!("  a text: \"Tomorrow: {text}\"\n");

    let step = || thread::sleep(ms(10));
    let timeline = timeline::timeline(
        "six steps of 10 ms without an await, 30 ms allowed",
    );
    let degrees =
        forecast(patience, stubborn(6, step).instrument(info_span!("compute")))
            .await;
    timeline.draw();
    println!("  answer: {degrees:?}\n");

    let timeline = timeline::timeline("the same with an await after each step");
    let degrees =
        forecast(patience, polite(6, step).instrument(info_span!("compute")))
            .await;
    timeline.draw();
    println!("  answer: {degrees:?}\n");

    let timeline = timeline::timeline("two tasks of 60 ms, waited for 30");
    let task = |then| {
        let span = info_span!("task", then);
        tokio::spawn(async move { sleep(ms(60)).await }.instrument(span))
    };
    let [left_alone, aborted] = [task("left alone"), task("aborted")];
    let waiting = async {
        tokio::join!(
            wait_for(patience, left_alone),
            wait_or_abort(patience, aborted)
        )
    };
    let ends = waiting.instrument(info_span!("wait")).await;
    sleep(ms(60)).await;
    timeline.draw();
    println!("  answers: {ends:?}");
    Ok(())
}

/// A service that needs some time to answer.
async fn ask<T>(service: &'static str, takes: Duration, answer: T) -> T {
    sleep(takes).instrument(info_span!("ask", service)).await;
    answer
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
