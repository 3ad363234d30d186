//! A timeout drops the work that was too slow.
//!
//! It races the work against a timer, and drops both when one of them is ready.

// ANCHOR: program
use std::error::Error;
use std::fmt;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tracing::{Instrument, info_span};

// ANCHOR: timeout
/// Waits for `work` until `timer` is ready. When this is ready, both are
/// dropped.
pub async fn timeout<F: Future>(
    timer: impl Future<Output = ()>,
    work: F,
) -> Result<F::Output, Elapsed> {
    let (mut work, mut timer) = (pin!(work), pin!(timer));
    poll_fn(|cx| {
        // The work first: an answer that has come is an answer, even at the
        // last moment.
        if let Poll::Ready(output) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        timer.as_mut().poll(cx).map(|()| Err(Elapsed))
    })
    .await
}

/// Time was up before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;
// ANCHOR_END: timeout

// ANCHOR: flattened
/// Waits for a page until `timer` is ready, and returns text in any case.
pub async fn flattened(
    timer: impl Future<Output = ()>,
    page: impl Future<Output = String>,
) -> String {
    match timeout(timer, page).await {
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

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.work.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        match self.started {
            Some(started) if started.elapsed() >= self.patience => {
                Poll::Ready(Err(Elapsed))
            }
            _ => Poll::Pending,
        }
    }
}
// ANCHOR_END: never_up

/// Asks for pages that are quick, slow, or block; then for what the two wrong
/// ways make of them.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(20);
    let patience = 2 * unit;
    let waits = |units: u32| page(units * unit, "news");

    let timeline = timeline::timeline(
        "patience: 2 units. What waits can be dropped, what blocks cannot",
    );
    let (quick, slow, blocks) = block_on(async {
        let row = info_span!("waits", units = 1);
        let quick = timeout(wait(patience), waits(1).instrument(row)).await;
        let row = info_span!("waits", units = 4);
        let slow = timeout(wait(patience), waits(4).instrument(row)).await;
        let row = info_span!("blocks", units = 4);
        let blocking = page_that_blocks(4 * unit, "news");
        (quick, slow, timeout(wait(patience), blocking.instrument(row)).await)
    });
    timeline.draw();
    println!("waits 1 unit    {quick:?}");
    println!("waits 4 units   {slow:?}");
    let late = if blocks.is_ok() {
        ", late: the timer was not asked before"
    } else {
        ""
    };
    println!("blocks 4 units  {blocks:?}{late}\n");

    print_wrong_ways(unit, patience);
    Ok(())
}

// ANCHOR: page
/// A page whose server takes a while, without keeping the thread.
async fn page(takes: Duration, text: &str) -> String {
    wait(takes).await;
    text.to_owned()
}

/// A page whose server takes a while, and the thread with it.
async fn page_that_blocks(takes: Duration, text: &str) -> String {
    thread::sleep(takes);
    text.to_owned()
}
// ANCHOR_END: page

/// An error as text beside an error as a type, then a time that never begins.
fn print_wrong_ways(unit: Duration, patience: Duration) {
    let about = || page(unit, "timed out");
    let slow = || page(4 * unit, "news");
    println!("an error flattened into text");
    println!(
        "  a page about timeouts     {:?}",
        block_on(flattened(wait(patience), about()))
    );
    println!(
        "  a page that is too slow   {:?}",
        block_on(flattened(wait(patience), slow()))
    );
    println!("as a type");
    println!(
        "  a page about timeouts     {:?}",
        block_on(timeout(wait(patience), about()))
    );
    println!(
        "  a page that is too slow   {:?}",
        block_on(timeout(wait(patience), slow()))
    );

    println!("a time that never begins");
    let never_up = NeverUp {
        work: Box::pin(pending::<String>()),
        patience,
        started: None,
    };
    let outcome = match watch(10 * unit, never_up) {
        Err(RecvTimeoutError::Timeout) => {
            "STUCK: watched for 10 units".to_owned()
        }
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

/// Waits as long as `takes` says. Another thread sleeps meanwhile, and then
/// wakes.
async fn wait(takes: Duration) {
    let state = Arc::new(Mutex::new((false, None::<Waker>)));
    let threads = Arc::clone(&state);
    thread::spawn(move || {
        thread::sleep(takes);
        let mut state =
            threads.lock().expect("nobody panics with the lock held");
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    poll_fn(|cx| {
        let mut state = state.lock().expect("nobody panics with the lock held");
        state.1 = Some(cx.waker().clone());
        if state.0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Runs `future` on a thread of its own, and waits for its output no longer
/// than `patience`: from the lesson `read-file`.
///
/// # Errors
/// `Timeout` if it is not done by then, `Disconnected` if it panicked.
fn watch<T: Send + 'static>(
    patience: Duration,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, RecvTimeoutError> {
    let (done, watchdog) = mpsc::channel();
    thread::spawn(move || {
        // An error says that the watchdog has given up.
        let _ = done.send(block_on(future));
    });
    watchdog.recv_timeout(patience)
}

/// Polls `future` on this thread, which sleeps in between: from the lesson
/// `async-fn`.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Sleeper(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
