use super::*;
use tokio::time::Instant;
use witness::{Drops, Log, within};

const SECOND: Duration = Duration::from_secs(1);

/// A service that answers 21 after `takes`, and what became of the question.
fn watched(
    takes: Duration,
) -> (impl Future<Output = i32> + Send + 'static, Drops) {
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
    let [first, second] =
        [19, 21].map(|degrees| ask("slow", 3 * SECOND, degrees));
    assert!(from_either(2 * SECOND, first, second).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn as_text_a_failure_has_the_type_of_an_answer() {
    let text =
        async |takes| as_text(2 * SECOND, ask("service", takes, 21)).await;
    assert_eq!(text(SECOND).await, "21 degrees");
    assert_eq!(text(3 * SECOND).await, "timed out");
}

#[test]
fn what_never_awaits_is_never_stopped_and_lets_nobody_in() {
    let log = within(60 * SECOND, || {
        on_one_thread(async {
            let log = Log::new();
            // Not even a moment is allowed.
            let computing =
                forecast(Duration::ZERO, stubborn(3, || log.push("step")));
            let (degrees, ()) =
                tokio::join!(computing, async { log.push("neighbor") });
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
            let (degrees, ()) =
                tokio::join!(computing, async { log.push("neighbor") });
            assert!(degrees.is_err());
            log
        })
    });
    assert_eq!(log.events()[..2], ["step", "neighbor"]);
}

/// A clock that goes on by itself: a task that yields and never waits stops a
/// paused one.
fn on_one_thread<F: Future>(job: F) -> F::Output {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build();
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
