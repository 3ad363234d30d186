//! An async fn returns a future, and two that are joined overlap.
//!
//! Two that are awaited in a row take turns.
//!
//! The call of an `async fn` that promises a `u32` gives no `u32` yet:
//!
//! ```compile_fail,E0308
//! async fn cook() -> u32 {
//!     2
//! }
//!
//! fn serve() -> u32 {
//!     cook()
//! }
//! ```

// ANCHOR: program
use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tracing::{Instrument, info_span};

// ANCHOR: cook
/// Cooks a dish that takes `units` of time. Returns the time at which it was
/// ready.
pub async fn cook(clock: &Clock, units: u32) -> u32 {
    clock.wait(units).await;
    clock.now()
}
// ANCHOR_END: cook

// ANCHOR: spelled_out
/// [`cook`] again, without `async` before the `fn`.
#[expect(
    clippy::manual_async_fn,
    reason = "shows what the short form stands for"
)]
pub fn cook_spelled_out(
    clock: &Clock,
    units: u32,
) -> impl Future<Output = u32> {
    async move {
        clock.wait(units).await;
        clock.now()
    }
}
// ANCHOR_END: spelled_out

// ANCHOR: in_a_row
/// Awaits the first, then the second.
pub async fn in_a_row<A: Future, B: Future>(
    first: A,
    second: B,
) -> (A::Output, B::Output) {
    let first = first.await;
    let second = second.await;
    (first, second)
}
// ANCHOR_END: in_a_row

// ANCHOR: join
/// Polls both until both are ready.
pub async fn join<A: Future, B: Future>(
    first: A,
    second: B,
) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(Some(first)), pin!(Some(second)));
    let (mut one, mut two) = (None, None);
    poll_fn(|cx| {
        if let Some(future) = first.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            one = Some(output);
            // A future that was ready must not be polled again; and what it
            // holds is free now.
            first.set(None);
        }
        if let Some(future) = second.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            two = Some(output);
            second.set(None);
        }
        match (one.take(), two.take()) {
            (Some(one), Some(two)) => Poll::Ready((one, two)),
            unfinished => {
                (one, two) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}
// ANCHOR_END: join

// ANCHOR: block_on
/// Polls `future` on this thread, which sleeps between the polls until it is
/// woken.
pub fn block_on<F: Future>(future: F) -> F::Output {
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
// ANCHOR_END: block_on

// ANCHOR: clock
/// Time in whole units, and who wants to hear the next tick.
#[derive(Debug, Default)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    units: u32,
    listeners: Vec<Waker>,
}

impl Clock {
    /// Returns how many units have passed.
    pub fn now(&self) -> u32 {
        self.lock().units
    }

    /// Waits until `units` more have passed.
    pub async fn wait(&self, units: u32) {
        let end = self.now() + units;
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.units >= end {
                return Poll::Ready(());
            }
            // Under the same lock as the look at the time, or a tick in between
            // would be missed.
            state.listeners.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets one unit pass, and wakes all who listen.
    pub fn tick(&self) {
        let mut state = self.lock();
        state.units += 1;
        let listeners = mem::take(&mut state.listeners);
        // Whoever is woken looks at the time: the lock must be free.
        drop(state);
        for waker in listeners {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with the lock held")
    }
}
// ANCHOR_END: clock

/// Cooks tea and toast, first in a row, then joined.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(30);

    let clock = Clock::default();
    let tea = cook(&clock, 2);
    println!(
        "cook(&clock, 2) returned a future of {} bytes",
        size_of_val(&tea)
    );
    println!(
        "who listens to the clock by now: {}\n",
        clock.lock().listeners.len()
    );

    let clock = Clock::started(unit);
    let timeline = timeline::timeline(
        "in a row: nobody polls the toast while the tea waits",
    );
    let (tea, toast) =
        block_on(in_a_row(shown(&clock, "tea", 2), shown(&clock, "toast", 1)));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units\n", tea.max(toast));

    let clock = Clock::started(unit);
    let timeline =
        timeline::timeline("joined: both are polled, both wait at once");
    let (tea, toast) =
        block_on(join(shown(&clock, "tea", 2), shown(&clock, "toast", 1)));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units", tea.max(toast));
    Ok(())
}

/// [`cook`] with a row in the picture, which begins with the first poll.
async fn shown(clock: &Clock, dish: &str, units: u32) -> u32 {
    let span = info_span!("cook", dish);
    cook(clock, units).instrument(span).await
}

impl Clock {
    /// Returns a clock that ticks every `unit`, on a thread that ends with the
    /// clock.
    pub fn started(unit: Duration) -> Arc<Clock> {
        let clock = Arc::new(Clock::default());
        let weak = Arc::downgrade(&clock);
        thread::spawn(move || {
            loop {
                thread::sleep(unit);
                let Some(clock) = weak.upgrade() else { break };
                clock.tick();
            }
        });
        clock
    }
}
// ANCHOR_END: program

#[cfg(test)]
mod tests;
