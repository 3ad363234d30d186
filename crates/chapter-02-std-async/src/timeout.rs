//! A timeout drops the work that was too slow.
//!
//! It races the work against a timer, and drops both when one of them is ready.

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

/// Asks for pages that are quick, slow, or block; then for what the two wrong ways make of them.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(20);
    let patience = 2 * unit;
    let timers = Timers::new();
    let waits = |units: u32| page(&timers, units * unit, "news");

    let timeline =
        timeline::timeline("patience: 2 units. What waits can be dropped, what blocks cannot");
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

    print_wrong_ways(&timers, unit, patience);
    Ok(())
}

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

/// An error as text beside an error as a type, then a time that never begins.
fn print_wrong_ways(timers: &Timers, unit: Duration, patience: Duration) {
    let about = || page(timers, unit, "timed out");
    let slow = || page(timers, 4 * unit, "news");
    println!("an error flattened into text");
    println!("  a page about timeouts     {:?}", block_on(flattened(timers, patience, about())));
    println!("  a page that is too slow   {:?}", block_on(flattened(timers, patience, slow())));
    println!("as a type");
    println!("  a page about timeouts     {:?}", block_on(timeout(timers, patience, about())));
    println!("  a page that is too slow   {:?}", block_on(timeout(timers, patience, slow())));

    println!("a time that never begins");
    let never_up = NeverUp { work: Box::pin(pending::<String>()), patience, started: None };
    let outcome = match watch(10 * unit, never_up) {
        Err(RecvTimeoutError::Timeout) => "STUCK: watched for 10 units".to_owned(),
        outcome => format!("{outcome:?}"),
    };
    println!("  a page that never comes   {outcome}");
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is up")
    }
}

impl Error for Elapsed {}
#[cfg(test)]
mod tests;
