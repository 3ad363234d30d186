//! A thread sleeps until its future is woken.
//!
//! That is all of `block_on`: an executor for one future.

// ANCHOR: program
use std::cell::Cell;
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

// Under `just loom`, loom's own of these: it runs the models in every order
// that can happen.
#[cfg(loom)]
use loom::{
    sync::atomic::AtomicBool,
    thread::{self, Thread},
};
#[cfg(not(loom))]
use std::{
    sync::atomic::AtomicBool,
    thread::{self, Thread},
};

use futures::channel::oneshot;
use tracing::{Instrument, info_span};

// ANCHOR: wake_flag
/// Wakes one thread.
#[derive(Debug)]
struct WakeFlag {
    /// Whether somebody has called `wake` since the last `wait`.
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        // A `store` would hide what another waker wrote before its wake.
        self.woken.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl WakeFlag {
    /// Sleeps until there is a wake, or returns immediately if there was one.
    fn wait(&self) {
        while !self.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}
// ANCHOR_END: wake_flag

// ANCHOR: block_on
/// Polls `future` to its end. The thread sleeps in between.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let flag = Arc::new(WakeFlag {
        woken: AtomicBool::new(false),
        thread: thread::current(),
    });
    let waker = Waker::from(Arc::clone(&flag));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => flag.wait(),
        }
    }
}
// ANCHOR_END: block_on

// ANCHOR: poll_in_a_loop
/// Polls `future` to its end, as fast as it can.
pub fn poll_in_a_loop<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => {}
        }
    }
}
// ANCHOR_END: poll_in_a_loop

/// Runs a timer twice: the thread sleeps in between, then it polls in a loop.
pub fn main() -> Result<(), Box<dyn Error>> {
    let polls = Cell::new(0);
    let takes = Duration::from_millis(40);
    let timer =
        || counted(wait(takes), &polls).instrument(info_span!("timer", ?takes));

    let timeline = timeline::timeline(
        "block_on: polls when it is woken, sleeps in between",
    );
    block_on(timer());
    timeline.draw();
    println!("polls: {}\n", polls.take());

    let timeline = timeline::timeline("poll_in_a_loop: never sleeps");
    poll_in_a_loop(timer());
    timeline.draw();
    println!("polls: {}", polls.take());
    Ok(())
}

/// Passes each poll on to `future`, and counts it.
async fn counted<F: Future>(future: F, polls: &Cell<usize>) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.update(|polls| polls + 1);
        future.as_mut().poll(cx)
    })
    .await
}

/// Waits as long as `takes` says. Another thread sleeps meanwhile: from the
/// lesson `combinators`.
async fn wait(takes: Duration) {
    let (sender, time_is_up) = oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(takes);
        // An error says that nobody waits anymore.
        let _ = sender.send(());
    });
    time_is_up.await.expect("the thread sends");
}
// ANCHOR_END: program

#[cfg(all(test, not(loom)))]
pub(crate) mod tests;

#[cfg(all(test, loom))]
pub(crate) mod model;
