use super::*;
use crate::tasks::Timers;
use crate::tasks::tests::{drive, stopped};
use std::future::ready;
use witness::{Drops, Log, PATIENT, polls, within};

/// Nobody waits for it: in most tests the time is moved by hand.
const UNIT: Duration = Duration::from_secs(60 * 60);

/// How many units, to the nearest: a timer begins when it is made, a moment
/// before the first poll.
fn units(passed: Duration) -> u64 {
    (passed + UNIT / 2).as_secs() / UNIT.as_secs()
}

#[test]
fn work_in_time_is_ready_when_it_is_and_the_timer_is_dropped() {
    let timers = stopped();
    let work = async {
        timers.sleep(UNIT).await;
        7
    };
    let mut racing = pin!(timeout(timers.sleep(2 * UNIT), work));
    let (output, passed) = drive(&timers, racing.as_mut());
    assert_eq!((output, units(passed)), (Ok(7), 1));
    // `racing` is still there. What it held is not.
    assert_eq!(timers.waiting(), 0);
}

#[test]
fn work_that_is_too_slow_is_dropped_when_time_is_up() {
    let (timers, drops) = (stopped(), Drops::new());
    let guard = drops.guard();
    let work = async {
        timers.sleep(4 * UNIT).await;
        guard.finish();
    };
    let mut racing = pin!(timeout(timers.sleep(2 * UNIT), work));
    let (output, passed) = drive(&timers, racing.as_mut());
    assert_eq!((output, units(passed)), (Err(Elapsed), 2));
    // `racing` is still there. What it held is not: neither the work nor the
    // work's timer.
    assert_eq!(
        (drops.canceled(), drops.finished(), timers.waiting()),
        (1, 0, 0)
    );
}

#[test]
fn a_dropped_timeout_drops_work_and_timer() {
    let (timers, drops) = (stopped(), Drops::new());
    let guard = drops.guard();
    let work = async {
        pending::<()>().await;
        guard.finish();
    };
    let mut racing = Box::pin(timeout(timers.sleep(UNIT), work));
    assert!(
        racing
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    assert_eq!((drops.alive(), timers.waiting()), (1, 1));
    drop(racing);
    assert_eq!((drops.canceled(), timers.waiting()), (1, 0));
}

#[test]
fn an_answer_at_the_last_moment_is_an_answer() {
    let timers = stopped();
    assert_eq!(
        drive(&timers, timeout(timers.sleep(Duration::ZERO), ready(7))).0,
        Ok(7)
    );
    // Both deadlines have passed when it is polled again.
    let output = within(PATIENT, || {
        let timers = Timers::new();
        let mut racing = pin!(timeout(
            timers.sleep(Duration::ZERO),
            timers.sleep(Duration::ZERO)
        ));
        assert!(
            racing
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        while timers.waiting() > 0 {
            thread::yield_now();
        }
        racing.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(output, Poll::Ready(Ok(())));
}

#[test]
fn three_outcomes_are_three_values() {
    let timers = stopped();
    let patient =
        |work: Pin<Box<dyn Future<Output = Result<u32, &'static str>>>>| {
            drive(&timers, timeout(timers.sleep(UNIT), work)).0
        };
    assert_eq!(patient(Box::pin(ready(Ok(7)))), Ok(Ok(7)));
    assert_eq!(
        patient(Box::pin(ready(Err("not found")))),
        Ok(Err("not found"))
    );
    assert_eq!(patient(Box::pin(pending())), Err(Elapsed));
    assert_eq!(Box::<dyn Error>::from(Elapsed).to_string(), "the time is up");
}

#[test]
fn on_real_timers_it_is_woken_and_not_polled_for_nothing() {
    let (output, polls) = within(PATIENT, || {
        let timers = Timers::new();
        let (racing, polls) = polls(timeout(
            timers.sleep(Duration::from_millis(5)),
            pending::<()>(),
        ));
        (block_on(racing), polls)
    });
    assert_eq!(output, Err(Elapsed));
    assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
}

#[test]
fn work_that_blocks_is_not_stopped() {
    let log = Log::new();
    let seen = log.clone();
    let output = within(PATIENT, move || {
        let timers = Timers::new();
        let work = async {
            // The patience is over long before this ends, but the timer has not
            // been asked.
            thread::sleep(Duration::from_millis(5));
            log.push(timers.waiting());
            7
        };
        block_on(timeout(timers.sleep(Duration::ZERO), work))
    });
    assert_eq!((output, seen.events()), (Ok(7), vec![0]));
}

#[test]
fn flattened_a_page_and_an_error_look_alike() {
    let timers = stopped();
    let page = async |units: u32, text: &str| {
        timers.sleep(units * UNIT).await;
        text.to_owned()
    };
    let about = || page(1, "timed out");
    let slow = || page(4, "news");
    let text = |page| drive(&timers, flattened(timers.sleep(2 * UNIT), page)).0;
    assert_eq!(text(about()), text(slow()));

    let typed = |page| drive(&timers, timeout(timers.sleep(2 * UNIT), page)).0;
    assert_eq!(typed(about()), Ok("timed out".to_owned()));
    assert_eq!(typed(slow()), Err(Elapsed));
}

#[test]
fn a_time_that_never_begins_is_never_up_and_nobody_would_say_so() {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    let task = Arc::new(Nobody);
    let waker = Waker::from(Arc::clone(&task));
    let mut racing = NeverUp {
        work: Box::pin(pending::<()>()),
        patience: Duration::ZERO,
        started: None,
    };
    for _ in 0..2 {
        let poll = Pin::new(&mut racing).poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
    }
    drop(waker);
    assert_eq!(Arc::strong_count(&task), 1, "nobody has kept the waker");
}
