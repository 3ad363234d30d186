//! A timeout races work against a timer, and drops the one that loses.

use std::error::Error;
use std::fmt;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::mpsc::RecvTimeoutError;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{Instrument, info_span};

use crate::async_fn::block_on;
use crate::read_file::watch;
use crate::tasks::Timers;

// ANCHOR: timeout
/// Waits for `work` no longer than `patience`. When this is ready, both work and timer are dropped.
pub async fn timeout<F: Future>(
    timers: &Timers,
    patience: Duration,
    work: F,
) -> Result<F::Output, Elapsed> {
    let (mut work, mut time_is_up) = (pin!(work), pin!(timers.sleep(patience)));
    poll_fn(|cx| {
        // The work first: an answer that has come is an answer, even at the last moment.
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        time_is_up.as_mut().poll(cx).map(|()| Err(Elapsed))
    })
    .await
}

/// Time was up before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is up")
    }
}

impl Error for Elapsed {}
// ANCHOR_END: timeout

// ANCHOR: flattened
/// Waits for a page no longer than `patience`, and returns text in any case.
pub async fn flattened(
    timers: &Timers,
    patience: Duration,
    page: impl Future<Output = String>,
) -> String {
    match timeout(timers, patience, page).await {
        Ok(page) => page,
        Err(Elapsed) => "timed out".to_owned(),
    }
}
// ANCHOR_END: flattened

// ANCHOR: never_up
/// A timeout whose time never begins.
#[derive(Debug)]
pub struct NeverUp<F> {
    work: Pin<Box<F>>,
    patience: Duration,
    started: Option<Instant>,
}

impl<F: Future> Future for NeverUp<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        match self.started {
            Some(started) if started.elapsed() >= self.patience => Poll::Ready(Err(Elapsed)),
            _ => Poll::Pending,
        }
    }
}
// ANCHOR_END: never_up

// ANCHOR: page
/// A page whose server takes a while, without keeping the thread.
async fn page(timers: &Timers, takes: Duration, text: &str) -> String {
    timers.sleep(takes).await;
    text.to_owned()
}

/// A page whose server takes a while, and the thread with it.
async fn page_that_blocks(takes: Duration, text: &str) -> String {
    thread::sleep(takes);
    text.to_owned()
}
// ANCHOR_END: page

// ANCHOR: main
/// Asks for pages that are quick, slow, or block; then for what the two wrong ways make of them.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(20);
    let patience = 2 * unit;
    let timers = Timers::new();
    let waits = |units: u32| page(&timers, units * unit, "news");

    let timeline =
        lessons::timeline("patience: 2 units. What waits can be dropped, what blocks cannot");
    let (quick, slow, blocks) = block_on(async {
        let row = info_span!("waits", units = 1);
        let quick = timeout(&timers, patience, waits(1).instrument(row)).await;
        let row = info_span!("waits", units = 4);
        let slow = timeout(&timers, patience, waits(4).instrument(row)).await;
        let row = info_span!("blocks", units = 4);
        let blocking = page_that_blocks(4 * unit, "news");
        (quick, slow, timeout(&timers, patience, blocking.instrument(row)).await)
    });
    timeline.draw();
    println!("waits 1 unit    {quick:?}");
    println!("waits 4 units   {slow:?}");
    let late = if blocks.is_ok() { ", late: the timer was not asked before" } else { "" };
    println!("blocks 4 units  {blocks:?}{late}\n");

    println!("an error flattened into text");
    let about = || page(&timers, unit, "timed out");
    println!("  a page about timeouts     {:?}", block_on(flattened(&timers, patience, about())));
    println!("  a page that is too slow   {:?}", block_on(flattened(&timers, patience, waits(4))));
    println!("as a type");
    println!("  a page about timeouts     {:?}", block_on(timeout(&timers, patience, about())));
    println!("  a page that is too slow   {:?}", block_on(timeout(&timers, patience, waits(4))));

    println!("a time that never begins");
    let never_up = NeverUp { work: Box::pin(pending::<String>()), patience, started: None };
    let told = match watch(10 * unit, never_up) {
        Err(RecvTimeoutError::Timeout) => "STUCK: watched for 10 units".to_owned(),
        outcome => format!("{outcome:?}"),
    };
    println!("  a page that never comes   {told}");
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::tests::{drive, stopped};
    use std::future::ready;
    use std::sync::Arc;
    use std::task::{Wake, Waker};
    use witness::{Drops, Log, polls, within};

    const LONG: Duration = Duration::from_secs(60);
    /// Nobody waits for it: in most tests the time is moved by hand.
    const UNIT: Duration = Duration::from_secs(60 * 60);

    fn units(passed: Duration) -> u64 {
        passed.as_secs() / UNIT.as_secs()
    }

    #[test]
    fn work_in_time_is_ready_when_it_is_and_the_timer_is_dropped() {
        let timers = stopped();
        let work = async {
            timers.sleep(UNIT).await;
            7
        };
        let mut racing = pin!(timeout(&timers, 2 * UNIT, work));
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
        let mut racing = pin!(timeout(&timers, 2 * UNIT, work));
        let (output, passed) = drive(&timers, racing.as_mut());
        assert_eq!((output, units(passed)), (Err(Elapsed), 2));
        // `racing` is still there. What it held is not: neither the work nor the work's timer.
        assert_eq!((drops.canceled(), drops.finished(), timers.waiting()), (1, 0, 0));
    }

    #[test]
    fn a_dropped_timeout_drops_work_and_timer() {
        let (timers, drops) = (stopped(), Drops::new());
        let guard = drops.guard();
        let work = async {
            pending::<()>().await;
            guard.finish();
        };
        let mut racing = Box::pin(timeout(&timers, UNIT, work));
        assert!(racing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!((drops.alive(), timers.waiting()), (1, 1));
        drop(racing);
        assert_eq!((drops.canceled(), timers.waiting()), (1, 0));
    }

    #[test]
    fn an_answer_at_the_last_moment_is_an_answer() {
        let timers = stopped();
        assert_eq!(drive(&timers, timeout(&timers, Duration::ZERO, ready(7))).0, Ok(7));
        // Both deadlines have passed when it is polled again.
        let output = within(LONG, || {
            let timers = Timers::new();
            let mut racing = pin!(timeout(&timers, Duration::ZERO, timers.sleep(Duration::ZERO)));
            assert!(racing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
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
        let patient = |work: Pin<Box<dyn Future<Output = Result<u32, &'static str>>>>| {
            drive(&timers, timeout(&timers, UNIT, work)).0
        };
        assert_eq!(patient(Box::pin(ready(Ok(7)))), Ok(Ok(7)));
        assert_eq!(patient(Box::pin(ready(Err("not found")))), Ok(Err("not found")));
        assert_eq!(patient(Box::pin(pending())), Err(Elapsed));
        assert_eq!(Box::<dyn Error>::from(Elapsed).to_string(), "the time is up");
    }

    #[test]
    fn on_real_timers_it_is_woken_and_not_polled_for_nothing() {
        let (output, polls) = within(LONG, || {
            let timers = Timers::new();
            let (racing, polls) =
                polls(timeout(&timers, Duration::from_millis(5), pending::<()>()));
            (block_on(racing), polls)
        });
        assert_eq!(output, Err(Elapsed));
        assert_eq!((polls.count(), polls.woken(), polls.spurious()), (2, 1, 0));
    }

    #[test]
    fn work_that_blocks_is_not_stopped() {
        let log = Log::new();
        let seen = log.clone();
        let output = within(LONG, move || {
            let timers = Timers::new();
            let work = async {
                // The patience is over long before this ends, but the timer has not been asked.
                thread::sleep(Duration::from_millis(5));
                log.push(timers.waiting());
                7
            };
            block_on(timeout(&timers, Duration::ZERO, work))
        });
        assert_eq!((output, seen.events()), (Ok(7), vec![0]));
    }

    #[test]
    fn flattened_a_page_and_an_error_look_alike() {
        let timers = stopped();
        let about = || page(&timers, UNIT, "timed out");
        let slow = || page(&timers, 4 * UNIT, "news");
        let text = |page| drive(&timers, flattened(&timers, 2 * UNIT, page)).0;
        assert_eq!(text(about()), text(slow()));

        let typed = |page| drive(&timers, timeout(&timers, 2 * UNIT, page)).0;
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
        let mut racing =
            NeverUp { work: Box::pin(pending::<()>()), patience: Duration::ZERO, started: None };
        for _ in 0..2 {
            let poll = Pin::new(&mut racing).poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
        }
        drop(waker);
        assert_eq!(Arc::strong_count(&task), 1, "nobody has kept the waker");
    }
}
