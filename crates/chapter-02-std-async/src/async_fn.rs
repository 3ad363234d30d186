//! An `async fn` returns a future; two awaited in a row take turns, two joined overlap.
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
/// Cooks a dish that takes some units. Returns the time at which it was ready.
pub async fn cook(clock: &Clock, units: u32) -> u32 {
    clock.wait(units).await;
    clock.now()
}
// ANCHOR_END: cook

// ANCHOR: spelled_out
/// [`cook`] again, without `async` before the `fn`.
#[expect(clippy::manual_async_fn, reason = "shows what the short form stands for")]
pub fn cook_spelled_out(clock: &Clock, units: u32) -> impl Future<Output = u32> {
    async move {
        clock.wait(units).await;
        clock.now()
    }
}
// ANCHOR_END: spelled_out

// ANCHOR: in_a_row
/// Awaits the first, then the second.
pub async fn in_a_row<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let first = first.await;
    let second = second.await;
    (first, second)
}
// ANCHOR_END: in_a_row

// ANCHOR: join
/// Polls both until both are ready.
pub async fn join<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(Some(first)), pin!(Some(second)));
    let (mut one, mut two) = (None, None);
    poll_fn(|cx| {
        if let Some(future) = first.as_mut().as_pin_mut()
            && let Poll::Ready(output) = future.poll(cx)
        {
            one = Some(output);
            // A future that was ready must not be polled again; and what it holds is free now.
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
/// Polls `future` on this thread, which sleeps between the polls until it is woken.
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
            // Under the same lock as the look at the time, or a tick in between would be missed.
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

// ANCHOR: started
impl Clock {
    /// Returns a clock that ticks every `unit`, on a thread that ends with the clock.
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
// ANCHOR_END: started

/// [`cook`] with a row in the picture, which begins with the first poll.
async fn shown(clock: &Clock, dish: &str, units: u32) -> u32 {
    let span = info_span!("cook", dish);
    cook(clock, units).instrument(span).await
}

// ANCHOR: main
/// Cooks tea and toast, first in a row, then joined.
pub fn main() -> Result<(), Box<dyn Error>> {
    let unit = Duration::from_millis(30);

    let clock = Clock::default();
    let tea = cook(&clock, 2);
    println!("cook(&clock, 2) returned a future of {} bytes", size_of_val(&tea));
    println!("who listens to the clock by now: {}\n", clock.lock().listeners.len());

    let clock = Clock::started(unit);
    let timeline = lessons::timeline("in a row: nobody polls the toast while the tea waits");
    let (tea, toast) = block_on(in_a_row(shown(&clock, "tea", 2), shown(&clock, "toast", 1)));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units\n", tea.max(toast));

    let clock = Clock::started(unit);
    let timeline = lessons::timeline("joined: both are polled, both wait at once");
    let (tea, toast) = block_on(join(shown(&clock, "tea", 2), shown(&clock, "toast", 1)));
    timeline.draw();
    println!("tea at {tea}, toast at {toast}: {} units", tea.max(toast));
    Ok(())
}
// ANCHOR_END: main

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use witness::{Drops, Log, Polls, within};

    const LONG: Duration = Duration::from_secs(60);

    #[derive(Default)]
    struct Flag(AtomicBool);

    impl Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// An executor whose clock is moved by hand: it ticks only while the future waits. Returns the
    /// output and the units that passed. A future that is not woken in a hundred hangs.
    fn drive<F: Future>(clock: &Clock, future: F) -> (F::Output, u32) {
        let mut future = pin!(future);
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut cx = Context::from_waker(&waker);
        let started = clock.now();
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return (output, clock.now() - started);
            }
            while !flag.0.swap(false, Ordering::Relaxed) {
                assert!(clock.now() < started + 100, "nobody wakes this future");
                clock.tick();
            }
        }
    }

    /// Cooks, and notes when it begins and when it is ready.
    async fn noted(clock: &Clock, dish: &'static str, units: u32, log: &Log<(u32, String)>) {
        log.push((clock.now(), format!("{dish} begins")));
        cook(clock, units).await;
        log.push((clock.now(), format!("{dish} ready")));
    }

    fn events(log: &Log<(u32, String)>) -> Vec<String> {
        let line = |(at, what)| format!("{at} {what}");
        log.events().into_iter().map(line).collect()
    }

    #[test]
    fn in_a_row_takes_three_units() {
        let (clock, log) = (Clock::default(), Log::new());
        let tea = noted(&clock, "tea", 2, &log);
        let toast = noted(&clock, "toast", 1, &log);
        let (_, units) = drive(&clock, in_a_row(tea, toast));
        let seen = events(&log);
        assert_eq!(seen, ["0 tea begins", "2 tea ready", "2 toast begins", "3 toast ready"]);
        assert_eq!(units, 3);
    }

    #[test]
    fn joined_takes_two_units() {
        let (clock, log) = (Clock::default(), Log::new());
        let tea = noted(&clock, "tea", 2, &log);
        let toast = noted(&clock, "toast", 1, &log);
        let (_, units) = drive(&clock, join(tea, toast));
        let seen = events(&log);
        assert_eq!(seen, ["0 tea begins", "0 toast begins", "1 toast ready", "2 tea ready"]);
        assert_eq!(units, 2);
    }

    #[test]
    fn both_ways_return_the_outputs_in_order() {
        let clock = Clock::default();
        assert_eq!(drive(&clock, in_a_row(cook(&clock, 2), cook(&clock, 1))), ((2, 3), 3));
        let clock = Clock::default();
        assert_eq!(drive(&clock, join(cook(&clock, 2), cook(&clock, 1))), ((2, 1), 2));
        let clock = Clock::default();
        assert_eq!(drive(&clock, join(cook(&clock, 1), cook(&clock, 2))), ((1, 2), 2));
    }

    #[test]
    fn join_drops_the_one_that_is_ready_while_the_other_waits() {
        let clock = Clock::default();
        let drops = [Drops::new(), Drops::new()];
        let holding = |drops: &Drops| {
            let guard = drops.guard();
            poll_fn(move |_| {
                let _held = &guard;
                Poll::Ready(())
            })
        };
        let waits = async |other: &Drops| {
            clock.wait(1).await;
            other.is_dropped()
        };
        assert_eq!(drive(&clock, join(holding(&drops[0]), waits(&drops[0]))).0, ((), true));
        assert_eq!(drive(&clock, join(waits(&drops[1]), holding(&drops[1]))).0, (true, ()));
    }

    #[test]
    fn the_call_of_an_async_fn_begins_nothing() {
        let clock = Clock::default();
        let (short, spelled_out) = (cook(&clock, 2), cook_spelled_out(&clock, 2));
        assert!(clock.lock().listeners.is_empty());
        for _ in 0..5 {
            clock.tick();
        }
        // The two units begin at the first poll, not at the call.
        assert_eq!(drive(&clock, short), (7, 2));
        assert_eq!(drive(&clock, spelled_out), (9, 2));
    }

    #[test]
    fn whoever_waits_is_polled_once_at_first_and_once_a_tick() {
        let (tea, toast, whole) = (Polls::new(), Polls::new(), Polls::new());
        let clock = Clock::default();
        let cooking = in_a_row(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
        drive(&clock, whole.watch(cooking));
        assert_eq!([&tea, &toast, &whole].map(Polls::count), [3, 2, 4]);

        let (tea, toast, whole) = (Polls::new(), Polls::new(), Polls::new());
        let clock = Clock::default();
        let cooking = join(tea.watch(cook(&clock, 2)), toast.watch(cook(&clock, 1)));
        drive(&clock, whole.watch(cooking));
        assert_eq!([&tea, &toast, &whole].map(Polls::count), [3, 2, 3]);
    }

    #[test]
    fn block_on_polls_only_when_it_was_woken() {
        let polls = Polls::new();
        let watching = polls.clone();
        let ready = within(LONG, move || {
            let clock = Clock::started(Duration::from_millis(1));
            block_on(watching.watch(cook(&clock, 3)))
        });
        assert!(ready >= 3);
        assert_eq!((polls.count(), polls.spurious()), (1 + polls.woken(), 0));
    }

    #[test]
    fn the_timeline_tells_in_a_row_from_joined() {
        let clock = Clock::default();
        let timeline = lessons::timeline("test");
        drive(&clock, in_a_row(shown(&clock, "tea 71", 2), shown(&clock, "toast 71", 1)));
        drive(&clock, join(shown(&clock, "tea 72", 2), shown(&clock, "toast 72", 1)));
        let recording = timeline.finish();
        let overlap = |dishes: [&str; 2]| {
            let [tea, toast] = dishes.map(|dish| {
                recording.row(&format!("cook dish={dish}")).expect("the dish was recorded")
            });
            tea.overlaps(toast)
        };
        assert!(!overlap(["tea 71", "toast 71"]));
        assert!(overlap(["tea 72", "toast 72"]));
    }
}
