//! A timeout bounds a wait: when time is up it drops the future, and that is all it can do.

use std::error::Error;
use std::thread;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, yield_now};
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, info_span};

use crate::join::ask;

// ANCHOR: forecast
/// Tomorrow's degrees from a service, if it answers in time. If not, the question is dropped.
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
/// Tomorrow's degrees, or a text that looks like an answer to everyone but a human.
pub async fn as_text(patience: Duration, service: impl Future<Output = i32>) -> String {
    match timeout(patience, service).await {
        Ok(degrees) => format!("{degrees} degrees"),
        Err(_) => "timed out".to_owned(),
    }
}
// ANCHOR_END: as_text

// ANCHOR: stubborn
/// Computes a forecast in so many steps, without an await.
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
pub async fn wait_or_abort<T>(patience: Duration, mut task: JoinHandle<T>) -> End<T> {
    let end = timeout(patience, &mut task).await;
    if end.is_err() {
        task.abort();
    }
    end
}
// ANCHOR_END: tasks

/// Waits for something slow, for something that blocks, and for two tasks; 30 ms each.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let ms = Duration::from_millis;
    let patience = ms(30);

    let timeline = lessons::timeline("too slow: dropped after 30 ms, another is asked");
    let degrees = from_either(patience, ask("slow", ms(60), 19), ask("quick", ms(20), 21)).await;
    timeline.draw();
    println!("  a result that can fail: {degrees:?}");
    let text = as_text(patience, ask("slow", ms(60), 19)).await;
    println!("  a text: \"Tomorrow: {text}\"\n");

    let step = || thread::sleep(ms(10));
    let timeline = lessons::timeline("six steps of 10 ms without an await, 30 ms allowed");
    let degrees = forecast(patience, stubborn(6, step).instrument(info_span!("compute"))).await;
    timeline.draw();
    println!("  answer: {degrees:?}\n");

    let timeline = lessons::timeline("the same with an await after each step");
    let degrees = forecast(patience, polite(6, step).instrument(info_span!("compute"))).await;
    timeline.draw();
    println!("  answer: {degrees:?}\n");

    let timeline = lessons::timeline("two tasks of 60 ms, waited for 30");
    let task = |then| {
        let span = info_span!("task", then);
        tokio::spawn(async move { sleep(ms(60)).await }.instrument(span))
    };
    let [left_alone, aborted] = [task("left alone"), task("aborted")];
    let waiting =
        async { tokio::join!(wait_for(patience, left_alone), wait_or_abort(patience, aborted)) };
    let ends = waiting.instrument(info_span!("wait")).await;
    sleep(ms(60)).await;
    timeline.draw();
    println!("  answers: {ends:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;
    use witness::{Drops, Log, within};

    const SECOND: Duration = Duration::from_secs(1);

    /// A service that answers 21 after `takes`, and what became of the question.
    fn watched(takes: Duration) -> (impl Future<Output = i32> + Send + 'static, Drops) {
        let drops = Drops::new();
        let guard = drops.guard();
        let service = async move {
            sleep(takes).await;
            guard.finish();
            21
        };
        (service, drops)
    }

    #[tokio::test(start_paused = true)]
    async fn in_time_is_an_answer() {
        let (service, drops) = watched(SECOND);
        assert_eq!(forecast(2 * SECOND, service).await, Ok(21));
        assert_eq!((drops.finished(), drops.canceled()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn too_late_is_an_error_and_the_question_is_dropped() {
        let (service, drops) = watched(3 * SECOND);
        let start = Instant::now();
        assert!(forecast(2 * SECOND, service).await.is_err());
        assert_eq!((drops.finished(), drops.canceled()), (0, 1));
        assert_eq!(start.elapsed(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_at_the_last_moment_counts() {
        let (service, _) = watched(2 * SECOND);
        assert_eq!(forecast(2 * SECOND, service).await, Ok(21));
    }

    #[tokio::test(start_paused = true)]
    async fn another_is_asked_only_when_the_first_is_too_slow() {
        for (first_takes, answer, asked) in [(1, 19, 0), (3, 21, 1)] {
            let (second, drops) = watched(SECOND);
            let first = ask("first", first_takes * SECOND, 19);
            assert_eq!(from_either(2 * SECOND, first, second).await, Ok(answer));
            assert_eq!(drops.finished(), asked);
        }
        let [first, second] = [19, 21].map(|degrees| ask("slow", 3 * SECOND, degrees));
        assert!(from_either(2 * SECOND, first, second).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn as_text_a_failure_has_the_type_of_an_answer() {
        let text = async |takes| as_text(2 * SECOND, ask("service", takes, 21)).await;
        assert_eq!(text(SECOND).await, "21 degrees");
        assert_eq!(text(3 * SECOND).await, "timed out");
    }

    #[test]
    fn what_never_awaits_is_never_stopped_and_lets_nobody_in() {
        let log = within(60 * SECOND, || {
            on_one_thread(async {
                let log = Log::new();
                // Not even a moment is allowed.
                let computing = forecast(Duration::ZERO, stubborn(3, || log.push("step")));
                let (degrees, ()) = tokio::join!(computing, async { log.push("neighbor") });
                assert_eq!(degrees, Ok(21));
                log
            })
        });
        assert_eq!(log.events(), ["step", "step", "step", "neighbor"]);
    }

    #[test]
    fn what_awaits_between_its_steps_is_stopped_and_lets_others_in() {
        let log = within(60 * SECOND, || {
            on_one_thread(async {
                let (log, mut steps) = (Log::new(), 0);
                let step = || {
                    steps += 1;
                    // It would go on forever; its first steps are enough to read.
                    if steps <= 2 {
                        log.push("step");
                    }
                };
                let computing = forecast(Duration::ZERO, polite(usize::MAX, step));
                let (degrees, ()) = tokio::join!(computing, async { log.push("neighbor") });
                assert!(degrees.is_err());
                log
            })
        });
        assert_eq!(log.events()[..2], ["step", "neighbor"]);
    }

    /// A clock that goes on by itself: a task that yields and never waits stops a paused one.
    fn on_one_thread<F: Future>(job: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("it starts no thread").block_on(job)
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_whose_handle_timed_out_goes_on() {
        let (job, drops) = watched(3 * SECOND);
        assert!(wait_for(2 * SECOND, tokio::spawn(job)).await.is_err());
        sleep(2 * SECOND).await;
        assert_eq!((drops.finished(), drops.canceled()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn an_aborted_task_does_not() {
        let (job, drops) = watched(3 * SECOND);
        assert!(wait_or_abort(2 * SECOND, tokio::spawn(job)).await.is_err());
        yield_now().await;
        assert_eq!((drops.finished(), drops.canceled()), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_inside_the_task_stops_it_too() {
        let (job, drops) = watched(3 * SECOND);
        let task = tokio::spawn(forecast(2 * SECOND, job));
        assert!(task.await.expect("it does not panic").is_err());
        assert_eq!((drops.finished(), drops.canceled()), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_in_time_hands_over_its_value() {
        for in_time in [
            wait_for(2 * SECOND, tokio::spawn(watched(SECOND).0)).await,
            wait_or_abort(2 * SECOND, tokio::spawn(watched(SECOND).0)).await,
        ] {
            assert_eq!(in_time.expect("in time").expect("it does not panic"), 21);
        }
    }
}
